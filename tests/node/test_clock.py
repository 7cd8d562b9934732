"""Beats: work at times that say nothing of the work."""

import asyncio
from datetime import date
from itertools import pairwise

import pytest

from node.clock import local_day, on_beats, seconds_to_beat
from tests.node.small_federation import FakeClock, at

INTERVAL_SECONDS = 900


class EnoughError(Exception):
    """As many beats as are looked at."""


def beats_with(clock: FakeClock, took_ms: list[int], name: str = "adding E1") -> list[int]:
    """Return when work began that took so long each time, in Unix ms."""
    began: list[int] = []
    durations = iter(took_ms)

    async def work() -> None:
        began.append(clock.now_ms)
        duration = next(durations, None)
        if duration is None:
            raise EnoughError
        clock.now_ms += duration

    async def sleep(seconds: float) -> None:
        clock.now_ms += round(seconds * 1000)

    with pytest.raises(EnoughError):
        asyncio.run(on_beats(name, INTERVAL_SECONDS, clock, work, sleep))
    return began


def test_times_of_beats_do_not_move_with_how_long_the_work_took() -> None:
    idle, busy = (beats_with(FakeClock(), took) for took in ([0] * 4, [5, 7_000, 1, 800_000]))
    assert idle == busy
    assert {later - before for before, later in pairwise(idle)} == {900_000}


def test_a_beat_that_comes_while_work_is_done_is_left_out() -> None:
    began = beats_with(FakeClock(), [900_001, 0])
    assert [later - began[0] for later in began] == [0, 1_800_000, 2_700_000]


def test_beats_are_apart_for_each_name_and_the_same_after_a_restart() -> None:
    now_ms = FakeClock().now_ms
    waits = {seconds_to_beat(f"adding E{number}", INTERVAL_SECONDS, now_ms) for number in range(9)}
    assert len(waits) == 9
    (first, *_), (again, *_) = (beats_with(FakeClock(), [0]) for _ in range(2))
    assert first == again


@pytest.mark.usefixtures("london")
@pytest.mark.parametrize(
    ("time_ms", "day"),
    [
        pytest.param(at(2025, 7, 1, 22, 59), date(2025, 7, 1), id="a minute to midnight, in July"),
        pytest.param(at(2025, 7, 1, 23, 30), date(2025, 7, 2), id="half past midnight, in July"),
        pytest.param(at(2025, 12, 1, 23, 30), date(2025, 12, 1), id="in December"),
    ],
)
def test_a_day_begins_at_midnight_where_the_node_is(time_ms: int, day: date) -> None:
    assert local_day(time_ms) == day
