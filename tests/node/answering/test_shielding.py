"""A shielded child is answered as one that nobody here has ever heard of, whatever is loaded."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import pytest

from node.asking.asker import PreparedLookup
from node.errors import ShieldError
from node.ledger.entries import AnsweredEntry, open_answered
from node.records.identity import Identity, grown
from node.records.model import Record
from node.records.shield import Shield, ShieldId
from node.records.tokens import Tokens
from protocol.matching.key_ids import KeyId
from protocol.matching.keys import MATCHING_VERSION
from protocol.messages.lookup import Answer
from protocol.messages.vocabulary import Outcome
from protocol.sealing.envelope import Kind
from tests.node.small_federation import (
    NOW_MS,
    STORE_KEY,
    STRANGER_ENTRIES,
    AnsweringCouncil,
    ask,
    child,
    enquiry,
    prepare,
    record,
    source_row,
)

MARY = record(child(), "CASE-MARY")
ABOUT_MARY = prepare(enquiry(child()))
STRANGER = prepare(enquiry(child(**STRANGER_ENTRIES)))
RENAMED = {"surname": "Featherstone", "forename": "Rosalind"}
NUMBER = "999 000 0123"


def shield(council: AnsweringCouncil) -> ShieldId:
    """Shield Mary, the first of the main source, as the officer's command does."""
    rows = frozenset({source_row("main 0", MARY).source_key})
    identity = grown(Identity(MARY.tokens, rows), council.store.tokens)
    return council.store.shields.begin(
        Shield(
            case_reference="CASE-MARY",
            reason="A threat",
            begun_by="Olu",
            begun_ms=NOW_MS,
            review_on=date(2027, 1, 1),
            tokens=identity.tokens.content,
            rows=tuple(identity.rows),
        )
    )


def tell(council: AnsweringCouncil, about: PreparedLookup = ABOUT_MARY) -> Answer:
    return council.answer(ask(about))


def entries(council: AnsweringCouncil) -> Sequence[AnsweredEntry]:
    rows = council.ledger.entries(Kind.LOOKUP)
    return [open_answered(STORE_KEY, entry, round_id) for round_id, entry in rows]


def by(**entries: str) -> PreparedLookup:
    return prepare(enquiry(child(**entries)))


def test_the_child_is_known_until_it_is_shielded_and_at_once_not_any_more(
    answering: AnsweringCouncil,
) -> None:
    """Without a new table: the shields are read live."""
    answering.load([MARY])
    assert tell(answering).outcome is Outcome.KNOWN
    shield(answering)
    assert tell(answering) == tell(answering, STRANGER)
    assert tell(answering).outcome is Outcome.NOT_KNOWN


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param({}, id="all that is known"),
        pytest.param({"nhs_number": ""}, id="without the number"),
        pytest.param({"nhs_number": "", "postcode": ""}, id="the name and the date alone"),
        pytest.param({"nhs_number": "", "postcode": "LS1 4AP"}, id="another place"),
        pytest.param({"nhs_number": "", "forename": "Marie"}, id="a name that sounds alike"),
        pytest.param({"nhs_number": "", "surname": "Other"}, id="another surname"),
    ],
)
def test_however_it_is_asked_about_it_is_neither_known_nor_checked(
    answering: AnsweringCouncil, entries: Mapping[str, str]
) -> None:
    answering.load([MARY])
    shield(answering)
    assert tell(answering, by(**entries)).outcome is Outcome.NOT_KNOWN


@pytest.mark.parametrize(
    ("records", "source"),
    [
        pytest.param([MARY], "main", id="the nightly refresh"),
        pytest.param([record(child(), "CASE-DOUBLE")], "other", id="a new source"),
        pytest.param([MARY, record(child(nhs_number=""), "CASE-2")], "main", id="a duplicate"),
        pytest.param([record(child(postcode="LS1 4AP"), "CASE-MARY")], "main", id="a new address"),
        pytest.param([record(child(**RENAMED), "CASE-MARY")], "main", id="a new name"),
        pytest.param([record(child(nhs_number=NUMBER), "CASE-MARY")], "main", id="a new number"),
        pytest.param(
            [record(child(**RENAMED, nhs_number=NUMBER), "CASE-MARY")],
            "main",
            id="a new name and a new number at once",
        ),
    ],
)
def test_it_stays_hidden_under_all_that_it_is_loaded_as(
    answering: AnsweringCouncil, records: Sequence[Record], source: str
) -> None:
    """ContactPoint's nightly refresh made shielded children anew, unshielded."""
    answering.load([MARY])
    shield(answering)
    answering.load(records, source)
    for entries in ({}, RENAMED, {"postcode": "LS1 4AP"}, {"nhs_number": NUMBER}):
        assert tell(answering, by(**entries)).outcome is Outcome.NOT_KNOWN
        both = by(**entries, nhs_number=NUMBER) if entries == RENAMED else by(**entries)
        assert tell(answering, both).outcome is Outcome.NOT_KNOWN


def test_a_name_that_came_with_a_load_hides_what_has_that_alone(
    answering: AnsweringCouncil,
) -> None:
    """Of another source: it shares nothing with what was there when the shield was set."""
    answering.load([MARY])
    shield(answering)
    answering.load([record(child(**RENAMED), "CASE-MARY")])
    answering.load([record(child(**RENAMED, nhs_number=""), "SCHOOL-1")], "school")
    assert tell(answering, by(**RENAMED, nhs_number="")).outcome is Outcome.NOT_KNOWN


def test_records_of_the_child_that_were_there_before_are_hidden_too(
    answering: AnsweringCouncil,
) -> None:
    """Joined through one that is joined to the case."""
    answering.load([record(child(**RENAMED, nhs_number=""), "SCHOOL-1")], "school")
    answering.load([record(child(**RENAMED), "HEALTH-1")], "health")
    answering.load([MARY])
    assert tell(answering, by(**RENAMED, nhs_number="")).outcome is Outcome.KNOWN
    shield(answering)
    assert tell(answering, by(**RENAMED, nhs_number="")).outcome is Outcome.NOT_KNOWN


def test_rows_that_join_one_after_the_other_are_hidden_in_whatever_order_they_come(
    answering: AnsweringCouncil,
) -> None:
    """The first has a number of the second, which has a name of the third, which has Mary's."""
    last = {"surname": "Winterbourne", "forename": "Imogen"}
    chain = [
        record(child(**last, nhs_number=NUMBER), "X-1"),
        record(child(**RENAMED, nhs_number=NUMBER), "X-2"),
        record(child(**RENAMED), "X-3"),
    ]
    answering.load([MARY])
    shield(answering)
    answering.load(chain, "other")
    assert tell(answering, by(**last, nhs_number="")).outcome is Outcome.NOT_KNOWN


def test_it_stays_hidden_under_the_next_key(answering: AnsweringCouncil) -> None:
    """All its tokens die: what stays is the row."""
    answering.load([MARY])
    shield(answering)
    other = Tokens.of([keyed._replace(token=keyed.token[::-1]) for keyed in MARY.tokens])
    anew = source_row("main 0", replace(MARY, tokens=other))
    answering.store.replace_source("main", [anew], bytes(8), MATCHING_VERSION)
    (held,) = answering.store.shields.in_force()
    assert set(other) <= set(held.shield.identity.tokens)


NAMESAKE = {"nhs_number": "", "postcode": "LS1 4AP"}


def test_a_namesake_elsewhere_does_not_vanish(answering: AnsweringCouncil) -> None:
    """One is asked about with a place of one's own."""
    namesake = record(child(**NAMESAKE), "CASE-NAMESAKE")
    answering.load([MARY, namesake])
    shield(answering)
    answer = tell(answering, by(**NAMESAKE))
    assert answer.outcome is Outcome.KNOWN
    assert [each.encode() for each in answer.involvements] == [namesake.involvement.encode()]


def test_a_twin_does_not_vanish(answering: AnsweringCouncil) -> None:
    twin = {"forename": "Zachary", "nhs_number": NUMBER}
    answering.load([MARY, record(child(**twin), "CASE-TWIN")])
    shield(answering)
    assert tell(answering, by(**twin)).outcome is Outcome.KNOWN
    assert tell(answering).outcome is Outcome.NOT_KNOWN


def test_a_question_that_names_the_child_finds_no_household(answering: AnsweringCouncil) -> None:
    """By the sibling nobody is led to the address."""
    sibling = child(forename="Zachary", date_of_birth="30/09/2011", nhs_number=NUMBER)
    answering.load([MARY, record(sibling, "CASE-SIBLING")])
    shield(answering)
    about = prepare(enquiry(child()), household=True)
    assert tell(answering, about).outcome is Outcome.NOT_KNOWN


def test_a_number_names_the_child_beside_keys_that_tell_more(answering: AnsweringCouncil) -> None:
    """The number alone is weaker than the name and the date, and no less the child's."""
    sibling = child(forename="Zachary", date_of_birth="30/09/2011", nhs_number=NUMBER)
    answering.load([MARY, record(sibling, "CASE-SIBLING")])
    of_mary = prepare(enquiry(child()), household=True)
    kept = {KeyId.B0, KeyId.C1, KeyId.H1, KeyId.H2, KeyId.H3}
    some = tuple(keyed for keyed in of_mary.tokens if keyed.key_id in kept)
    assert {KeyId.B0, KeyId.C1} <= {keyed.key_id for keyed in some}
    about = replace(of_mary, tokens=some)
    assert tell(answering, about).outcome is Outcome.MAY_BE_KNOWN
    shield(answering)
    assert tell(answering, about).outcome is Outcome.NOT_KNOWN


def test_a_sibling_is_answered_of_alone(answering: AnsweringCouncil) -> None:
    sibling = child(forename="Zachary", date_of_birth="30/09/2011", nhs_number=NUMBER)
    held = record(sibling, "CASE-SIBLING")
    answering.load([MARY, held])
    shield(answering)
    answer = tell(answering, prepare(enquiry(sibling), household=True))
    assert answer.outcome is Outcome.KNOWN
    assert [each.encode() for each in answer.involvements] == [held.involvement.encode()]


def test_the_row_tells_the_officers_who_asked_and_names_no_case(
    answering: AnsweringCouncil,
) -> None:
    answering.load([MARY])
    id = shield(answering)
    tell(answering)
    tell(answering, STRANGER)
    about, stranger = entries(answering)
    assert about.outcome == stranger.outcome == "not_known"
    assert about.shields == (id.hex(),)
    assert about.asker is not None
    assert about.asker.name == "Ada Practitioner"
    assert about.case_references == ()
    assert (stranger.shields, stranger.asker) == ((), None)


def test_it_ends_by_two_officers_alone(answering: AnsweringCouncil) -> None:
    answering.load([MARY])
    id = shield(answering)
    shields = answering.store.shields
    shields.end(id, "Olu", NOW_MS)
    assert tell(answering).outcome is Outcome.NOT_KNOWN
    with pytest.raises(ShieldError, match="a second officer"):
        shields.end(id, "Olu", NOW_MS)
    ended = shields.end(id, "Ines", NOW_MS)
    assert (ended.end_asked_by, ended.ended_by) == ("Olu", "Ines")
    assert tell(answering).outcome is Outcome.KNOWN
    with pytest.raises(ShieldError, match="no such shield"):
        shields.end(id, "Ines", NOW_MS)


@pytest.mark.parametrize("same", ["Olu", "olu ", "OLU"])
def test_an_officer_is_no_second_one_by_spelling(answering: AnsweringCouncil, same: str) -> None:
    answering.load([MARY])
    id = shield(answering)
    answering.store.shields.end(id, "Olu", NOW_MS)
    with pytest.raises(ShieldError, match="a second officer"):
        answering.store.shields.end(id, same, NOW_MS)


def test_a_child_is_shielded_once(answering: AnsweringCouncil) -> None:
    answering.load([MARY])
    shield(answering)
    with pytest.raises(ShieldError, match="shielded already, as case CASE-MARY"):
        shield(answering)
