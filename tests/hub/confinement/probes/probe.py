"""What a probe is, and what it finds in its folder."""

import ctypes
import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)

_NUMBERS = {
    "x86_64": {"bpf": 321, "perf_event_open": 298, "userfaultfd": 323, "keyctl": 250},
    "aarch64": {"bpf": 280, "perf_event_open": 241, "userfaultfd": 282, "keyctl": 219},
}[platform.machine()] | {
    "pidfd_send_signal": 424, "io_uring_setup": 425, "clone3": 435, "openat2": 437,
    "memfd_secret": 447,
}  # fmt: skip
"""System calls that the C library has no function for."""

CONTENT = b"what was there"


@dataclass(frozen=True, slots=True)
class Place:
    """A probe's own folder: `inside` may be read by a confined process, `outside` may not."""

    folder: Path

    @property
    def inside(self) -> Path:
        return self.folder / "inside" / "file"

    @property
    def outside(self) -> Path:
        return self.folder / "outside" / "file"

    def make(self) -> None:
        for path in (self.inside, self.outside):
            path.parent.mkdir(parents=True)
            path.write_bytes(CONTENT)


Attempt = Callable[[], object]
Prepare = Callable[[Place], Attempt]
"""Gets ready whatever a process may hold when it is confined, and returns what it then tries."""


def call(name: str, *arguments: object) -> int:
    """Call a function of the C library, or a system call without one.

    Raises:
        OSError: it failed.
    """
    ctypes.set_errno(0)
    if name in _NUMBERS:
        result = int(_LIBC.syscall(_NUMBERS[name], *map(_widen, arguments)))
    else:
        result = int(getattr(_LIBC, name)(*map(_widen, arguments)))
    if result == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def _widen(argument: object) -> object:
    return ctypes.c_long(argument) if isinstance(argument, int) else argument
