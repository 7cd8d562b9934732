"""Members by different directories: what they have in common is used, the rest is said aloud."""

import pytest

from protocol.messages.vocabulary import Cause, Outcome
from tests.federation.scenario import (
    Advance,
    Ask,
    Change,
    Fetch,
    Load,
    LoadByKeyholders,
    Operation,
    Publish,
    Restart,
    Scenario,
)
from tests.federation.seeing import TRUE, Seen, see

ALL = (1, 2, 3, 4, 5, 6)
CANNOT = Outcome.CANNOT_ANSWER


def run(*operations: Operation) -> Seen:
    return see(Scenario(operations))


def but(outcome: Outcome, *numbers: int) -> dict[int, Outcome]:
    return TRUE | dict.fromkeys(numbers, outcome)


def test_asker_by_the_old_key_is_told_so_by_those_with_the_new_one() -> None:
    seen = run(Publish(Change.KEY, (1, 2)), Ask(6))
    assert seen.outcomes() == but(CANNOT, 1, 2)
    assert seen.causes()[1] is seen.causes()[2] is Cause.OTHER_KEY


def test_asker_by_a_new_key_is_told_so_by_those_with_the_old_one() -> None:
    """And by those that have the new directory, and still the old records."""
    new = (1, 2, 3, 4)
    seen = run(Publish(Change.KEY, new), *(Load(number, (0,)) for number in (1, 2, 3)), Ask(1))
    known = dict.fromkeys((1, 2, 3), Outcome.KNOWN)
    assert seen.outcomes() == dict.fromkeys((4, 5, 6), CANNOT) | known
    assert {seen.causes()[number] for number in (4, 5, 6)} == {Cause.OTHER_KEY}


@pytest.mark.parametrize("asker", [1, 4])
def test_refreshed_shares_leave_tokens_and_answers_as_they_are(asker: int) -> None:
    """Whoever has three keyholders of its own generation asks, and all understand it."""
    new = (1, 2, 3) if asker == 1 else (1, 2)
    seen = run(Publish(Change.SHARES, new), Ask(asker))
    assert seen.outcomes() == TRUE
    assert seen.questions[0].evidence == []


@pytest.mark.parametrize("change", Change)
def test_two_keyholders_by_the_askers_directory_make_no_token(change: Change) -> None:
    question = run(Publish(change, (1, 2, 3)), Ask(6)).questions[0]
    for number in (1, 2, 3):
        assert f"Council {number} is of another share generation" in question.error


def test_matching_version_that_the_software_has_not_stops_its_asker_alone() -> None:
    seen = run(Publish(Change.MATCHING_VERSION, (1, 2)), Ask(1), Ask(3))
    assert "bring it up to date" in seen.questions[0].error
    assert seen.outcomes(1) == TRUE


@pytest.mark.parametrize("seconds", [0.0, 0.03, 0.07])
@pytest.mark.parametrize("change", Change)
def test_directory_that_changes_under_a_question_makes_nothing_untrue(
    change: Change, seconds: float
) -> None:
    asks = Ask(6, waits=False), Ask(1, waits=False)
    changes = Publish(change, (1, 3, 5)), *asks, Advance(0.05), Fetch(6)
    seen = run(*asks, Advance(seconds), *changes, Advance(60.0))
    for asked in seen.questions:
        assert asked.error or {result.outcome for result in asked.results} <= {
            Outcome.KNOWN,
            Outcome.NOT_KNOWN,
            CANNOT,
        }


def test_federation_moves_to_a_new_key_one_by_one() -> None:
    """It fetches, loads under the new key, and is started again on the way."""
    moves = [step for number in ALL for step in (Fetch(number), Load(number, (0,)), Ask(6))]
    last = Fetch(6), LoadByKeyholders(6, (0,)), Restart(6), Advance(2.0), Ask(1)
    seen = run(Publish(Change.KEY), *moves, *last)
    assert seen.outcomes(0) == but(CANNOT, 1)
    assert seen.outcomes() == dict.fromkeys(ALL, Outcome.KNOWN)


def test_records_of_an_import_that_the_new_key_overtook_are_answered_by_nobody() -> None:
    loads = LoadByKeyholders(6, (2,), waits=False)
    reload = (Load(number) for number in (1, 2, 3, 4, 5))
    seen = run(loads, Advance(0.02), Publish(Change.KEY, ALL), Advance(60.0), *reload, Ask(1, 2))
    assert seen.errands[0].error == "" or "generation" in seen.errands[0].error
    assert seen.causes()[6] is Cause.OTHER_KEY
