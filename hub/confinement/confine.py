"""A process confines itself: what its kernel can, in one step, before its first thread."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from hub.confinement.errors import ConfinementError
from hub.confinement.landlock import SCOPE_ABI, TCP_ABI, landlock_abi, restrict
from hub.confinement.libc import prctl
from hub.confinement.machines import this_machine
from hub.confinement.memory import freed_memory_is_overwritten
from hub.confinement.rules import rules
from hub.confinement.seccomp import compile_filter, has_seccomp, install_filter

_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38


@dataclass(frozen=True, slots=True)
class Confinement:
    """Which protections are in force: none, until `confine` has returned."""

    landlock_abi: int = 0
    seccomp: bool = False
    freed_memory: bool = False

    @property
    def holds(self) -> bool:
        """Whether files and system calls are both confined. The rest stands behind these two."""
        return self.landlock_abi > 0 and self.seccomp

    def in_force(self) -> list[str]:
        """Return what protects this hub, in words for its operator."""
        protections = {
            f"landlock abi {self.landlock_abi}": self.landlock_abi > 0,
            "seccomp": self.seccomp,
            "freed memory overwritten": self.freed_memory,
        }
        return [words for words, holds in protections.items() if holds]

    def missing(self) -> list[str]:
        """Return what this machine lacks, in words for its operator."""
        abi = self.landlock_abi
        lacks = {
            "landlock (Linux 5.13): any file may be read": abi == 0,
            "landlock's rules for TCP (Linux 6.7)": 0 < abi < TCP_ABI,
            "landlock's scopes of signals and sockets (Linux 6.12)": 0 < abi < SCOPE_ABI,
            "seccomp (Linux 3.17; x86_64 or aarch64): any system call may be made": (
                not self.seccomp
            ),
            "freed memory overwritten (glibc)": not self.freed_memory,
        }
        return [words for words, lacking in lacks.items() if lacking]


def confine(readable: Iterable[Path]) -> Confinement:
    """Give up all but reading beneath `readable` and serving open sockets (spec 40 §7).

    Everything is imported, and every socket listens. What the kernel lacks is left out.

    Raises:
        ConfinementError: a second thread runs already, a path is missing, or the kernel refused.
    """
    if os.uname().sysname != "Linux":
        return Confinement(freed_memory=freed_memory_is_overwritten())
    try:
        _check_single_thread()
        prctl(_PR_SET_DUMPABLE, 0)
        prctl(_PR_SET_NO_NEW_PRIVS, 1)
        return Confinement(
            _restrict_files(readable), _filter_system_calls(), freed_memory_is_overwritten()
        )
    except OSError as error:
        raise ConfinementError(f"the hub cannot be confined: {error}") from None


def _check_single_thread() -> None:
    """Landlock binds the thread that calls it, and those that it starts."""
    threads = len(os.listdir("/proc/self/task"))
    if threads != 1:
        raise ConfinementError(f"the hub cannot be confined: {threads} threads run already")


def _restrict_files(readable: Iterable[Path]) -> int:
    abi = landlock_abi()
    if abi > 0:
        restrict(abi, readable)
    return abi


def _filter_system_calls() -> bool:
    machine = this_machine()
    if machine is None or not has_seccomp(machine):
        return False
    install_filter(machine, compile_filter(machine, rules(os.getpid())))
    return True
