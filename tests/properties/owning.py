"""Whose connection it is: what the kernel says of a socket on this machine."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def is_of_one(near: int, far: int, pids: Iterable[int]) -> bool:
    """Whether one of these processes has the socket from a port of 127.0.0.1 to another one."""
    inode = _inode(near, far)
    return any(f"socket:[{inode}]" in _open_files(pid) for pid in pids)


def _inode(near: int, far: int) -> str:
    # A port may have connections to several others.
    addresses = " ".join(f"0100007F:{port:04X}" for port in (near, far))
    _, _, found = Path("/proc/net/tcp").read_text().partition(f": {addresses} ")
    return found.split(maxsplit=7)[6] if found else "gone"


def _open_files(pid: int) -> set[str]:
    opened = set()
    with suppress(OSError):  # it has ended
        for entry in os.scandir(f"/proc/{pid}/fd"):
            with suppress(OSError):  # closed meanwhile
                opened.add(os.readlink(entry.path))
    return opened
