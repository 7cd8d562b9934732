"""What is tried, by where it comes from: a wrong password on every account closes none."""

import threading
from collections import Counter

from node.clock import Clock

MINUTE_MS = 60_000

MOST_WRONG = 60
"""From one address in a minute: a whole office behind one proxy mistypes less."""


class Attempts:
    """Counts them in this process, minute by minute unless another span is given."""

    def __init__(self, clock: Clock, most: int = MOST_WRONG, span_ms: int = MINUTE_MS) -> None:
        self._clock = clock
        self._most = most
        self._span_ms = span_ms
        self._span = 0
        self._wrong: Counter[str] = Counter()
        self._lock = threading.Lock()

    def may(self, address: str) -> bool:
        """Return whether somebody at an address may try once more in this span. It counts as
        wrong from the start: those that are tried at once are counted too."""
        with self._lock:
            self._begin_span()
            self._wrong[address] += 1
            return self._wrong[address] <= self._most

    def was_right(self, address: str) -> None:
        with self._lock:
            # Of a span that is over nothing is counted any more.
            self._wrong[address] = max(0, self._wrong[address] - 1)

    def _begin_span(self) -> None:
        span = self._clock() // self._span_ms
        if span != self._span:
            self._span = span
            self._wrong.clear()
