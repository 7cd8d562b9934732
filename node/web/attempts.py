"""Wrong passwords by where they come from: one that is tried on every account closes none."""

import threading
from collections import Counter

from node.clock import Clock

MINUTE_MS = 60_000

MOST_WRONG = 60
"""From one address in a minute: a whole office behind one proxy mistypes less."""


class Attempts:
    """Counts them in this process, minute by minute."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._minute = 0
        self._wrong: Counter[str] = Counter()
        self._lock = threading.Lock()

    def may(self, address: str) -> bool:
        """Return whether somebody at an address may try once more in this minute. It counts as
        wrong from the start: those that are tried at once are counted too."""
        with self._lock:
            self._begin_minute()
            self._wrong[address] += 1
            return self._wrong[address] <= MOST_WRONG

    def was_right(self, address: str) -> None:
        with self._lock:
            # Of a minute that is over nothing is counted any more.
            self._wrong[address] = max(0, self._wrong[address] - 1)

    def _begin_minute(self) -> None:
        minute = self._clock() // MINUTE_MS
        if minute != self._minute:
            self._minute = minute
            self._wrong.clear()
