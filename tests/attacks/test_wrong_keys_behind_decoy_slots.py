"""Wrong keys behind decoy slots: learn who is known, and do not say who asks."""

import os
from dataclasses import replace

from node.asking.asker import PreparedLookup
from protocol.limits import QUESTION_SLOTS
from protocol.messages.lookup import Slot, Slots
from protocol.messages.vocabulary import Outcome
from protocol.sealing.envelope import Kind
from protocol.tags import SEED_BYTES
from tests.attacks.arena import MARY, STRANGER, rows_of
from tests.attacks.askers import assert_learns_nothing, read
from tests.node.small_federation import (
    AnsweringCouncil,
    AskedQuestion,
    ask,
    child,
    enquiry,
    identity_of,
    record,
    seal,
    several,
)

JOHN_ENTRIES = {
    "forename": "John",
    "surname": "Placeholderson",
    "date_of_birth": "11/12/2013",
    "nhs_number": "",
}


def with_wrong_masks(prepared: PreparedLookup, wrong: range) -> AskedQuestion:
    """Return a question in which some right tags stand before masks that open nothing."""
    asked = ask(prepared)
    question = read(asked)
    slots = Slots.of(
        Slot(slot.tag, os.urandom(SEED_BYTES)) if number in wrong else slot
        for number, slot in enumerate(question.slots)
    )
    body = replace(question, slots=slots).encode()
    return replace(asked, sent=seal(asked.sent.header, body))


def test_wrong_keys_behind_decoy_slots_are_a_miss(holder: AnsweringCouncil) -> None:
    assert_learns_nothing(holder, with_wrong_masks(MARY, range(QUESTION_SLOTS)))


def test_wrong_keys_behind_decoy_slots_leave_the_answer_about_another_child_as_it_is(
    holder: AnsweringCouncil,
) -> None:
    """Did Mary's decoys count, John's answer would turn to *add a field*, and so tell of Mary."""
    john = enquiry(child(**JOHN_ENTRIES))
    holder.load([record(identity_of(john), "CASE-2")], "another source")
    both = several(MARY.enquiry, john)
    assert holder.answer(ask(both)).outcome is Outcome.ADD_A_FIELD
    with_decoys = holder.answer(with_wrong_masks(both, range(len(MARY.tokens))))
    without_mary = several(STRANGER.enquiry, john)
    alone = holder.answer(ask(without_mary))
    assert (with_decoys.outcome, with_decoys.involvements) == (alone.outcome, alone.involvements)
    assert [row.clusters for row in rows_of(holder.ledger)] == [2, 1, 1]
    assert rows_of(holder.ledger)[1].case_references == ("CASE-2",)


def test_wrong_keys_behind_decoy_slots_leave_a_reply_and_a_row_of_the_length_of_a_miss(
    holder: AnsweringCouncil,
) -> None:
    """In time too they are a miss: whatever was matched, an answer leaves on the tick (P5)."""
    decoys, miss = with_wrong_masks(MARY, range(QUESTION_SLOTS)), ask(STRANGER)
    replies = [holder.room.answer(asked.opened()) for asked in (decoys, miss)]
    assert len({len(reply or b"") for reply in replies}) == 1
    rows = dict(holder.ledger.entries(Kind.LOOKUP))
    assert len(rows) == 2
    assert len({len(row) for row in rows.values()}) == 1
