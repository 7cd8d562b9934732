"""In a child process: every commit point as it is passed, and SIGKILL to oneself at one of them.

A commit point is where what was written begins to count: a database's commit, and each sync,
rename, link and removal of a file. Its name says what is done, to what, and by which function.
"""

import functools
import os
import shutil
import signal
import sqlite3
import stat
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, cast
from unittest.mock import patch

import node
from node.database import Database
from node.federation.directory import DirectoryKeeper
from node.files import create_file, erase_file, replace_file

NODE = str(Path(node.__file__).parent)
FILES = erase_file.__code__.co_filename
DATABASE = Database._migrate.__code__.co_filename


@dataclass(frozen=True, slots=True)
class Kill:
    """Where a process kills itself: at the so-manyth time (from 1) that it passes a point."""

    point: str
    occurrence: int
    after: bool
    """Right after what counts is done, instead of right before."""


class Watch:
    """Writes each point passed to a file, in the kernel's hands before the point is passed."""

    def __init__(self, seen: Path, kill: Kill | None) -> None:
        self._seen = os.open(seen, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._kill = kill
        self._passed: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._inside = threading.local()

    def install(self) -> None:
        """Watch all commits of SQLite and all calls that sync, rename, link or remove."""
        connect = functools.partial(sqlite3.connect, factory=_connection_class(self._pass))
        for module in (sqlite3, sqlite3.dbapi2):
            patch.object(module, "connect", connect).start()
        for module, name in (
            (os, "fsync"),
            (os, "replace"),
            (os, "rename"),
            (os, "link"),
            (os, "symlink"),
            (os, "unlink"),
            (os, "remove"),
            (shutil, "rmtree"),
        ):
            self._watch(module, name)

    def _watch(self, module: Any, name: str) -> None:
        original = getattr(module, name)

        @functools.wraps(original)
        def watched(*arguments: Any, **options: Any) -> Any:
            place = _place()
            if place is None or getattr(self._inside, "rmtree", False):
                return original(*arguments, **options)
            if name == "rmtree":
                self._inside.rmtree = True
            try:
                return self._pass(
                    _file_name(name, place, arguments), lambda: original(*arguments, **options)
                )
            finally:
                self._inside.rmtree = False

        setattr(module, name, watched)

    def _pass(self, point: str, work: Callable[[], Any]) -> Any:
        with self._lock:
            self._passed[point] += 1
            mine = Kill(point, self._passed[point], False)
            os.write(self._seen, f"{point}\n".encode())
            if mine == self._kill:
                os.kill(os.getpid(), signal.SIGKILL)
        done = work()
        if Kill(point, mine.occurrence, True) == self._kill:
            os.kill(os.getpid(), signal.SIGKILL)
        return done


def _place() -> FrameType | None:
    """Return the innermost frame of the node's own code, if the call comes from there."""
    return _place_above(sys._getframe(1))


def _place_above(frame: FrameType) -> FrameType | None:
    above = frame.f_back
    while above is not None and not above.f_code.co_filename.startswith(NODE):
        above = above.f_back
    return above


Pass = Callable[[str, Callable[[], Any]], Any]


def _connection_class(pass_point: Pass) -> type[sqlite3.Connection]:
    """Return a connection that passes a point at each commit, also of a statement by itself."""

    class Watched(sqlite3.Connection):
        def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
            run = functools.partial(super().execute, statement, *values)
            word = statement.split(maxsplit=1)[0].upper()
            commits = word == "COMMIT" if self.in_transaction else word in _CHANGES
            if not commits:
                return run()
            return cast(sqlite3.Cursor, pass_point(_commit_name(), run))

        def commit(self) -> None:
            if self.in_transaction:
                pass_point(_commit_name(), super().commit)

    return Watched


_CHANGES = frozenset({"INSERT", "UPDATE", "DELETE", "REPLACE"})


def _commit_name() -> str:
    """Name a commit by the method whose change it is."""
    frame = _place()
    while frame is not None and frame.f_code.co_filename == DATABASE:
        if frame.f_code is Database._migrate.__code__:
            return f"commit of {Path(frame.f_locals['self']._engine.url.database).name} by _migrate"
        frame = _place_above(frame)
    return "commit by nobody" if frame is None else f"commit by {frame.f_code.co_qualname}"


def _file_name(call: str, frame: FrameType, arguments: tuple[Any, ...]) -> str:
    """Name a call by the file that it is for, or by the function that makes it."""
    is_folder = call == "fsync" and stat.S_ISDIR(os.fstat(arguments[0]).st_mode)
    what = f"{call} folder" if is_folder else call
    while frame.f_back is not None and frame.f_code.co_filename == FILES:
        if frame.f_code in (create_file.__code__, replace_file.__code__):
            return f"{what} for {_kind_of(frame.f_locals['path'])}"
        if frame.f_code is erase_file.__code__:
            return f"{what} to erase {frame.f_locals['path'].name}"
        frame = frame.f_back
    if frame.f_code in _DRAFTING:
        return "draft of the directory"
    return f"{what} by {frame.f_code.co_qualname}"


def _kind_of(path: Path) -> str:
    """Return a file's name; of a folder of files that are alike, the folder's."""
    return path.parent.name if path.parent.name in {"evidence", "quality"} else path.name


_DRAFTING = {
    DirectoryKeeper._refresh_from.__code__,
    DirectoryKeeper._draft.__wrapped__.__code__,  # type: ignore[attr-defined]
    DirectoryKeeper._is_held.__code__,
    DirectoryKeeper._fetch.__code__,
}
"""What python-tuf and this folder's copies do in a draft is nobody's but theirs."""
