"""Who may start a round, how often, and how much may be in hand at once: in memory alone."""

import math
from collections import Counter
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


class RoundPlaces:
    """Places for rounds in flight: so many in all, so many for one member."""

    def __init__(self, most: int, most_for_one: int) -> None:
        self._most = most
        self._most_for_one = most_for_one
        self._taken: Counter[MemberId] = Counter()

    def take(self, member: MemberId) -> bool:
        """Take a place for a member's round; False when there is none for it."""
        if self._taken.total() >= self._most or self._taken[member] >= self._most_for_one:
            return False
        self._taken[member] += 1
        return True

    def give_back(self, member: MemberId) -> None:
        self._taken[member] -= 1


class ArrivingBytes:
    """Bytes of bodies that are still arriving: bounded in all, for who sends them is not known."""

    def __init__(self, most: int) -> None:
        self._left = most

    def take(self, amount: int) -> bool:
        """Count bytes in; False, and nothing counted, when they are too many."""
        if amount > self._left:
            return False
        self._left -= amount
        return True

    def give_back(self, amount: int) -> None:
        self._left += amount
