"""What shielding officers do, and who was told of a child before it was shielded."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from node.clock import local_day
from node.errors import ShieldError
from node.ledger.entries import Asker, open_answered, seal_entry
from node.ledger.ledger import Ledger
from node.records.shield import Shield, ShieldId
from node.records.shields import AlreadyShieldedError
from node.records.tokens import Tokens
from node.shielding import TOLD_MS, Former, Shielding
from node.store_key import StoreKey
from protocol.matching.identity import Identity
from protocol.messages.lookup import Who
from protocol.messages.vocabulary import InvolvementKind, Outcome
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
    involvement,
    make_header,
    oprf_key,
    prepare,
    record,
    tokens_of,
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


HIDDEN_PLACE = child(nhs_number="", upn="", postcode="")
"""Of whom nothing is known that joins one record to another."""

PLAN = involvement(kind=InvolvementKind.CHILD_PROTECTION_PLAN)


def outcome(officers: Officers, held: Identity) -> Outcome:
    return officers.council.answer(ask(prepare(enquiry(held)))).outcome


def test_a_new_involvement_of_the_case_is_hidden_whatever_is_known_of_the_child(
    officers: Officers,
) -> None:
    key, store = oprf_key().key_id, officers.council.store
    load(store, "plans", record(HIDDEN_PLACE, "17"), key=key)
    _, shield = officers.begin("17")
    assert len(shield.rows) == 1
    rows = (record(HIDDEN_PLACE, "17"), record(HIDDEN_PLACE, "17", PLAN))
    load(store, "plans", *rows, key=key)
    load(store, "social care", key=key)
    load(store, "health", key=key)
    officers.council.index.refresh()
    assert outcome(officers, HIDDEN_PLACE) is Outcome.NOT_KNOWN


def test_another_child_under_the_reference_stays_what_it_is(officers: Officers) -> None:
    """A family of one reference, each child with an involvement of its own."""
    key, store = oprf_key().key_id, officers.council.store
    twin = child(forename="Zachary", surname="Wren", nhs_number="999 000 0123", upn="")
    load(store, "family", record(child(), "F-1"), record(twin, "F-1", PLAN), key=key)
    cases = officers.shielding.cases("F-1")
    assert len(cases) == 2
    officers.shielding.begin(cases[0], "Olu", "A threat")
    load(store, "family", record(child(), "F-1"), record(twin, "F-1", PLAN), key=key)
    officers.council.index.refresh()
    assert outcome(officers, twin) is Outcome.KNOWN
    assert outcome(officers, child()) is Outcome.NOT_KNOWN


def test_a_case_of_another_kind_under_the_next_key_is_hidden(officers: Officers) -> None:
    officers.begin("CASE-1")
    anew = Tokens.of(keyed._replace(token=keyed.token[::-1]) for keyed in tokens_of(child()))
    plan = replace(record(child(), "CASE-1", PLAN), tokens=anew)
    load(officers.council.store, "social care", plan, key=bytes(8))
    (held,) = officers.council.store.shields.in_force()
    assert {*anew} <= {*held.shield.identity.tokens}


def test_what_is_loaded_while_a_shield_is_made_is_of_it_too(
    officers: Officers, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = officers.council.store
    school = record(child(surname="Featherstone"), "S-1")
    made, begin = iter([school]), store.shields.begin

    def begin_late(*given: Any) -> ShieldId:
        for each in made:
            load(store, "school", each, key=oprf_key().key_id)
        return begin(*given)

    monkeypatch.setattr(store.shields, "begin", begin_late)
    _, shield = officers.begin("CASE-1")
    assert len(shield.rows) == 3
    assert {*school.tokens} <= {*shield.identity.tokens}


def test_no_row_of_the_ledger_names_a_former_identity_beside_a_case(officers: Officers) -> None:
    """Of a question about the identity of now that gives the former name too."""
    store, key = officers.council.store, oprf_key().key_id
    now = child(surname="Featherstone", nhs_number="999 000 0115", upn="", postcode="LS1 4AP")
    load(store, "adoption", record(now, "NEW"), key=key)
    (case,) = officers.shielding.cases("CASE-1")
    former = Former(cases=["H-77"])
    officers.shielding.begin(case, "Olu", "Adoption", former=former)
    officers.council.index.refresh()
    both = {"surname": "Featherstone", "other_surnames": "Smith", "postcode": "LS1 4AP"}
    officers.asked_about(child(**both, nhs_number="999 000 0115", upn=""))
    rows = officers.council.ledger.entries(Kind.LOOKUP)
    (entry,) = [open_answered(STORE_KEY, sealed, round_id) for round_id, sealed in rows]
    assert entry.case_references == ("NEW",)
    assert entry.shields == ()


def test_every_case_of_a_shielded_child_is_known_to_be_one(officers: Officers) -> None:
    id, _ = officers.begin("H-77")
    held = {case: officers.council.store.is_shielded(case) for case in ("H-77", "CASE-1", "CASE-2")}
    assert held == {"H-77": True, "CASE-1": True, "CASE-2": False}
    for officer in ("Olu", "Sade"):
        officers.shielding.end(id, officer)
    assert not officers.council.store.is_shielded("CASE-1")


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
