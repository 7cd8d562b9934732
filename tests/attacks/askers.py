"""What a dishonest asker puts together, and what it must not get by it."""

from collections.abc import Sequence

from node.asking.asker import PreparedLookup
from protocol.messages.lookup import NO_PROOF, Question
from protocol.messages.vocabulary import Outcome
from tests.attacks.arena import rows_of
from tests.node.small_federation import AnsweringCouncil, AskedQuestion


def read(asked: AskedQuestion) -> Question:
    """Return a question as the member that it is sealed to reads it."""
    return Question.decode(asked.opened().body)


def first_keys_of(lookups: Sequence[PreparedLookup]) -> PreparedLookup:
    """Put the strongest key of each of several children into one question."""
    return PreparedLookup(lookups[0].enquiry, tuple(lookup.tokens[0] for lookup in lookups))


def assert_learns_nothing(holder: AnsweringCouncil, asked: AskedQuestion) -> None:
    """Check that a question ends as one about a child whom nobody knows, in answer and in row."""
    answer = holder.answer(asked)
    assert (answer.outcome, answer.slot, answer.proof) == (Outcome.NOT_KNOWN, 0, NO_PROOF)
    row = rows_of(holder.ledger)[-1]
    assert (row.outcome, row.asker, row.clusters) == ("not_known", None, 0)
