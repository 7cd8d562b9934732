"""Whether a node runs in a folder: a lock that dies with it, and what it says of itself."""

import fcntl
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from node.errors import SettingsError
from node.files import replace_file

LOCK_ATTEMPTS = 10
LOCK_WAIT_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Running:
    """What a running node last wrote of itself."""

    hubs_linked: tuple[str, ...]
    load_number: int


class RunningFile:
    """`running.lock`, held by the one process that runs, and `running.json` beside it."""

    def __init__(self, folder: Path) -> None:
        self._lock_path = folder / "running.lock"
        self._path = folder / "running.json"

    def hold(self) -> IO[bytes]:
        """Take the lock until the file is closed or the process ends.

        Raises:
            SettingsError: a node runs here already. Two would say everything twice.
        """
        lock = self._lock_path.open("ab")
        for _ in range(LOCK_ATTEMPTS):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                # Perhaps a reader, which holds it for an instant.
                time.sleep(LOCK_WAIT_SECONDS)
            else:
                self._path.unlink(missing_ok=True)
                return lock
        lock.close()
        raise SettingsError(f"{self._lock_path.parent}: a node runs here already")

    def write(self, running: Running) -> None:
        replace_file(self._path, json.dumps(asdict(running)).encode())

    def read(self) -> Running | None:
        """Return what the running node says, None where none runs or it has not said anything."""
        try:
            with self._lock_path.open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return None
        except BlockingIOError:
            return self._parse()
        return None

    def _parse(self) -> Running | None:
        try:
            content = json.loads(self._path.read_text())
            return Running(tuple(content["hubs_linked"]), content["load_number"])
        except (OSError, ValueError, KeyError):
            return None
