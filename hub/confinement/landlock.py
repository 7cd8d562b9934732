"""Landlock: no file but those named, no TCP, no signals out (Linux 5.13; linux/landlock.h)."""

import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path

from hub.confinement.libc import syscall

_CREATE_RULESET = 444
_ADD_RULE = 445
_RESTRICT_SELF = 446
"""The same numbers on every machine that Landlock came to."""

_VERSION_FLAG = 1
_RULE_PATH_BENEATH = 1
_READ_FILE = 1 << 2

_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
_ALL_FILE_RIGHTS = 16
"""How many rights on files an ABI knows, from the lowest bit; from ABI 5 on all of them."""

TCP_ABI = 4
_TCP_RIGHTS = 0b11
"""Bind and connect."""

SCOPE_ABI = 6
_SCOPES = 0b11
"""Abstract sockets and signals: none to a process outside."""


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("files", ctypes.c_uint64),
        ("network", ctypes.c_uint64),
        ("scopes", ctypes.c_uint64),
    )


def landlock_abi() -> int:
    """Return what this kernel offers, 0 if nothing: too old, built or started without it."""
    try:
        return syscall(_CREATE_RULESET, 0, 0, _VERSION_FLAG)
    except OSError:
        return 0


def restrict(abi: int, readable: Iterable[Path]) -> None:
    """Refuse this thread, and what it starts, all that `abi` can, but reading beneath `readable`.

    A path is its inode, now: what is later put in its place is not readable. `no_new_privs` is set.

    Raises:
        OSError: a path does not exist, or the kernel refused.
    """
    # What the kernel does not know must be zero at the end, and then may be longer than it knows.
    ruleset = _Ruleset(
        (1 << _FILE_RIGHTS.get(abi, _ALL_FILE_RIGHTS)) - 1,
        _TCP_RIGHTS if abi >= TCP_ABI else 0,
        _SCOPES if abi >= SCOPE_ABI else 0,
    )
    handle = syscall(_CREATE_RULESET, ctypes.addressof(ruleset), ctypes.sizeof(ruleset), 0)
    try:
        for path in readable:
            _allow_reading(handle, path)
        syscall(_RESTRICT_SELF, handle, 0)
    finally:
        os.close(handle)


def _allow_reading(ruleset: int, path: Path) -> None:
    folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        # struct landlock_path_beneath_attr: packed.
        rule = ctypes.create_string_buffer(struct.pack("=Qi", _READ_FILE, folder))
        syscall(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, ctypes.addressof(rule), 0)
    finally:
        os.close(folder)
