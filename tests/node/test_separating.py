"""A former identity is never answered, and no file joins it to the one that the child has now."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from node.errors import ImportRefusedError, ShieldError
from node.ledger.ledger import Ledger
from node.records.shield import Shield, ShieldId
from node.records.store import RecordStore
from node.records.tokens import SEPARATING
from node.shielding import Former, NotAllFormerError, Shielding
from tests.node.records.importing.files import TODAY, row
from tests.node.small_federation import STORE_KEY, FakeClock, new_ledger
from tests.node.test_importing import Council, of_another_key

FORMER = row(case_reference="OLD", nhs_number="999 000 0107", postcode="QX1 2AB")
NOW = FORMER | {
    "case_reference": "NEW",
    "surname": "Featherstone",
    "nhs_number": "999 000 0115",
}
"""Forename, date of birth and place are the same."""

FORMER_NAME = NOW | {"other_surnames": "Smith", "postcode": "LS1 4AP"}
"""As case systems keep what a child was called, at another place."""

OTHER = row(case_reference="OTHER", surname="Wren", forename="Sorrel", date_of_birth="2013-05-06")


class Separating:
    """A council whose officer separates a former identity."""

    def __init__(self, folder: Path, store: RecordStore, ledger: Ledger) -> None:
        self.council = Council(store, folder)
        self.store = store
        self.shielding = Shielding(store, ledger, STORE_KEY, FakeClock())

    def separate(self, *cases: str, namesakes: Sequence[str] = ()) -> ShieldId:
        (case,) = self.shielding.cases("OLD")
        former = Former(cases, namesakes)
        return self.shielding.begin(case, "Olu", "Adoption", former=former)[0]

    def only_shield(self) -> Shield:
        (held,) = self.store.shields.in_force()
        return held.shield

    def tokens(self) -> dict[str, int]:
        """Return how many tokens are kept of each case."""
        return {case: len(held.tokens) for case, held in self.council.records().items()}


@pytest.fixture
def separating(tmp_path: Path, store: RecordStore) -> Iterator[Separating]:
    with closing(new_ledger(tmp_path / "ledger.db")) as ledger:
        yield Separating(tmp_path, store, ledger)


def test_nothing_is_kept_of_it_that_the_identity_of_now_has_too(separating: Separating) -> None:
    separating.council.load(FORMER, NOW)
    held = separating.council.records()
    assert not {*held["OLD"].tokens}.isdisjoint(held["NEW"].tokens)
    separating.separate()
    assert separating.tokens()["OLD"] == 0
    kept = separating.only_shield().identity.tokens
    assert {keyed.key_id for keyed in kept} <= SEPARATING
    assert {*kept}.isdisjoint(separating.council.records()["NEW"].tokens)


@pytest.mark.parametrize(
    "loaded",
    [
        pytest.param((FORMER, NOW), id="nothing new"),
        pytest.param((FORMER | {"team": "Another team"}, NOW), id="another team"),
        pytest.param((NOW,), id="the former one is gone"),
        pytest.param((FORMER | {"postcode": "LS9 9ZZ"}, NOW), id="another address"),
        pytest.param((FORMER | {"nhs_number": ""}, NOW), id="without the number"),
    ],
)
def test_files_go_on_being_loaded(
    separating: Separating, loaded: tuple[dict[str, str], ...]
) -> None:
    separating.council.load(FORMER, NOW)
    separating.separate()
    separating.council.load(*loaded)
    assert separating.tokens().get("OLD", 0) == 0
    assert separating.tokens()["NEW"] > 0
    assert len(separating.only_shield().rows) == 1


@pytest.mark.parametrize(
    ("loaded", "line"),
    [
        pytest.param((FORMER, NOW | {"nhs_number": FORMER["nhs_number"]}), 3, id="the old number"),
        pytest.param(
            (FORMER, NOW | {"other_surnames": "Smith", "postcode": "LS1 4AP"}),
            3,
            id="the former name",
        ),
        pytest.param((OTHER, FORMER | {"surname": "Featherstone"}), 3, id="the old case renamed"),
        pytest.param((FORMER | {"nhs_number": "999 000 0115"},), 2, id="the new number"),
    ],
)
def test_what_would_join_them_is_refused_and_not_said_why(
    separating: Separating, loaded: tuple[dict[str, str], ...], line: int
) -> None:
    separating.council.load(FORMER, OTHER)
    separating.separate()
    before, shield = separating.council.records(), separating.only_shield()
    with pytest.raises(ImportRefusedError) as refused:
        separating.council.load(*loaded)
    said = str(refused.value)
    assert f"rows in line {line} are not taken as they are" in said
    assert "Show them to a shielding officer" in said
    for word in ("adopt", "separat", "former", "identit", "OLD", "NEW", "Smith", "Featherstone"):
        assert word not in said
    assert separating.council.records() == before
    assert separating.only_shield() == shield


def test_once_it_is_mended_the_file_is_loaded(separating: Separating) -> None:
    separating.council.load(FORMER)
    separating.separate()
    with pytest.raises(ImportRefusedError):
        separating.council.load(FORMER, NOW | {"nhs_number": FORMER["nhs_number"]})
    separating.council.load(FORMER, NOW)
    assert separating.tokens()["NEW"] > 0


def test_it_stays_apart_under_the_next_key(separating: Separating) -> None:
    separating.council.load(FORMER, NOW)
    separating.separate()
    first = separating.only_shield()
    separating.council.load(FORMER, NOW, directory=of_another_key())
    grown = separating.only_shield()
    assert grown.rows == first.rows
    assert len(grown.tokens) == 2 * len(first.tokens)
    assert separating.tokens()["OLD"] == 0


def test_what_would_join_them_is_refused_under_the_next_key_too(separating: Separating) -> None:
    """In whatever order the rows stand in the file."""
    separating.council.load(FORMER, NOW)
    separating.separate()
    joined = NOW | {"nhs_number": FORMER["nhs_number"]}
    for rows, line in (((FORMER, joined), 3), ((joined, FORMER), 2)):
        with pytest.raises(ImportRefusedError, match=f"in line {line} "):
            separating.council.load(*rows, directory=of_another_key())


def test_a_case_that_has_entries_in_common_is_mended_first_or_said_to_be_former(
    separating: Separating,
) -> None:
    health = FORMER | {"case_reference": "HEALTH", "postcode": "LS9 9ZZ"}
    separating.council.load(FORMER, health, OTHER)
    with pytest.raises(NotAllFormerError, match="case HEALTH") as refused:
        separating.separate()
    assert refused.value.references == ["HEALTH"]
    assert separating.tokens()["OLD"] > 0
    separating.separate("HEALTH")
    assert separating.tokens()["OLD"] == separating.tokens()["HEALTH"] == 0
    assert separating.tokens()["OTHER"] > 0


def test_a_namesake_is_another_child_once_an_officer_says_so(separating: Separating) -> None:
    """At another place, and with another number."""
    namesake = FORMER | {"case_reference": "SAME", "postcode": "LS1 4AP", "nhs_number": ""}
    separating.council.load(FORMER, namesake)
    with pytest.raises(NotAllFormerError, match="case SAME"):
        separating.separate()
    id = separating.separate(namesakes=["SAME"])
    separating.council.load(FORMER, namesake | {"team": "Another team"})
    separating.council.load(FORMER, namesake | {"postcode": "LS2 4AP"})
    assert separating.tokens()["SAME"] > 0
    another = namesake | {"case_reference": "SAME-2", "postcode": "EV3 3BB"}
    with pytest.raises(ImportRefusedError):
        separating.council.load(FORMER, namesake, another)
    separating.shielding.shields.add_namesake(id, "SAME-2")
    separating.council.load(FORMER, namesake, another)
    for joined in ({"postcode": "QX1 2AB"}, {"nhs_number": "999 000 0107"}):
        with pytest.raises(ImportRefusedError):
            separating.council.load(FORMER, namesake | joined, another)


def test_its_own_reference_is_no_namesakes(separating: Separating) -> None:
    separating.council.load(FORMER)
    id = separating.separate()
    with pytest.raises(ShieldError, match="this is the case itself"):
        separating.shielding.shields.add_namesake(id, "OLD")


def test_a_case_of_its_name_can_be_said_to_be_of_it(separating: Separating) -> None:
    """At another place, and without the number: by nothing known but what an officer says."""
    elsewhere = FORMER | {"case_reference": "ELSEWHERE", "postcode": "LS1 4AP", "nhs_number": ""}
    separating.council.load(FORMER, elsewhere)
    separating.separate("ELSEWHERE")
    assert separating.tokens() == {"OLD": 0, "ELSEWHERE": 0}
    separating.council.load(FORMER, elsewhere | {"team": "Another team"})
    assert separating.tokens() == {"OLD": 0, "ELSEWHERE": 0}


def test_another_kind_of_its_case_is_of_it(separating: Separating) -> None:
    separating.council.load(FORMER)
    separating.separate()
    plan = FORMER | {"involvement": "child protection plan"}
    separating.council.load(FORMER, plan)
    assert [len(held.tokens) for _, held in separating.store.records(TODAY)] == [0, 0]
    with pytest.raises(ImportRefusedError):
        separating.council.load(FORMER, plan | {"surname": "Featherstone"})


def test_what_was_separated_is_not_shielded_before_it_is_loaded_again(
    separating: Separating,
) -> None:
    separating.council.load(FORMER)
    id = separating.separate()
    for officer in ("Olu", "Sade"):
        separating.shielding.end(id, officer)
    with pytest.raises(ShieldError, match="have to be loaded anew"):
        separating.separate()
    separating.council.load(FORMER)
    separating.separate()


def test_it_can_be_separated_under_a_shield_that_is_none(separating: Separating) -> None:
    separating.council.load(FORMER)
    (case,) = separating.shielding.cases("OLD")
    separating.shielding.begin(case, "Olu", "A threat")
    separating.separate()
    with pytest.raises(ImportRefusedError):
        separating.council.load(FORMER, NOW | {"nhs_number": FORMER["nhs_number"]})
    separating.council.load(FORMER, NOW)
    assert separating.tokens()["NEW"] > 0


def test_its_own_case_cannot_be_asked_about(separating: Separating) -> None:
    separating.council.load(FORMER)
    separating.separate()
    (case,) = separating.shielding.cases("OLD")
    assert case.tokens == ()


def test_what_was_separated_by_mistake_is_answered_once_it_is_loaded_again(
    separating: Separating,
) -> None:
    separating.council.load(FORMER)
    before = separating.tokens()
    id = separating.separate()
    separating.shielding.end(id, "Olu")
    separating.shielding.end(id, "Sade")
    separating.council.load(FORMER)
    assert separating.tokens() == before


def test_a_former_identity_is_shielded_once(separating: Separating) -> None:
    separating.council.load(FORMER)
    separating.separate()
    with pytest.raises(ShieldError, match="shielded already"):
        separating.separate()


def test_files_of_other_sources_are_refused_as_well(separating: Separating, tmp_path: Path) -> None:
    separating.council.load(FORMER)
    separating.separate()
    other = Council(separating.store, tmp_path, source="health")
    with pytest.raises(ImportRefusedError, match="in line 2 "):
        other.load(NOW | {"nhs_number": FORMER["nhs_number"]})
    other.load(NOW)
    assert separating.tokens()["NEW"] > 0
