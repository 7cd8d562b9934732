"""The project's commands, each in a real process of its own.

A node's is forked from one that has imported all: importing takes a second, a fork milliseconds,
and what runs in it is the command itself. A hub's begins by itself, as it may begin itself anew.
"""

import io
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from unittest.mock import patch

import node.app
import node.cli.accounts
import node.cli.asking
import node.cli.commands
import node.cli.loading
import node.cli.making
import node.serving
from node.accounts import store
from node.federation import links
from node.post.beat import Beat
from node.watching.watches import Pace
from tests.durability.polling import PATIENCE_SECONDS
from tests.durability.watching import Kill, Watch

ROOT = Path(__file__).parents[2]

_FORKS = multiprocessing.get_context("forkserver")
_LATE = (
    "alembic.command",
    "anyio._backends._asyncio",
    "httpcore",
    "tests.durability.templates",
    "websockets.asyncio.client",
)
"""What is imported, or compiled, only when it is used."""
_FORKS.set_forkserver_preload(["__main__", __name__, *_LATE])

_HUB = "import hub.cli; hub.cli.main()"
_PINGS = "import hub.server; hub.server.PING_SECONDS = {}; "


@dataclass(frozen=True, slots=True)
class Haste:
    """What a process does sooner than directory and constants say."""

    beat_seconds: float | None = None
    """From a node's beat to its next: a directory cannot say less than a second."""
    ping_seconds: float = links.PING_SECONDS
    seen_ms: int = store.SEEN_MS
    """How exactly it is kept when somebody was last seen."""
    pace: Pace | None = None
    """At which watched cases are asked about."""

    def install(self) -> None:
        """Let the node of this process make haste."""
        beat_seconds = self.beat_seconds
        if beat_seconds is not None:
            patch.object(Beat, "seconds_to_next", lambda *_: beat_seconds).start()
        patch.object(links, "PING_SECONDS", self.ping_seconds).start()
        patch.object(store, "SEEN_MS", self.seen_ms).start()
        pace = self.pace
        if pace is not None:
            patch.object(node.serving, "pace_of", lambda *_: pace).start()
            patch.object(node.app, "WATCH_SECONDS", 0.1).start()


AS_EVER = Haste()
OFTEN = Haste(beat_seconds=0.1, seen_ms=0, pace=Pace(interval_ms=300, most_a_day=10**9))
"""A second to each beat is long for a hundred runs."""


@dataclass(frozen=True, slots=True)
class Running:
    """A node's command in its process, and where it says something."""

    process: BaseProcess
    log: Path
    seen: Path

    @property
    def is_alive(self) -> bool:
        return self.process.is_alive()

    def said(self) -> str:
        return self.log.read_text()

    def points(self) -> list[str]:
        """Return the commit points that it came to, in order."""
        return self.seen.read_text().splitlines() if self.seen.exists() else []

    def wait(self, seconds: float = PATIENCE_SECONDS) -> int:
        """Wait for the end; return the exit status, a signal's as minus its number."""
        if not wait([self.process.sentinel], seconds):
            raise TimeoutError(f"still running after {seconds:.0f} s:\n{self.said()}")
        self.process.join()
        return self.process.exitcode or 0

    def stop(self) -> None:
        """End it if it runs."""
        self.process.terminate()
        self.process.join(10)
        self.process.kill()
        self.process.join()


def start(
    log: Path,
    *arguments: str | Path,
    kill: Kill | None = None,
    haste: Haste = AS_EVER,
    typed: str = "",
) -> Running:
    """Start `whoelse-node`. `log` takes what it says, a file beside it the points it passes."""
    log.touch()
    seen = log.with_suffix(".points")
    words = [*map(str, arguments)]
    process = start_function(_run_node, words, log, seen, kill, haste, typed)
    return Running(process, log, seen)


def start_function(work: Callable[..., None], *arguments: object) -> BaseProcess:
    """Start a function of a module in a process of its own."""
    process = _FORKS.Process(target=work, args=arguments, daemon=True)
    process.start()
    return process


def start_hub(log: Path, folder: Path, haste: Haste = AS_EVER) -> "subprocess.Popen[bytes]":
    """Start `whoelse-hub`."""
    pings = "" if haste is AS_EVER else _PINGS.format(haste.ping_seconds)
    with log.open("wb") as said:
        return subprocess.Popen(
            [sys.executable, "-c", pings + _HUB, "run", folder],
            cwd=ROOT,
            stdout=said,
            stderr=said,
        )


def _run_node(
    arguments: list[str], log: Path, seen: Path, kill: Kill | None, haste: Haste, typed: str
) -> None:
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    Watch(seen, kill).install()
    haste.install()
    sys.argv = ["whoelse-node", *arguments]
    sys.stdin = io.StringIO(typed)
    node.cli.main()
