"""What a terminal says of answers."""

import pytest

from node.asking.answers import MemberAnswer, member_answer
from node.asking.asker import MemberResult
from node.cli.answers import answer_lines, closing_lines
from protocol.matching.confidence import Tier
from protocol.messages.vocabulary import Outcome
from tests.node.small_federation import DIRECTORY, council


def answer(outcome: Outcome, tier: Tier | None = None, difference: str = "") -> MemberAnswer:
    member = DIRECTORY.member(council(2).id)
    return member_answer(MemberResult(member, outcome, tier=tier, difference=difference))


def test_household_is_said_apart_and_never_as_the_child() -> None:
    said = " ".join(answer_lines(answer(Outcome.BEING_CHECKED, Tier.HOUSEHOLD, "the same home")))
    assert "SAME HOUSEHOLD: the same home" in said
    assert "BEING CHECKED" not in said
    assert "duty line" in said


def test_being_checked_says_where_it_comes_to_and_to_ring_if_it_cannot_wait() -> None:
    said = list(closing_lines([answer(Outcome.BEING_CHECKED, Tier.POSSIBLE)]))
    assert any("comes to your call-backs" in line and "ring" in line for line in said)


@pytest.mark.parametrize(
    "other",
    [
        answer(Outcome.NOT_KNOWN),
        answer(Outcome.KNOWN),
        answer(Outcome.MAY_BE_KNOWN),
        answer(Outcome.BEING_CHECKED, Tier.HOUSEHOLD, "the same home"),
    ],
    ids=lambda answer: f"{answer.outcome} {answer.tier}",
)
def test_of_no_other_answer_is_it_said_that_somebody_looks(other: MemberAnswer) -> None:
    assert not any("Being checked" in line for line in closing_lines([other]))


def test_whatever_is_known_there_is_a_number_to_ring_now() -> None:
    """A contact's own numbers may be missing, or a day's alone."""
    assert "out of hours 020 7946 0102" in " ".join(answer_lines(answer(Outcome.KNOWN)))
