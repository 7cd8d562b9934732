"""Which rounds of late have a row: the store is asked about these alone, not about each new one."""

import threading
from collections.abc import Callable, Iterable

from protocol import limits
from protocol.identifiers import MemberId, RoundId

Round = tuple[RoundId, MemberId]
"""A round, and who asked in it."""

REMEMBERED_MS = limits.REPLAY_SECONDS * 1000
"""How long a round is remembered at least: no older reply goes out again."""


class SeenRounds:
    """Rounds that have a row, for this process: a row that another one writes is met when ours is
    inserted."""

    def __init__(self, load: Callable[[], Iterable[Round]]) -> None:
        """`load` reads those of before, once the first is asked about."""
        self._load = load
        self._lock = threading.Lock()
        self._older: frozenset[Round] | None = None
        self._newer: set[Round] = set()
        self._begun_ms: int | None = None

    def add(self, round: Round, now_ms: int) -> None:
        """Remember a round of which there is a row."""
        with self._lock:
            if self._begun_ms is None:
                self._begun_ms = now_ms
            if self._older is not None and now_ms - self._begun_ms > REMEMBERED_MS:
                self._older, self._newer = frozenset(self._newer), set()
                self._begun_ms = now_ms
            self._newer.add(round)

    def __contains__(self, round: Round) -> bool:
        # The newer first: what leaves it has come into the older.
        return round in self._newer or round in self._loaded()

    def _loaded(self) -> frozenset[Round]:
        if self._older is None:
            with self._lock:
                self._older = frozenset(self._load())
        return self._older
