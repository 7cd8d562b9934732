import asyncio
import time
from datetime import timedelta

import pytest

from tests.federation.loop import NothingLeftError, WallClock, run_virtually

HOUR = timedelta(hours=1).total_seconds()


def test_an_hour_passes_at_once_and_in_order() -> None:
    woken: list[tuple[float, str]] = []

    async def sleep(seconds: float, name: str) -> None:
        await asyncio.sleep(seconds)
        woken.append((asyncio.get_running_loop().time(), name))

    async def run() -> None:
        await asyncio.gather(sleep(HOUR, "late"), sleep(2, "soon"), sleep(30, "then"))

    began = time.process_time()
    run_virtually(run)
    assert [name for _, name in woken] == ["soon", "then", "late"]
    assert woken[-1][0] == pytest.approx(HOUR)
    assert time.process_time() - began < 10


def test_a_deadline_is_met_to_the_moment() -> None:
    async def run() -> float:
        try:
            async with asyncio.timeout(25):
                await asyncio.sleep(26)
        except TimeoutError:
            return asyncio.get_running_loop().time()
        raise AssertionError

    assert run_virtually(run) == pytest.approx(25)


def test_work_given_to_a_thread_is_done_in_virtual_time() -> None:
    async def run() -> tuple[int, float]:
        result = await asyncio.to_thread(lambda: 7)
        return result, asyncio.get_running_loop().time()

    result, at = run_virtually(run)
    assert result == 7
    assert 0 < at < 1


def test_what_fails_in_a_thread_fails_where_it_is_waited_for() -> None:
    def fail() -> None:
        raise ZeroDivisionError

    async def run() -> None:
        await asyncio.to_thread(fail)

    with pytest.raises(ZeroDivisionError):
        run_virtually(run)


def test_waiting_for_what_never_happens_is_an_error_and_no_hang() -> None:
    async def run() -> None:
        await asyncio.Event().wait()

    with pytest.raises(NothingLeftError):
        run_virtually(run)


def test_the_same_seed_gives_the_same_order() -> None:
    async def run() -> list[int]:
        done: list[int] = []
        await asyncio.gather(*(asyncio.to_thread(done.append, number) for number in range(20)))
        return done

    first = run_virtually(run)
    assert first == run_virtually(run)
    assert first != sorted(first)


def test_clocks_of_one_loop_differ_by_their_skew_for_ever() -> None:
    async def run() -> tuple[int, int]:
        loop = asyncio.get_running_loop()
        right, fast = WallClock(loop, 1_000_000), WallClock(loop, 1_000_000, 119_000)
        await asyncio.sleep(HOUR)
        return right(), fast()

    right, fast = run_virtually(run)
    assert right == 1_000_000 + 3_600_000
    assert fast - right == 119_000
