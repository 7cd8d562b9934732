"""Relaying a tag: who was asked about a child asks others about it, and learns who knows it."""

import pytest

from protocol.errors import MalformedError
from protocol.identifiers import RoundId, epoch_at
from protocol.messages.lookup import Question
from protocol.messages.vocabulary import Outcome
from protocol.sealing.envelope import Kind
from tests.attacks.arena import HOLDER, MARY, ROGUE
from tests.attacks.askers import assert_learns_nothing, read
from tests.node.small_federation import (
    NOW_MS,
    AnsweringCouncil,
    AskedQuestion,
    ask,
    make_header,
    open_request_of,
    seal,
)


def asked_by_the_rogue(question: Question, round_id: RoundId | None = None) -> AskedQuestion:
    """Return a question in the rogue's own name, its slots and who-block from anywhere."""
    header = make_header(Kind.LOOKUP, ROGUE, HOLDER, NOW_MS, round_id)
    return AskedQuestion(seal(header, question.encode()), MARY, ROGUE, HOLDER)


def test_relaying_a_tag_the_askers_own_question_is_answered(holder: AnsweringCouncil) -> None:
    """The control."""
    assert holder.answer(ask(MARY)).outcome is Outcome.KNOWN


def test_relaying_a_tag_the_envelope_itself_is_for_another_member() -> None:
    received = ask(MARY, answerer=3)
    with pytest.raises(MalformedError, match="another member"):
        open_request_of(received.sent, HOLDER, received.opened().directory, NOW_MS)


def test_relaying_a_tag_to_another_member_meets_no_tag_there(holder: AnsweringCouncil) -> None:
    received = read(ask(MARY, answerer=3))
    index = holder.index.current()
    assert index is not None
    table = index.tables[epoch_at(NOW_MS / 1000)]
    assert table.match(received.slots.tags()) == []
    assert table.match(read(ask(MARY)).slots.tags())
    assert_learns_nothing(holder, asked_by_the_rogue(received))


@pytest.mark.parametrize("in_the_same_round", [False, True], ids=["own round", "same round"])
def test_relaying_a_tag_that_does_match_opens_no_mask_for_another_asker(
    holder: AnsweringCouncil, in_the_same_round: bool
) -> None:
    """Even with a question to this very member in its hands, as from a helper inside."""
    honest = ask(MARY)
    round_id = honest.sent.header.round_id if in_the_same_round else None
    assert_learns_nothing(holder, asked_by_the_rogue(read(honest), round_id))
