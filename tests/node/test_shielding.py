"""What shielding officers do, and who was told of a child before it was shielded."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from node.clock import local_day
from node.errors import ShieldError
from node.ledger.entries import Asker, seal_entry
from node.ledger.ledger import Ledger
from node.records.shield import Shield, ShieldId
from node.records.shields import AlreadyShieldedError
from node.shielding import TOLD_MS, Shielding
from node.store_key import StoreKey
from protocol.matching.identity import Identity
from protocol.messages.lookup import Who
from protocol.sealing.envelope import Kind, SealedRequest
from tests.node.post.test_notices import KNOWN
from tests.node.records.test_cases import load
from tests.node.small_federation import (
    STORE_KEY,
    AnsweringCouncil,
    FakeClock,
    ask,
    child,
    council,
    enquiry,
    make_header,
    oprf_key,
    prepare,
    record,
)

OTHER = child(forename="John", surname="Other", nhs_number="", upn="", postcode="")
DAY_MS = 86_400_000


def told(ledger: Ledger, key: StoreKey, asker: Asker, now_ms: int) -> None:
    """Have a ledger say that somebody was told that the child of `CASE-1` is known."""
    entry = KNOWN.model_copy(update={"asker": asker, "case_references": ("CASE-1",)})
    header = make_header(Kind.LOOKUP, council(2), council(1))
    sealed = seal_entry(key, entry, header.round_id)
    ledger.record(SealedRequest(header, b"", b"", b"", bytes(32)), b"", sealed, now_ms)


class Officers:
    """A council that holds a child in two sources, and another child, and its officers."""

    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock()
        self.council = AnsweringCouncil(folder, FakeClock())
        for source, case, held in (
            ("social care", "CASE-1", child()),
            ("health", "H-77", child()),
            ("youth justice", "CASE-2", OTHER),
        ):
            load(self.council.store, source, record(held, case), key=oprf_key().key_id)
        self.council.index.refresh()
        self.shielding = Shielding(self.council.store, self.council.ledger, STORE_KEY, self.clock)

    def close(self) -> None:
        self.council.close()

    def asked_about(self, held: Identity, name: str = "Ada") -> None:
        """Have another council ask, a second after the question before."""
        who = Who(name, "020 7946 0123", "Assessment Team", "REF-77", False)
        self.council.answer(ask(prepare(enquiry(held, who=who))))
        self.council.clock.now_ms += 1000

    def begin(self, case: str = "CASE-1") -> tuple[ShieldId, Shield]:
        (found,) = self.shielding.cases(case)
        return self.shielding.begin(found, "Olu", "A threat", timedelta(days=30))

    def found(self, id: ShieldId) -> Shield:
        found = self.shielding.shields.find(id)
        assert found is not None
        return found


@pytest.fixture
def officers(tmp_path: Path) -> Iterator[Officers]:
    with closing(Officers(tmp_path)) as made:
        yield made


def today(officers: Officers) -> date:
    return local_day(officers.clock())


def test_who_was_told_before_is_found_in_every_source(officers: Officers) -> None:
    officers.asked_about(child())
    officers.asked_about(OTHER, "Bo")
    id, shield = officers.begin("H-77")
    officers.asked_about(child(), "Cy")
    (told,) = officers.shielding.told_before(shield)
    assert told.asker.name == "Ada"
    assert (told.outcome, told.role, told.purpose) == ("known", "practitioner", 1)
    assert officers.found(id) == shield


def test_the_latest_is_first_and_what_is_older_than_a_year_is_not_looked_through(
    officers: Officers,
) -> None:
    for name in ("Old", "First", "Second"):
        officers.asked_about(child(), name)
    officers.clock.now_ms += TOLD_MS + 500
    _, shield = officers.begin()
    assert [each.asker.name for each in officers.shielding.told_before(shield)] == [
        "Second",
        "First",
    ]


def test_it_is_looked_at_again_and_who_wanted_it_to_end_is_overruled(officers: Officers) -> None:
    id, _ = officers.begin()
    officers.shielding.end(id, "Olu")
    officers.shielding.review(id, "Sade", " Still threatened ", timedelta(days=7))
    shield = officers.found(id)
    (review,) = shield.reviews
    assert (review.by, review.note) == ("Sade", "Still threatened")
    assert shield.review_on == today(officers) + timedelta(days=7)
    assert shield.end_asked_by == ""
    assert not officers.shielding.end(id, "Sade").ended_by
    assert officers.shielding.end(id, "Olu").ended_by == "Olu"
    with pytest.raises(ShieldError, match="no such shield in force"):
        officers.shielding.review(id, "Sade", "Again", timedelta(days=7))


def test_an_officer_is_told_when_it_is_time_and_when_another_wants_an_end(
    officers: Officers,
) -> None:
    id, _ = officers.begin()
    assert officers.shielding.number_to_look_at("Olu") == 0
    officers.shielding.end(id, "Olu")
    assert officers.shielding.number_to_look_at("Olu") == 0
    assert officers.shielding.number_to_look_at("Sade") == 1
    officers.clock.now_ms += 30 * DAY_MS
    assert officers.shielding.number_to_look_at("Olu") == 1


def test_a_child_is_shielded_once(officers: Officers) -> None:
    id, _ = officers.begin()
    with pytest.raises(AlreadyShieldedError, match="as case CASE-1") as refused:
        officers.begin("H-77")
    assert refused.value.id == id


@pytest.mark.parametrize(("officer", "note"), [("", "Why"), ("  ", "Why"), ("Olu", "  ")])
def test_who_says_nothing_does_nothing(officers: Officers, officer: str, note: str) -> None:
    id, shield = officers.begin()
    with pytest.raises(ShieldError, match="say"):
        officers.shielding.review(id, officer, note, timedelta(days=7))
    assert officers.found(id) == shield


def test_what_is_no_shield_is_not_found(officers: Officers) -> None:
    assert officers.shielding.shields.find(ShieldId(bytes(8))) is None
