"""What somebody does with standing watches: begin, see, go on, stop."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from node.asking.keeping import KeptLookup
from node.clock import Clock
from node.errors import WatchError
from node.watching.news import told_with
from node.watching.store import Watch, Watched, WatchId, WatchStore
from protocol.directory.members import Directory
from protocol.identifiers import MemberId

DAY_MS = 86_400_000

WATCHED_MS = 90 * DAY_MS
"""How long a case is watched before somebody says that it is still needed."""

SHARE = 4
"""Of the questions that a council may ask a day, one in so many is a watch's at most: people ask
first."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often watches are asked, and how many there can be of them."""

    interval_ms: int
    most_a_day: int

    @property
    def most(self) -> int:
        """How many watches can be asked in an interval."""
        return self.most_a_day * self.interval_ms // DAY_MS


def pace_of(directory: Directory, member: MemberId, interval_ms: int) -> Pace:
    """Return the pace that the allowance of a member leaves, none for who is no member."""
    found = directory.members.get(member)
    return Pace(interval_ms, found.entry.questions_per_day // SHARE if found else 0)


class Watches:
    """The watches of this council's people."""

    def __init__(self, store: WatchStore, pace: Callable[[], Pace], clock: Clock) -> None:
        """`pace` raises DirectoryError where there is no valid directory."""
        self._store = store
        self._pace = pace
        self._clock = clock

    def begin(self, username: str, kept: KeptLookup) -> None:
        """Watch the case of a lookup. What its answers say is not new any more.

        Raises:
            WatchError: it was about no case of ours, or there are as many as can be asked.
            DirectoryError: there is no valid directory.
        """
        case = kept.asked.case
        if case is None:
            raise WatchError("only a case of your own council can be watched")
        if any(each.watch.case.id == case.id for each in self._store.all_of(username)):
            return
        pace = self._pace()
        if self._store.number() >= pace.most:
            raise WatchError("your council watches as many cases as it can")
        now_ms = self._clock()
        watch = Watch(
            case=case,
            purpose=kept.asked.purpose,
            begun_ms=now_ms,
            ends_ms=now_ms + WATCHED_MS,
            told=dict(told_with({}, kept.answers)),
        )
        self._store.add(username, watch, now_ms + pace.interval_ms)

    def all_of(self, username: str) -> Sequence[Watched]:
        """Return somebody's watches, the latest first."""
        return self._store.all_of(username)

    def news_number(self, username: str) -> int | None:
        """Return of how many watches something is new, None for somebody who has none."""
        found = self._store.all_of(username)
        return sum(bool(each.watch.news) for each in found) if found else None

    def saw(self, id: WatchId, username: str) -> None:
        """Keep that somebody has seen what is new."""
        if self._store.find(id, username):
            self._store.change(id, None, lambda watch: watch.model_copy(update={"news": ()}))

    def go_on(self, id: WatchId, username: str) -> None:
        """Keep that a watch is still needed, as of now.

        Raises:
            DirectoryError: there is no valid directory.
        """
        if not self._store.find(id, username):
            return
        now_ms = self._clock()
        until = {"ends_ms": now_ms + WATCHED_MS, "ending": None, "missing_ms": 0}
        next_ms = now_ms + self._pace().interval_ms
        self._store.change(id, next_ms, lambda watch: watch.model_copy(update=until))

    def stop(self, id: WatchId, username: str) -> None:
        """Watch a case no more."""
        if self._store.find(id, username):
            self._store.remove(id)
