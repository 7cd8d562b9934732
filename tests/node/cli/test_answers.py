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
    assert "BEING CHECKED: household: the same home" in said
    assert "duty line" in said


def test_being_checked_says_where_it_comes_to_and_to_ring_if_it_cannot_wait() -> None:
    said = list(closing_lines([answer(Outcome.BEING_CHECKED, Tier.POSSIBLE)]))
    assert any("comes to your call-backs" in line and "ring" in line for line in said)


@pytest.mark.parametrize("outcome", [Outcome.NOT_KNOWN, Outcome.KNOWN, Outcome.MAY_BE_KNOWN])
def test_no_other_answer_says_that_somebody_looks(outcome: Outcome) -> None:
    assert not any("Being checked" in line for line in closing_lines([answer(outcome)]))
