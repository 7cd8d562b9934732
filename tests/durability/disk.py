"""A disk of a few mebibytes that can be filled to its last byte: a tmpfs in its own namespace.

The mount is seen by the commands that are run in it alone, and is gone with the process that holds
it. Nothing of it needs a privileged user where the kernel lets everybody have a user namespace.
"""

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest

from tests.durability.polling import PATIENCE_SECONDS

ROOT = Path(__file__).parents[2]
MOUNT = 'mount -t tmpfs -o "size=$1,mode=700" tmpfs "$0" && echo mounted && exec cat'
WAYS = (("-rm", ("-U", "--preserve-credentials", "-m")), ("-m", ("-m",)))
"""Options of `unshare` and of `nsenter`: as any user in a namespace of its own, or as root."""

NODE = "-c", "import node.cli; node.cli.main()"
"""`whoelse-node` for Python."""


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """`path` is where commands in the namespace find it, `seen` where everybody else does."""

    path: Path
    seen: Path
    enter: tuple[str, ...]

    def fill(self) -> None:
        """Leave no byte free."""
        fill(self.seen)

    def free(self) -> None:
        (self.seen / "filler").unlink()

    def start(self, log: IO[bytes], *python: str | Path) -> "subprocess.Popen[bytes]":
        """Start Python with these arguments where the disk is mounted."""
        return subprocess.Popen(
            [*self.enter, sys.executable, *python],
            stdout=log,
            stderr=log,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )

    def node_command(self, log: Path, *arguments: str | Path) -> tuple[int, str]:
        """Run `whoelse-node` there to its end; return its status and what it said."""
        with log.open("wb") as said:
            status = self.start(said, *NODE, *arguments).wait(PATIENCE_SECONDS)
        return status, log.read_text()


@contextmanager
def small_disk(folder: Path, mebibytes: int) -> Iterator[SmallDisk]:
    """Mount a disk of this size on a folder; fails where the machine has no way to."""
    folder.mkdir()
    said = []
    for unshare, nsenter in WAYS:
        with subprocess.Popen(
            ["unshare", unshare, "sh", "-c", MOUNT, folder, f"{mebibytes}m"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as holder:
            assert holder.stdout is not None
            assert holder.stderr is not None
            if holder.stdout.readline() != "mounted\n":
                said.append(holder.stderr.read().strip())
                continue
            pid = str(holder.pid)
            seen = Path(f"/proc/{pid}/root{folder}")
            yield SmallDisk(folder, seen, ("nsenter", *nsenter, "-t", pid))
            return
    pytest.fail(
        "a full disk needs a tmpfs of its own: allow user namespaces (unshare -rm), or run the "
        f"tests as a root that may mount. What was tried said: {'; '.join(said)}"
    )


def fill(folder: Path) -> None:
    """Leave no byte free on the disk that a folder is on."""
    filler = os.open(folder / "filler", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        for size in (65536, 4096, 1):
            _write_until_full(filler, bytes(size))
    finally:
        os.close(filler)


def _write_until_full(descriptor: int, content: bytes) -> None:
    while True:
        try:
            os.write(descriptor, content)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            return
