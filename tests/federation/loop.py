"""Virtual time: an event loop whose clock jumps to the next timer as soon as nothing else is ready.

Waits cost nothing, so deadlines, back-offs and hours pass at the speed of the work done in them.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from random import Random
from typing import Any, TypeVar, TypeVarTuple

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")

WORK_SECONDS = 0.005
"""Longest that work takes which a node gives to a thread."""


class NothingLeftError(Exception):
    """Somebody waits for what can never happen: no timer, no message, no work is left."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop of one thread.

    Work for threads is done in this one, a drawn time after it was given: a list of operations so
    runs in the same order each time, which hypothesis needs to shrink it. What two threads do to
    each other is for the rooms' own tests.
    """

    def __init__(self, random: Random) -> None:
        self._now = 0.0
        self._random = random
        super().__init__(_JumpingSelector(self.jump))

    def time(self) -> float:
        return self._now

    def jump(self, seconds: float) -> None:
        self._now += seconds

    def run_in_executor(
        self,
        executor: Executor | None,
        func: Callable[[*Arguments], Result],
        *args: *Arguments,
    ) -> asyncio.Future[Result]:
        del executor
        done: asyncio.Future[Result] = self.create_future()

        def work() -> None:
            # Done even where nobody waits any more: a thread cannot be stopped either.
            try:
                result = func(*args)
            except Exception as error:
                if not done.cancelled():
                    done.set_exception(error)
            else:
                if not done.cancelled():
                    done.set_result(result)

        self.call_later(self._random.uniform(0, WORK_SECONDS), work)
        return done


class _JumpingSelector(selectors.DefaultSelector):
    """Never waits: what the loop would wait for is the time to jump by."""

    def __init__(self, jump: Callable[[float], None]) -> None:
        super().__init__()
        self._jump = jump

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise NothingLeftError
        self._jump(timeout)
        return super().select(0)


class WallClock:
    """The time of day at one member: Unix milliseconds, all of one loop, each off by its own."""

    def __init__(self, loop: asyncio.AbstractEventLoop, start_ms: int, skew_ms: int = 0) -> None:
        self._loop = loop
        self._start_ms = start_ms + skew_ms

    def __call__(self) -> int:
        return self._start_ms + round(self._loop.time() * 1000)


def run_virtually(
    make: Callable[[], Coroutine[Any, Any, Result]], random: Random | None = None
) -> Result:
    """Run a coroutine in virtual time, to its end."""
    random = random or Random(0)
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(random)) as runner:
        return runner.run(make())
