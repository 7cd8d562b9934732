"""Nodes that cannot know: they say so, with the cause, and never *not known*."""

import pytest

from protocol.messages.vocabulary import Cause, Outcome
from protocol.sealing.envelope import Kind
from tests.federation.faults import MemberFault, Trouble
from tests.federation.federation import simulate
from tests.federation.member import SimulatedMember
from tests.federation.oracle import problems
from tests.federation.scenario import Advance, Ask, Load, Restart, Scenario
from tests.federation.seeing import TRUE, see

ABOUT = 6


@pytest.mark.parametrize(
    ("trouble", "cause"),
    [
        pytest.param(Trouble.NO_TABLE, Cause.NO_COMPLETE_INDEX, id="no table"),
        pytest.param(Trouble.OLD_KEY, Cause.OTHER_KEY, id="an old key"),
        pytest.param(Trouble.OLD_VERSION, Cause.OTHER_MATCHING_VERSION, id="an old version"),
    ],
)
@pytest.mark.parametrize("child", [0, 2])
def test_node_that_cannot_know_says_why_of_every_child(
    trouble: Trouble, cause: Cause, child: int
) -> None:
    seen = see(Scenario((Ask(1, child),), (MemberFault(trouble, ABOUT),)))
    outcomes = seen.outcomes()
    assert (outcomes.pop(ABOUT), seen.causes()[ABOUT]) == (Outcome.CANNOT_ANSWER, cause)
    heard = TRUE if child == 0 else dict.fromkeys(TRUE, Outcome.NOT_KNOWN)
    assert outcomes == {number: said for number, said in heard.items() if number != ABOUT}
    assert Kind.LOOKUP not in seen.members[ABOUT].rows


def test_what_was_loaded_is_known_once_that_is_acknowledged() -> None:
    seen = see(Scenario((Ask(1, 2), Load(ABOUT, (2,)), Ask(1, 2), Load(ABOUT), Ask(1, 2))))
    said = [seen.outcomes(question)[ABOUT] for question in (0, 1, 2)]
    assert said == [Outcome.NOT_KNOWN, Outcome.KNOWN, Outcome.NOT_KNOWN]


def test_questions_about_a_load_get_the_old_the_new_or_no_answer() -> None:
    """Never a guess from old tables and new records."""
    questions = [Ask(asker, 2, waits=False) for asker in (1, 2, 3)]
    operations = (questions[0], Advance(0.09), questions[1], Load(ABOUT, (2,)), questions[2])
    seen = see(Scenario(operations))
    said = {seen.outcomes(question)[ABOUT] for question in (0, 1, 2)}
    assert said <= {Outcome.NOT_KNOWN, Outcome.CANNOT_ANSWER, Outcome.KNOWN}


def test_restart_keeps_what_was_loaded_counted_and_answered() -> None:
    seen = see(Scenario((Load(ABOUT, (2,)), Ask(1, 2), Restart(ABOUT), Advance(1.0), Ask(1, 2))))
    assert seen.outcomes(0)[ABOUT] is seen.outcomes(1)[ABOUT] is Outcome.KNOWN
    assert seen.members[ABOUT].rows[Kind.LOOKUP] == 2


def test_member_that_claims_to_know_every_child_is_believed_in_nothing() -> None:
    seen = see(Scenario((Ask(1),), (MemberFault(Trouble.CLAIMS, ABOUT),)))
    outcomes = seen.outcomes()
    assert outcomes.pop(ABOUT) is Outcome.MISBEHAVED
    assert outcomes == {number: said for number, said in TRUE.items() if number != ABOUT}


def test_node_whose_tables_are_built_no_more_fails_the_scenario_and_does_not_hang_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def end(_self: SimulatedMember) -> None: ...

    monkeypatch.setattr(SimulatedMember, "_refresh_index", end)
    with pytest.raises(TimeoutError):
        simulate(Scenario((Load(ABOUT, (2,)),)), problems)
