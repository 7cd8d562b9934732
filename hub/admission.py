"""Who may start a round, and how often: in memory alone."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from protocol.identifiers import MemberId


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


class RoundRate:
    """A token bucket for each member: a steady rate, twice that at once."""

    def __init__(self, per_second: float, clock: Callable[[], float]) -> None:
        self._per_second = per_second
        self._most = math.ceil(2 * per_second)
        self._clock = clock
        self._buckets: dict[MemberId, _Bucket] = {}

    def admit(self, member: MemberId) -> bool:
        """Take one round from a member's bucket; False when it is empty."""
        now = self._clock()
        bucket = self._buckets.setdefault(member, _Bucket(self._most, now))
        bucket.tokens = min(self._most, bucket.tokens + (now - bucket.filled_at) * self._per_second)
        bucket.filled_at = now
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True
