"""What somebody does with standing watches: begin, see, go on, stop."""

from collections.abc import Callable, Collection, Sequence
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

ENDED_MS = 28 * DAY_MS
"""How long it is shown that a watch has ended."""

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
        pace, now_ms = self._pace(), self._clock()
        watch = Watch(
            case=case,
            purpose=kept.asked.purpose,
            begun_ms=now_ms,
            ends_ms=now_ms + WATCHED_MS,
            told=dict(told_with({}, kept.answers)),
        )
        with self._store.changing():
            for each in self._store.all_of(username):
                if each.watch.case.id == case.id and each.watch.ending is None:
                    return
                if each.watch.case.id == case.id:
                    self._store.remove(each.id)
            self._check_room(pace)
            self._store.add(username, watch, now_ms + pace.interval_ms)

    def _check_room(self, pace: Pace) -> None:
        if self._store.number() >= pace.most:
            raise WatchError("your council watches as many cases as it can")

    def all_of(self, username: str) -> Sequence[Watched]:
        """Return somebody's watches, the latest first."""
        return self._store.all_of(username)

    def number_of(self, username: str) -> int:
        """Return how many of somebody's watches go on."""
        return sum(each.watch.ending is None for each in self._store.all_of(username))

    def news_number(self, username: str) -> int | None:
        """Return of how many watches something is new, None for somebody who has none."""
        found = self._store.all_of(username)
        return sum(each.watch.is_new for each in found) if found else None

    def saw(self, id: WatchId, username: str, until_ms: int) -> None:
        """Keep that somebody has seen what was new up to a Unix time."""

        def seen(watch: Watch) -> Watch:
            left = tuple(new for new in watch.news if new.asked_ms > until_ms)
            return watch.model_copy(update={"news": left, "taken_from": ""})

        if self._store.find(id, username):
            self._store.change(id, None, seen)

    def go_on(self, id: WatchId, username: str) -> None:
        """Keep that a watch is still needed, as of now. One that goes on is asked when it would be.

        Raises:
            WatchError: it has ended, and there are as many as can be asked.
            DirectoryError: it has ended, and there is no valid directory.
        """
        found, now_ms = self._store.find(id, username), self._clock()
        if not found:
            return
        until = {"ends_ms": now_ms + WATCHED_MS, "ending": None, "missing_ms": 0}
        next_ms = None
        if found.watch.ending is not None:
            pace = self._pace()
            self._check_room(pace)
            next_ms = now_ms + pace.interval_ms
        self._store.change(id, next_ms, lambda watch: watch.model_copy(update=until))

    def give(self, username: str, name: str, taker: str) -> None:
        """Make all watches of somebody another's, who is told whose they were. A case that the
        other has watched too stays as it is there.

        `username` and `name` are who had them watched, `taker` is the other's username.
        """
        with self._store.changing():
            of_taker = self._store.all_of(taker)
            for each in self._store.all_of(username):
                same = [other for other in of_taker if other.watch.case.id == each.watch.case.id]
                if any(other.watch.ending is None or each.watch.ending for other in same):
                    self._store.remove(each.id)
                    continue
                for ended in same:
                    self._store.remove(ended.id)
                self._store.give(each.id, taker, _taken(each.watch, name))

    def forget_old(self, usernames: Collection[str]) -> None:
        """Remove what ended a while ago, and what is of nobody of these any more."""
        self._store.forget(self._clock() - ENDED_MS, usernames)

    def stop(self, id: WatchId, username: str) -> None:
        """Watch a case no more."""
        if self._store.find(id, username):
            self._store.remove(id)


def _taken(watch: Watch, name: str) -> Watch:
    """Return a watch as it is given on. The answers that its news are of were kept for whoever had
    it, and are not for others."""
    news = tuple(new.model_copy(update={"lookup": ""}) for new in watch.news)
    return watch.model_copy(update={"news": news, "taken_from": name})
