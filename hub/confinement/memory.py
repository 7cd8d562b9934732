"""Freed memory is overwritten at once, so that a cell that was passed on is gone (spec 40 §7)."""

import os
import sys
from collections.abc import Mapping

from hub.confinement.libc import is_glibc

_ALLOCATOR = "malloc"
_TUNABLES = "glibc.malloc.perturb=165:glibc.malloc.tcache_count=0"
"""glibc overwrites what it gets back, but for what it keeps at hand for each thread: so nothing is
kept. Python's own pool of objects of up to 512 bytes never overwrites: so there is no pool."""


def freed_memory_is_overwritten() -> bool:
    return (
        is_glibc()
        and not sys.flags.ignore_environment
        and os.environ.get("PYTHONMALLOC") == _ALLOCATOR
        and _TUNABLES in os.environ.get("GLIBC_TUNABLES", "")
    )


def overwrite_freed_memory() -> None:
    """Run this program anew, as the same process, if that makes freed memory be overwritten.

    Both allocators read their settings before the first line of a program runs.
    """
    if freed_memory_is_overwritten() or not is_glibc() or sys.flags.ignore_environment:
        return
    arguments = [sys.executable, *sys.orig_argv[1:]]
    os.execve(sys.executable, arguments, overwriting(os.environ))  # noqa: S606


def overwriting(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment for a program whose freed memory is overwritten."""
    others = environment.get("GLIBC_TUNABLES")
    tunables = f"{others}:{_TUNABLES}" if others else _TUNABLES
    return {**environment, "PYTHONMALLOC": _ALLOCATOR, "GLIBC_TUNABLES": tunables}
