"""Clocks that differ, and the edge of an hour: who can be heard is heard, the others are not."""

import pytest

from protocol.messages.vocabulary import Outcome
from tests.federation.faults import Fault, MemberFault, Trouble
from tests.federation.scenario import (
    BEFORE_THE_HOUR_MS,
    Advance,
    Ask,
    Load,
    Operation,
    Restart,
    Scenario,
    ToTheHour,
)
from tests.federation.seeing import TRUE, Seen, see

ABOUT = 6
EDGES = (-5.0, -0.2, -0.1, -0.05, 0.0, 5.0)
"""Seconds behind the full hour. A question takes a tenth of a second."""


def skewed(asker: float, answerer: float) -> tuple[Fault, ...]:
    return (
        MemberFault(Trouble.SKEWED, 1, asker),
        MemberFault(Trouble.SKEWED, ABOUT, answerer),
    )


def ask(asker: float, answerer: float) -> Seen:
    return see(Scenario((Ask(1),), skewed(asker, answerer)))


@pytest.mark.parametrize(
    ("asker", "answerer", "off"),
    [
        pytest.param(0.0, 119.0, 0.0, id="answerer ahead, edge of the asker"),
        pytest.param(0.0, 119.0, -119.0, id="answerer ahead, edge of the answerer"),
        pytest.param(0.0, -119.0, 0.0, id="answerer behind, edge of the asker"),
        pytest.param(0.0, -119.0, 119.0, id="answerer behind, edge of the answerer"),
        pytest.param(119.0, 0.0, -119.0, id="asker ahead, edge of the asker"),
        pytest.param(-119.0, 0.0, 119.0, id="asker behind, edge of the asker"),
        pytest.param(59.0, -59.0, 0.0, id="apart, edge between them"),
    ],
)
def test_within_two_minutes_everybody_is_heard_around_every_edge_of_an_hour(
    asker: float, answerer: float, off: float
) -> None:
    """By the asker's clock it may be the hour before, or the one after the answerer's."""
    questions: list[Operation] = [
        each for edge in EDGES for each in (ToTheHour(edge + off), Ask(1, waits=False))
    ]
    scenario = Scenario(tuple(questions), skewed(asker, answerer), begin_ms=BEFORE_THE_HOUR_MS)
    seen = see(scenario)
    for number in range(len(EDGES)):
        assert seen.outcomes(number) == TRUE


@pytest.mark.parametrize("answerer", [-121.0, 121.0])
def test_member_whose_clock_is_off_is_not_linked_and_nobody_else_suffers(answerer: float) -> None:
    outcomes = ask(0.0, answerer).outcomes()
    assert outcomes.pop(ABOUT) is Outcome.UNREACHABLE
    assert outcomes == {number: said for number, said in TRUE.items() if number != ABOUT}


@pytest.mark.parametrize("asker", [-121.0, 121.0])
def test_asker_whose_clock_is_off_is_told_so(asker: float) -> None:
    question = ask(asker, 0.0).questions[0]
    assert "is this machine's clock right?" in question.error


@pytest.mark.parametrize(("asker", "answerer"), [(119.0, -119.0), (-119.0, 119.0)])
def test_members_too_far_apart_do_not_hear_each_other(asker: float, answerer: float) -> None:
    outcomes = ask(asker, answerer).outcomes()
    assert outcomes.pop(ABOUT) is Outcome.UNREACHABLE
    assert outcomes.pop(2) is TRUE[2]


@pytest.mark.parametrize("edge", [-1.0, -0.02])
def test_node_started_at_the_edge_answers_in_both_hours(edge: float) -> None:
    operations = (ToTheHour(-40.0), Load(ABOUT, (2,)), ToTheHour(edge), Restart(ABOUT))
    asked = (Advance(0.1), Ask(1, 2), Advance(2.0), Ask(1, 2))
    seen = see(Scenario((*operations, *asked), begin_ms=BEFORE_THE_HOUR_MS))
    expected = dict.fromkeys(TRUE, Outcome.NOT_KNOWN) | {ABOUT: Outcome.KNOWN}
    assert seen.outcomes(0) == seen.outcomes(1) == expected
