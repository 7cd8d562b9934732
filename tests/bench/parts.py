"""Where the time of a call goes: functions wrapped from outside, each with a clock of its own."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any
from unittest.mock import patch

REST = "everything else"

Part = tuple[str, object, str]
"""A part's name, and where its function is looked up: the owner and the attribute."""


class PartsClock:
    """CPU seconds by part. What a part calls of other parts counts as theirs."""

    def __init__(self) -> None:
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._running: list[str] = []
        self._since = 0.0

    @contextmanager
    def watching(self, parts: Sequence[Part]) -> Iterator[None]:
        """Time these functions until the block ends."""
        with ExitStack() as stack:
            for name, owner, attribute in parts:
                self._seconds[name] = 0.0
                function = getattr(owner, attribute)
                stack.enter_context(patch.object(owner, attribute, self._timed(name, function)))
            yield

    def time(self, work: Callable[[], object], calls: int) -> dict[str, float]:
        """Return the seconds of one call by part; what is in none is everything else."""
        for name in self._seconds:
            self._seconds[name] = 0.0
        timed = self._timed(REST, work)
        for _ in range(calls):
            timed()
        return {name: seconds / calls for name, seconds in self._seconds.items()}

    def _timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def timed(*arguments: Any, **options: Any) -> Any:
            self._account()
            self._running.append(name)
            try:
                return function(*arguments, **options)
            finally:
                self._account()
                self._running.pop()

        return timed

    def _account(self) -> None:
        """Give the time since the last change to the part that was running."""
        now = time.process_time()
        if self._running:
            self._seconds[self._running[-1]] += now - self._since
        self._since = now
