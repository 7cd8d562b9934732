"""Guessing by identifier alone: a number from a list, and nothing else of the child."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from node.asking.asker import PreparedLookup, _Keyed
from protocol import labels
from protocol.encoding import Writer
from protocol.limits import QUESTION_SLOTS
from protocol.matching.identity import parse_identity
from protocol.matching.key_ids import KeyId
from protocol.matching.keys import MATCHING_VERSION
from protocol.messages.vocabulary import Cause, Outcome
from tests.attacks.arena import MARY, rows_of
from tests.attacks.askers import assert_learns_nothing, first_keys_of
from tests.node.small_federation import (
    ENTRIES,
    TODAY,
    AnsweringCouncil,
    ask,
    child,
    enquiry,
    make_directory,
    prepare,
    record,
    token_of,
)

NUMBER = ENTRIES["nhs_number"]
UPN = "H801200001001"


@pytest.mark.parametrize("identifier", [{"nhs_number": NUMBER}, {"upn": UPN}])
def test_guessing_by_identifier_alone_gives_no_contact_and_a_person_looks_at_it(
    pupils_holder: AnsweringCouncil, identifier: dict[str, str]
) -> None:
    """A number that is typed wrong elsewhere is worth a check, and a guessed one no more."""
    answer = pupils_holder.answer(ask(prepare(enquiry(parse_identity(identifier, TODAY)))))
    assert (answer.outcome, answer.involvements) == (Outcome.BEING_CHECKED, ())
    row = rows_of(pupils_holder.ledger)[-1]
    assert row.asker is not None
    assert (row.asker.name, row.key) == (MARY.enquiry.who.name, "B0")


def by_hand(key_id: KeyId, *parts: str) -> PreparedLookup:
    """Return a question of one token that its asker has made of what it likes."""
    writer = Writer().prefixed(labels.MATCH_KEY).integer(MATCHING_VERSION, 1)
    writer.integer(key_id, 1)
    for part in parts:
        writer.prefixed(part.encode())
    return PreparedLookup(MARY.enquiry, (_Keyed(key_id, token_of(writer.done())),))


@pytest.fixture
def pupils_holder(answering: AnsweringCouncil) -> AnsweringCouncil:
    """Council 2, which holds Mary with both of her numbers."""
    answering.load([record(child(upn=UPN))])
    return answering


@pytest.mark.parametrize(
    ("key_id", "number"), [(KeyId.A1, "9434765919"), (KeyId.A2, UPN)], ids=["A1", "A2"]
)
@pytest.mark.parametrize("rest", [(), ("",), ("2015",), None])
def test_guessing_by_identifier_alone_finds_nobody_with_tokens_of_ones_own_making(
    pupils_holder: AnsweringCouncil, key_id: KeyId, number: str, rest: tuple[str, ...] | None
) -> None:
    """Keyholders evaluate any string; no record is held under one without a date of birth."""
    parts = ("", "") if rest is None else (number, *rest)
    assert_learns_nothing(pupils_holder, ask(by_hand(key_id, *parts)))
    with_the_date = pupils_holder.answer(ask(by_hand(key_id, number, "20150304")))
    assert with_the_date.outcome is Outcome.KNOWN, "the control"


def guesses_of_birth(newest: date) -> Iterator[PreparedLookup]:
    """Give questions of 64 dates each for one number, from the newest date back."""
    while True:
        days = [newest - timedelta(back) for back in range(QUESTION_SLOTS)]
        yield first_keys_of([by_number(day) for day in days])
        newest -= timedelta(QUESTION_SLOTS)


def by_number(day: date) -> PreparedLookup:
    entries = {"nhs_number": NUMBER, "date_of_birth": f"{day:%d/%m/%Y}"}
    return prepare(enquiry(parse_identity(entries, TODAY)))


def test_guessing_by_identifier_alone_ends_with_the_questions_of_the_day(
    holder: AnsweringCouncil,
) -> None:
    directory = make_directory(limits={1: {"questions_per_day": 5}})
    guesses = guesses_of_birth(TODAY)
    told = [holder.answer(ask(next(guesses), directory=directory), directory) for _ in range(7)]
    assert [answer.cause for answer in told] == [Cause.NONE] * 5 + [Cause.DAILY_LIMIT] * 2
    assert {answer.outcome for answer in told[:5]} == {Outcome.NOT_KNOWN}


def test_guessing_by_identifier_alone_and_meeting_the_date_is_a_hit_with_the_askers_name(
    holder: AnsweringCouncil,
) -> None:
    """The stated limit: a number and its date of birth are an identity."""
    answer = holder.answer(ask(next(guesses_of_birth(date(2015, 3, 20)))))
    assert answer.outcome is Outcome.KNOWN
    said = answer.encode().lower()
    assert not [text for text in (b"mary", b"smith", b"sw1a", b"943", b"2015") if text in said]
    row = rows_of(holder.ledger)[-1]
    assert row.asker is not None
    assert (row.asker.name, row.key) == (MARY.enquiry.who.name, "A1")
