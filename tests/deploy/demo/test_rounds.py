"""Whether what a keyholder counts is what the demo has asked."""

import pytest

from deploy.demo.rounds import shows_questions
from protocol.limits import LOOKUP_BATCH


@pytest.mark.parametrize(
    ("batches", "with_pages", "shown"),
    [
        pytest.param(10, 0, True, id="every question"),
        pytest.param(9, 0, False, id="one missing"),
        pytest.param(11, 0, False, id="one too many"),
        pytest.param(11, 1, True, id="a beat of one with pages"),
        pytest.param(12, 1, False, id="two beats of one"),
        pytest.param(12, 2, True, id="two beats of two"),
        pytest.param(9, 2, False, id="one missing, in spite of beats that may come"),
    ],
)
def test_a_counter_shows_the_questions_and_a_beat_of_each_with_pages(
    batches: int, with_pages: int, shown: bool
) -> None:
    assert shows_questions(batches * LOOKUP_BATCH, 10, with_pages) == shown
    assert not shows_questions(batches * LOOKUP_BATCH + 1, 10, with_pages)
