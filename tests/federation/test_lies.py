"""Each lie of a hub by itself: what becomes of the member it is about, and of nobody else."""

import pytest

from protocol.messages.stream import FailureReason
from protocol.messages.vocabulary import Outcome
from protocol.sealing.envelope import Kind
from tests.federation.faults import LIES, HubFault, Lie, Point
from tests.federation.scenario import Advance, Ask, Scenario
from tests.federation.seeing import TRUE, Seen, see

ABOUT = 6
"""A member without a share: only questions are lied about."""

KNOWN = Outcome.KNOWN
UNREACHABLE = Outcome.UNREACHABLE
TIMED_OUT = Outcome.TIMED_OUT
MISBEHAVED = Outcome.MISBEHAVED
BUSY = Outcome.BUSY

TABLE: dict[tuple[Point, Lie], Outcome] = {
    (Point.DOWN, Lie.DROP): TIMED_OUT,
    (Point.DOWN, Lie.DELAY): KNOWN,
    (Point.DOWN, Lie.REORDER): KNOWN,
    (Point.DOWN, Lie.DUPLICATE): KNOWN,
    (Point.DOWN, Lie.SWAP): TIMED_OUT,
    (Point.DOWN, Lie.CORRUPT): UNREACHABLE,
    (Point.DOWN, Lie.MALFORMED): KNOWN,
    (Point.DOWN, Lie.OVERSIZE): KNOWN,
    (Point.DOWN, Lie.REPLAY): KNOWN,
    (Point.DOWN, Lie.FORGE): KNOWN,
    (Point.DOWN, Lie.DIE): KNOWN,
    (Point.UP, Lie.DROP): TIMED_OUT,
    (Point.UP, Lie.DELAY): KNOWN,
    (Point.UP, Lie.REORDER): KNOWN,
    (Point.UP, Lie.DUPLICATE): KNOWN,
    (Point.UP, Lie.SWAP): TIMED_OUT,
    (Point.UP, Lie.CORRUPT): KNOWN,
    (Point.UP, Lie.MALFORMED): KNOWN,
    (Point.UP, Lie.OVERSIZE): KNOWN,
    (Point.UP, Lie.REPLAY): KNOWN,
    (Point.UP, Lie.DIE): KNOWN,
    **{(Point.LINE, told): KNOWN for told in LIES[Point.LINE]},
    **{(Point.ROUND, told): KNOWN for told in LIES[Point.ROUND]},
}
"""What the asker sees of a member about whom one hub lies, while another is honest."""

ALL_LIE: dict[tuple[Point, Lie], Outcome] = {
    (Point.DOWN, Lie.MALFORMED): UNREACHABLE,
    (Point.DOWN, Lie.OVERSIZE): UNREACHABLE,
    (Point.UP, Lie.CORRUPT): MISBEHAVED,
    (Point.UP, Lie.MALFORMED): UNREACHABLE,
    (Point.UP, Lie.OVERSIZE): UNREACHABLE,
    (Point.UP, Lie.REPLAY): MISBEHAVED,
    (Point.UP, Lie.DIE): UNREACHABLE,
    (Point.LINE, Lie.DROP): UNREACHABLE,
    (Point.LINE, Lie.SWAP): MISBEHAVED,
    (Point.LINE, Lie.CORRUPT): MISBEHAVED,
    (Point.LINE, Lie.MALFORMED): UNREACHABLE,
    (Point.LINE, Lie.OVERSIZE): UNREACHABLE,
    (Point.LINE, Lie.REPLAY): MISBEHAVED,
    (Point.LINE, Lie.FORGE): MISBEHAVED,
    (Point.LINE, Lie.IMPERSONATE): MISBEHAVED,
    (Point.LINE, Lie.DENY): UNREACHABLE,
    (Point.LINE, Lie.WITHHOLD): UNREACHABLE,
    (Point.LINE, Lie.DIE): UNREACHABLE,
}
"""The same, if the next hub lies as well. What is not here never gets to a next hub."""


def test_the_table_has_every_lie_that_a_hub_can_tell() -> None:
    assert set(TABLE) == {(point, told) for point in Point for told in LIES[point]}


def fault(point: Point, told: Lie, *, hub: int = 0) -> HubFault:
    # What is replayed is of a first question. A round is its asker's, whoever it is to.
    about = 0 if point is Point.ROUND else ABOUT
    return HubFault(told, point, hub, about, skip=int(told is Lie.REPLAY and not hub), other=5)


def ask(told: Lie, *faults: HubFault) -> Seen:
    questions = (Ask(1), Ask(1)) if told is Lie.REPLAY else (Ask(1),)
    return see(Scenario(questions, faults))


def but(*numbers: int) -> dict[int, Outcome]:
    return {number: outcome for number, outcome in TRUE.items() if number not in numbers}


@pytest.mark.parametrize(("point", "told"), TABLE)
def test_one_lying_hub_costs_at_most_the_member_that_it_lies_about(point: Point, told: Lie) -> None:
    outcomes = ask(told, fault(point, told)).outcomes()
    assert outcomes.pop(ABOUT) is TABLE[point, told]
    if told is Lie.SWAP and point is not Point.LINE:
        assert outcomes.pop(5) is TABLE[point, told]
        assert outcomes == but(ABOUT, 5)
    else:
        assert outcomes == but(ABOUT)


@pytest.mark.parametrize(("point", "told"), ALL_LIE)
def test_hubs_that_all_lie_are_not_believed(point: Point, told: Lie) -> None:
    outcomes = ask(told, fault(point, told), fault(point, told, hub=1)).outcomes()
    assert outcomes[ABOUT] is ALL_LIE[point, told]


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [
        pytest.param(FailureReason.DECLINED, UNREACHABLE, id="declined"),
        pytest.param(FailureReason.TIMED_OUT, TIMED_OUT, id="timed out"),
        pytest.param(FailureReason.BUSY, BUSY, id="busy"),
    ],
)
def test_hub_that_says_a_member_is_unwilling_can_hide_it_and_no_more(
    reason: FailureReason, outcome: Outcome
) -> None:
    """No other hub is tried (40 §6): the page says ring."""
    lie = HubFault(Lie.DENY, Point.LINE, member=ABOUT, reason=reason)
    outcomes = ask(Lie.DENY, lie).outcomes()
    assert outcomes.pop(ABOUT) is outcome
    assert outcomes == but(ABOUT)


@pytest.mark.parametrize("point", [Point.DOWN, Point.UP])
def test_frame_that_comes_too_late_is_no_answer_and_no_harm(point: Point) -> None:
    """After the round, and after its envelope is no longer fresh."""
    lie = HubFault(Lie.DELAY, point, member=ABOUT, seconds=130)
    seen = see(Scenario((Ask(1), Advance(200.0)), (lie,)))
    outcomes = seen.outcomes()
    assert outcomes.pop(ABOUT) is TIMED_OUT
    assert outcomes == but(ABOUT)
    assert seen.members[ABOUT].rows.get(Kind.LOOKUP, 0) == int(point is Point.UP)


def test_envelope_that_is_delivered_again_and_again_is_one_row_and_one_count() -> None:
    faults = (HubFault(Lie.DUPLICATE, Point.DOWN), HubFault(Lie.DUPLICATE, Point.UP))
    seen = see(Scenario((Ask(1),), faults))
    assert seen.outcomes() == TRUE
    for number, member in seen.members.items():
        assert member.rows[Kind.LOOKUP] == 1
        assert member.elements == ({Kind.EVALUATION: 64} if number < 6 else {})


def test_old_envelopes_are_answered_with_the_old_reply_and_counted_once() -> None:
    again = HubFault(Lie.REPLAY, Point.DOWN, skip=6)
    seen = see(Scenario((Ask(1), Ask(1), Advance(100.0), Ask(2)), (again,)))
    for number, member in seen.members.items():
        assert member.rows[Kind.LOOKUP] == 3
        assert member.elements == ({Kind.EVALUATION: 3 * 64} if number < 6 else {})
        assert member.envelopes > 3 + 3 * (number < 6)


def test_envelopes_in_another_members_name_are_answered_by_nobody() -> None:
    seen = see(Scenario((Ask(1),), (HubFault(Lie.FORGE, Point.DOWN),)))
    assert seen.outcomes() == TRUE
    for number, member in seen.members.items():
        assert member.rows == (
            {Kind.EVALUATION: 1, Kind.LOOKUP: 1} if number < 6 else {Kind.LOOKUP: 1}
        )


def test_questions_that_overtake_each_other_get_each_its_answer() -> None:
    late = HubFault(Lie.REORDER, Point.DOWN, times=8)
    seen = see(Scenario((Ask(1, waits=False), Ask(2, 1, waits=False), Ask(1, 2)), (late,)))
    assert seen.outcomes(0) == TRUE
    assert set(seen.outcomes(2).values()) == {Outcome.NOT_KNOWN}


def test_lie_that_cannot_be_told_is_not_counted() -> None:
    """Nothing is replayed before anything old is there."""
    for point in (Point.DOWN, Point.UP, Point.LINE):
        lie = HubFault(Lie.REPLAY, point, member=ABOUT, times=1)
        with pytest.raises(AssertionError, match="never told"):
            see(Scenario((Ask(1), Ask(1)), (lie,)))


def test_hub_that_withholds_costs_its_deadline_and_no_answer() -> None:
    seen = see(Scenario((Ask(1),), (HubFault(Lie.WITHHOLD, Point.ROUND, times=1),)))
    question = seen.questions[0]
    assert seen.outcomes() == TRUE
    assert 25 <= question.ended - question.began < 30
