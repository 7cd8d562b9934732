"""How many questions each member has begun today, without counting its rows with every one."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from protocol.identifiers import MemberId


class QuestionCount:
    """Counts of one day, beside the rows that they count: one process writes those of a folder."""

    def __init__(self, count_rows: Callable[[int], dict[MemberId, int]]) -> None:
        """`count_rows` counts the rows of a day since 1970, by member."""
        self._count_rows = count_rows
        self._lock = threading.Lock()
        self._counted: tuple[int, dict[MemberId, int]] = -1, {}

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold rows and counts together: a row is inserted and added, or neither is yet."""
        with self._lock:
            yield

    def add(self, member: MemberId, day: int) -> None:
        """Count a row that was inserted under this lock."""
        counted_day, begun = self._counted
        if day == counted_day:
            begun[member] = begun.get(member, 0) + 1

    def of(self, member: MemberId, day: int) -> int:
        """Return a member's count; on another day than the last it is read from the rows."""
        counted_day, begun = self._counted
        if day != counted_day:
            with self._lock:
                begun = self._count_rows(day)
                self._counted = day, begun
        return begun.get(member, 0)
