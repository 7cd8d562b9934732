"""What is new in the answers to a question that was asked before."""

from datetime import date

import pytest

from node.asking.answers import MemberAnswer, member_answer
from node.watching.news import Told, heard_number, new_in, told_with
from protocol.messages.vocabulary import Cause, Outcome
from tests.node.asking.scripted import known, of, of_the_household


def said(*outcomes: Outcome | MemberAnswer) -> list[MemberAnswer]:
    """Return an answer of each council from the first."""
    return [
        each if isinstance(each, MemberAnswer) else member_answer(of(number, each))
        for number, each in enumerate(outcomes, 1)
    ]


def told(*outcomes: Outcome | MemberAnswer) -> Told:
    return told_with({}, said(*outcomes))


def new_names(before: Told, *outcomes: Outcome | MemberAnswer) -> list[str]:
    return [answer.name for answer in new_in(before, said(*outcomes))]


KNOWN = member_answer(known(2))


@pytest.mark.parametrize(
    "outcome", [Outcome.KNOWN, Outcome.MAY_BE_KNOWN, Outcome.BEING_CHECKED, Outcome.ADD_A_FIELD]
)
def test_who_knew_nothing_and_does_now_is_new(outcome: Outcome) -> None:
    before = told(Outcome.NOT_KNOWN, Outcome.NOT_KNOWN)
    assert new_names(before, Outcome.NOT_KNOWN, outcome) == ["Council 2"]
    assert new_names(told(), Outcome.NOT_KNOWN, outcome) == ["Council 2"]


@pytest.mark.parametrize(
    "answer",
    [KNOWN, *said(Outcome.MAY_BE_KNOWN, Outcome.ADD_A_FIELD), member_answer(of_the_household(4))],
)
def test_what_was_told_is_not_new(answer: MemberAnswer) -> None:
    before = told_with({}, [answer])
    assert new_in(before, [answer]) == []
    assert told_with(before, [answer]) == before


def test_surer_is_new_and_less_sure_is_not_told_anew() -> None:
    less = said(Outcome.MAY_BE_KNOWN, Outcome.MAY_BE_KNOWN)[1]
    assert new_in(told_with({}, [less]), [KNOWN]) == [KNOWN]
    assert [answer.outcome for answer in new_in(told_with({}, [KNOWN]), [less])] == ["may_be_known"]


@pytest.mark.parametrize(
    ("changed", "is_new"),
    [
        ({"kind": "youth_justice"}, True),
        ({"closed_on": date(2026, 11, 2)}, True),
        ({"organisation": "Another"}, True),
        ({"team": "Another team"}, True),
        ({"telephone": "01632 960000"}, True),
        ({"updated_on": date(2026, 11, 3)}, False),
        ({"covers": "since 2020"}, False),
        ({"email": "other@example.org"}, False),
    ],
    ids=str,
)
def test_what_changes_whom_to_ring_is_new(changed: dict[str, object], is_new: bool) -> None:
    involved = KNOWN.involvements[0].model_copy(update=changed)
    answer = KNOWN.model_copy(update={"involvements": (involved,)})
    assert bool(new_in(told_with({}, [KNOWN]), [answer])) == is_new


def test_who_was_not_heard_is_not_new_when_they_are_heard_again() -> None:
    before = told_with({}, [KNOWN])
    for silence in (Outcome.UNREACHABLE, Outcome.REFUSED, Outcome.CANNOT_ANSWER, Outcome.BUSY):
        silent = member_answer(of(2, silence, Cause.NONE))
        assert new_in(before, [silent]) == []
        before = told_with(before, [silent])
        assert heard_number([silent, KNOWN]) == 1
    assert new_in(before, [KNOWN]) == []


def test_what_was_gone_and_comes_back_is_new() -> None:
    gone = said(Outcome.NOT_KNOWN, Outcome.NOT_KNOWN)
    before = told_with(told_with({}, [KNOWN]), gone)
    assert new_in(before, [KNOWN]) == [KNOWN]
