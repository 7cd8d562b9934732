"""Standing watches on the disk: whose and when in the clear, case and what was told sealed."""

import os
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NewType

from pydantic import BaseModel, ConfigDict

from node.asking.keeping import AskedCase
from node.database import Database
from node.store_key import StoreKey
from protocol import labels

WatchId = NewType("WatchId", bytes)
WATCH_ID_BYTES = 16

NEVER_MS = 2**62
"""When a watch that has ended is asked again."""


class Ending(StrEnum):
    """Why a watch is asked no more."""

    TIME = "time"
    """Nobody has said for a while that it is still needed."""
    NOT_HELD = "not_held"
    """The case is none of ours any more."""
    TOO_LITTLE = "too_little"
    """No key is held of the child on which something would be known."""


class New(BaseModel):
    """Something new that nobody has said to have seen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    asked_ms: int
    lookup: str
    """Where the answers are kept for a while: the id of a lookup, in base64url."""
    names: tuple[str, ...]
    """Of who said it."""


class Watch(BaseModel):
    """A case of ours that is watched, and what came of it so far."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    case: AskedCase
    purpose: str
    """Its name, as on the directory's list."""
    begun_ms: int
    ends_ms: int
    told: dict[str, tuple[str, ...]]
    """What each member has said, by its id."""
    asked_ms: int = 0
    """The last time; 0 before the first."""
    members: int = 0
    """How many were asked then."""
    heard: int = 0
    missing_ms: int = 0
    """Since when the case is not found here; 0 where it was the last time."""
    news: tuple[New, ...] = ()
    problem: str = ""
    """Why nobody was asked the last time, "" where somebody was."""
    child: frozenset[str] = frozenset()
    """Fingerprints of the tokens that tell the child, as of the last time."""
    keyed: str = ""
    """The OPRF key and the matching version that those tokens are of."""
    ending: Ending | None = None
    ended_ms: int = 0
    taken_from: str = ""
    """Who had it watched before it was given to whoever has now, "" once that was seen."""

    @property
    def is_new(self) -> bool:
        """Whether there is something that nobody has said to have seen."""
        return bool(self.news or self.taken_from)


@dataclass(frozen=True, slots=True, repr=False)
class Watched:
    """A watch, whose it is, and where it is."""

    id: WatchId
    username: str
    watch: Watch


class WatchStore:
    """The watches of one node's people, in a file of their own."""

    def __init__(self, path: Path, key: StoreKey) -> None:
        self._database = Database(path, Path(__file__).parent / "migrations")
        self._key = key

    def close(self) -> None:
        self._database.close()

    def add(self, username: str, watch: Watch, next_ms: int) -> WatchId:
        """Store a new watch."""
        id = WatchId(os.urandom(WATCH_ID_BYTES))
        sealed = self._seal(id, watch)
        self._database.write(_ADD, id, username, next_ms, watch.asked_ms, sealed)
        return id

    def change(self, id: WatchId, next_ms: int | None, change: Callable[[Watch], Watch]) -> None:
        """Change a watch, if it is still there, and when it is asked next, if that is given."""
        with self._database.transaction():
            for found in self._listed(_FIND, id):
                changed = change(found.watch)
                sealed = self._seal(id, changed)
                self._database.write(_CHANGE, changed.asked_ms, next_ms, sealed, id)

    def give(self, id: WatchId, username: str, watch: Watch) -> None:
        """Make a watch somebody else's, as it is to be from now on."""
        self._database.write(_GIVE, username, self._seal(id, watch), id)

    def changing(self) -> AbstractContextManager[object]:
        """Give a transaction of this thread, of which what is read and added in it is a part."""
        return self._database.transaction()

    def forget(self, ended_before_ms: int, usernames: Collection[str]) -> None:
        """Remove what ended before a Unix time, and what is of nobody of these."""
        for each in self._listed(_ALL):
            watch = each.watch
            if each.username not in usernames or (
                watch.ending is not None and watch.ended_ms < ended_before_ms
            ):
                self.remove(each.id)

    def remove(self, id: WatchId) -> None:
        self._database.write("DELETE FROM watch WHERE id = ?", id)

    def find(self, id: WatchId, username: str) -> Watched | None:
        """Return a watch, None if there is none of that id that is this person's."""
        found = (each for each in self._listed(_FIND, id) if each.username == username)
        return next(found, None)

    def all_of(self, username: str) -> Sequence[Watched]:
        """Return somebody's watches, the latest first."""
        found = self._listed(_ALL_OF, username)
        return sorted(found, key=lambda each: each.watch.begun_ms, reverse=True)

    def due(self, now_ms: int) -> Watched | None:
        """Return the watch that is to be asked before all others, if one is."""
        return next(iter(self._listed(_DUE, now_ms)), None)

    def number(self) -> int:
        """Return how many go on."""
        found: int = self._database.rows(_NUMBER, NEVER_MS)[0][0]
        return found

    def asked_number(self, since_ms: int) -> int:
        """Return how many were asked since a Unix time."""
        found: int = self._database.rows(_ASKED, since_ms)[0][0]
        return found

    def _listed(self, statement: str, *values: object) -> list[Watched]:
        return [
            Watched(WatchId(id), username, self._open(WatchId(id), sealed))
            for id, username, sealed in self._database.rows(statement, *values)
        ]

    def _seal(self, id: WatchId, watch: Watch) -> bytes:
        return self._key.seal(labels.STORE_WATCH, watch.model_dump_json().encode(), id)

    def _open(self, id: WatchId, sealed: bytes) -> Watch:
        return Watch.model_validate_json(self._key.open(labels.STORE_WATCH, sealed, id))


_ADD = "INSERT INTO watch (id, username, next_ms, asked_ms, sealed) VALUES (?, ?, ?, ?, ?)"
_CHANGE = "UPDATE watch SET asked_ms = ?, next_ms = coalesce(?, next_ms), sealed = ? WHERE id = ?"
_GIVE = "UPDATE watch SET username = ?, sealed = ? WHERE id = ?"
_ALL = "SELECT id, username, sealed FROM watch"
_FIND = "SELECT id, username, sealed FROM watch WHERE id = ?"
_ALL_OF = "SELECT id, username, sealed FROM watch WHERE username = ?"
_DUE = "SELECT id, username, sealed FROM watch WHERE next_ms <= ? ORDER BY next_ms LIMIT 1"
_NUMBER = "SELECT count(*) FROM watch WHERE next_ms < ?"
_ASKED = "SELECT count(*) FROM watch WHERE asked_ms >= ?"
