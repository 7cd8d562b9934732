"""Two hubs, one of which dies in the middle: whatever it had passed on, nothing is done twice."""

import pytest

from protocol.messages.vocabulary import Outcome
from protocol.sealing.envelope import Kind
from tests.federation.faults import HubFault, Lie, MemberFault, Point, Trouble
from tests.federation.scenario import (
    Advance,
    Ask,
    DropLinks,
    Kill,
    LoadByKeyholders,
    Post,
    Restart,
    Scenario,
    Start,
)
from tests.federation.seeing import TRUE, see

WHEN = [
    *((Point.DOWN, number) for number in (0, 2, 5, 8, 10)),
    *((Point.UP, number) for number in (0, 3, 6, 9)),
    *((Point.LINE, number) for number in (0, 2, 3, 7)),
]
"""Five evaluations, then six questions pass; from the third valid evaluation on none is read."""

BEFORE = 5
"""Cells that reach a member before council 1's: its beat is the last."""


@pytest.mark.parametrize(("point", "number"), WHEN)
def test_hub_that_dies_in_the_middle_is_not_missed(point: Point, number: int) -> None:
    dies = HubFault(Lie.DIE, point, skip=number, times=1)
    seen = see(Scenario((Ask(1), Advance(30.0)), (dies,)))
    assert seen.outcomes() == TRUE
    for member, left in seen.members.items():
        assert left.rows[Kind.LOOKUP] == 1
        # From three on, a keyholder's reply is no longer waited for.
        assert left.elements.get(Kind.EVALUATION, 0) in ({64} if member < 3 else {0, 64})


def test_question_goes_on_over_the_other_hub_between_its_two_rounds() -> None:
    seen = see(Scenario((Ask(1, waits=False), Advance(0.08), Kill(0), Advance(60.0))))
    assert seen.outcomes() == TRUE


def test_without_a_hub_a_question_fails_whole_and_in_words() -> None:
    seen = see(Scenario((Kill(0), Kill(1), Ask(1))))
    question = seen.questions[0]
    assert "no hub carried the round" in question.error
    assert question.results == []
    assert all(Kind.LOOKUP not in member.rows for member in seen.members.values())


def test_hubs_that_both_die_in_the_middle_leave_an_outcome_for_everybody() -> None:
    faults = (
        HubFault(Lie.DIE, Point.LINE, hub=0, skip=6, times=1),
        HubFault(Lie.DIE, Point.LINE, hub=1, skip=2, times=1),
    )
    outcomes = see(Scenario((Ask(1),), faults)).outcomes()
    silent = {number for number, said in outcomes.items() if said is Outcome.UNREACHABLE}
    assert 0 < len(silent) < 6
    assert {number: said for number, said in outcomes.items() if number not in silent} == {
        number: said for number, said in TRUE.items() if number not in silent
    }


def test_members_come_back_to_a_hub_that_was_started_again() -> None:
    operations = (Kill(0), Advance(100.0), Start(0), Advance(31.0), Kill(1), Ask(2))
    seen = see(Scenario(operations))
    assert seen.outcomes() == TRUE
    assert seen.linked == [{1, 2, 3, 4, 5, 6}, set()]


def test_links_that_are_cut_under_a_question_cost_no_answer() -> None:
    operations = (Ask(1, waits=False), Advance(0.1), DropLinks(0), Advance(30.0))
    assert see(Scenario(operations)).outcomes() == TRUE


def test_member_that_restarts_answers_again() -> None:
    seen = see(Scenario((Ask(1), Restart(6), Advance(2.0), Ask(1))))
    assert seen.outcomes(0) == seen.outcomes(1) == TRUE


def test_long_import_outlives_a_hub_and_is_counted_once() -> None:
    """The same bytes again: no other batch, no other count (50 §1)."""
    dies = HubFault(Lie.DIE, Point.LINE, skip=1, times=1)
    loads = LoadByKeyholders(6, (2,), waits=False)
    operations = (Kill(1), loads, Advance(2.0), Start(0), Advance(120.0), Ask(1, 2))
    seen = see(Scenario(operations, (dies,)))
    assert seen.errands[0].error == ""
    assert seen.outcomes()[6] is Outcome.KNOWN
    counted = [member.elements.get(Kind.IMPORT_EVALUATION, 0) for member in seen.members.values()]
    assert sorted(counted) == [0, 0, 0, 1024, 1024, 1024]


def test_import_waits_for_keyholders_that_are_not_back_at_the_hub_yet() -> None:
    """A hub is up again before its members have dialled: none of them is to blame."""
    loads = LoadByKeyholders(6, (2,), waits=False)
    operations = (Kill(0), Kill(1), loads, Advance(30.5), Start(0), Advance(300.0), Ask(1, 2))
    seen = see(Scenario(operations))
    assert seen.errands[0].error == ""
    assert seen.outcomes()[6] is Outcome.KNOWN


def test_post_arrives_once_over_a_dying_hub() -> None:
    dies = HubFault(Lie.DIE, Point.UP, member=6, skip=BEFORE, times=1)
    seen = see(Scenario((Post(1, 6), Advance(3 * 600.0)), (dies,)))
    assert seen.members[6].taken == [b"0: from 1 to 6"]


def test_post_that_a_hub_swallows_goes_again_at_the_next_beat() -> None:
    swallowed = HubFault(Lie.DROP, Point.DOWN, member=6, skip=BEFORE, times=1)
    seen = see(Scenario((Post(1, 6), Advance(3 * 600.0)), (swallowed,)))
    assert seen.members[6].taken == [b"0: from 1 to 6"]


def test_post_whose_receipt_a_hub_swallows_arrives_again() -> None:
    """Its type makes that harmless (50 §5)."""
    swallowed = HubFault(Lie.DROP, Point.UP, member=6, skip=BEFORE, times=1)
    seen = see(Scenario((Post(1, 6), Advance(3 * 600.0)), (swallowed,)))
    assert seen.members[6].taken == [b"0: from 1 to 6"] * 2


def test_messages_to_one_member_leave_one_a_beat_and_arrive_in_order() -> None:
    posts = (Post(1, 6), Post(1, 6), Post(2, 6), Post(1, 6))
    seen = see(Scenario((*posts, Advance(4 * 600.0))))
    of_one = [taken for taken in seen.members[6].taken if b"from 1" in taken]
    assert of_one == [b"0: from 1 to 6", b"1: from 1 to 6", b"3: from 1 to 6"]


def test_nobody_is_heard_who_is_gone() -> None:
    outcomes = see(Scenario((Ask(1),), (MemberFault(Trouble.GONE, 6),))).outcomes()
    assert outcomes.pop(6) is Outcome.UNREACHABLE
    assert outcomes == {number: said for number, said in TRUE.items() if number != 6}
