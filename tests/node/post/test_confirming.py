"""The team of a case is told who asked, once somebody has found that it is the child."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from node.post.confirming import LATELY_MS, Confirming
from node.post.notices import OFFICERS, Listed, Notices, of_team
from protocol.messages.callback import Step
from tests.node.post.test_checks import ASKER, POSSIBLE, US, Council
from tests.node.small_federation import STORE_KEY


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[Council]:
    made = Council(tmp_path)
    with made.open:
        yield made


def told(ours: Council) -> list[Listed]:
    """Let what is done after a beat be done; return what teams and officers are told."""
    notices = Notices(US, ours.database, STORE_KEY, lambda *_: ["Front door"], ours.clock)
    for _ in range(2):
        ours.look.look()
        Confirming(ours.ledger, STORE_KEY, ours.calls, notices, ours._directory, ours.clock).work()
    return [*notices.latest(of_team("Front door")), *notices.latest(OFFICERS)]


def say(ours: Council, step: Step) -> None:
    (check,) = ours.listed()
    ours.calls.do(check.request.id, step, "Dana Okoro", "By the date of birth")


def test_a_yes_is_told_once_with_who_asked_and_why(ours: Council) -> None:
    ours.answered(POSSIBLE)
    assert told(ours) == []
    say(ours, Step.IS_THE_CHILD)
    (listed,) = told(ours)
    assert (listed.notice.name, listed.notice.case_reference) == ("Kim Planted", "OUR-9")
    assert listed.notice.purpose
    assert listed.asked_ms == ours.clock.now_ms


@pytest.mark.parametrize(
    "step", [Step.SEEN, Step.ANSWERED, Step.FIELD_ASKED, Step.IS_NOT_THE_CHILD]
)
def test_of_nothing_else_is_anybody_told(ours: Council, step: Step) -> None:
    ours.answered(POSSIBLE)
    told(ours)
    say(ours, step)
    assert told(ours) == []


def test_of_a_protected_location_the_shielding_officers_alone_are_told(ours: Council) -> None:
    asker = ASKER.model_copy(update={"protected_location": True})
    ours.answered(POSSIBLE.model_copy(update={"asker": asker}))
    told(ours)
    say(ours, Step.IS_THE_CHILD)
    (listed,) = told(ours)
    assert listed.notice.protected_location


def test_what_was_found_long_ago_is_told_no_more(ours: Council) -> None:
    ours.answered(POSSIBLE)
    told(ours)
    say(ours, Step.IS_THE_CHILD)
    ours.clock.now_ms += LATELY_MS + 1
    assert told(ours) == []


def test_a_question_that_the_ledger_lost_is_told_of_nobody(ours: Council, tmp_path: Path) -> None:
    ours.answered(POSSIBLE)
    told(ours)
    say(ours, Step.IS_THE_CHILD)
    ours.begin_anew(tmp_path / "another.db")
    assert told(ours) == []


def test_a_yes_that_is_taken_back_is_told_to_nobody(ours: Council) -> None:
    ours.answered(POSSIBLE)
    told(ours)
    say(ours, Step.IS_THE_CHILD)
    ours.clock.now_ms += 1
    say(ours, Step.IS_NOT_THE_CHILD)
    assert told(ours) == []


def test_where_several_cases_fitted_no_team_is_told(ours: Council) -> None:
    """It is not said which of them it is: a sibling's team would be told of the other child."""
    ours.answered(POSSIBLE.model_copy(update={"case_references": ("OUR-9", "OUR-10")}))
    told(ours)
    say(ours, Step.IS_THE_CHILD)
    assert told(ours) == []
