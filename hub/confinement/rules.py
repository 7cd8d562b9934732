"""What a hub may ask of the kernel once it serves. Whatever is not listed is refused."""

import errno
import os
import socket
import termios
from dataclasses import dataclass

THREAD_FLAGS = 0x3D0F00
"""What glibc starts a thread with. A process has none of these: `fork` is another word for it."""

_FIONBIO = 0x5421
_PROT_EXEC = 0x4
_MAP_SHARED = 0x01


@dataclass(frozen=True, slots=True)
class Check:
    """Holds if an argument's low half (or both) is `value` in the bits of `mask`."""

    argument: int
    value: int
    mask: int = 0xFFFFFFFF
    both_halves: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A system call that is allowed if all checks of one alternative hold, else `errno`."""

    name: str
    alternatives: tuple[tuple[Check, ...], ...] = ((),)
    errno: int = errno.EPERM


def _one_of(argument: int, *values: int) -> tuple[tuple[Check, ...], ...]:
    return tuple((Check(argument, value),) for value in values)


def _all_of(*checks: Check) -> tuple[tuple[Check, ...], ...]:
    return (checks,)


def _null(argument: int) -> Check:
    return Check(argument, 0, both_halves=True)


def _without(argument: int, flags: int) -> Check:
    return Check(argument, 0, mask=flags)


def rules(process_id: int) -> tuple[Rule, ...]:
    """Return the rules, the most frequent first."""
    return (*_WAITING, *_CONNECTIONS, *_FILES, *_MEMORY, *_THREADS, *_itself(process_id))


_WAITING = (
    Rule("epoll_wait"),
    Rule("epoll_pwait"),
    Rule("epoll_ctl"),
    Rule("futex"),
    Rule("clock_gettime"),
    Rule("clock_nanosleep"),
)

_CONNECTIONS = (
    Rule("recvfrom"),
    # No address and no flag: with MSG_FASTOPEN a socket that was shut down would dial out.
    Rule("sendto", _all_of(Check(3, 0), _null(4))),
    Rule("sendmsg", _all_of(Check(2, 0))),
    Rule("accept4"),
    Rule("getsockname"),
    Rule("getpeername"),
    Rule("setsockopt", _all_of(Check(1, socket.IPPROTO_TCP), Check(2, socket.TCP_NODELAY))),
)

_FILES = (
    Rule("read"),
    Rule("close"),
    # Its own few words to the operator. Sockets are sent to, and nothing is open for writing;
    # were something, no other descriptor becomes 1 or 2, for none is ever doubled.
    Rule("write", _one_of(0, 1, 2)),
    Rule("openat", _all_of(_without(2, 0xFFFFFFFF & ~os.O_CLOEXEC))),
    Rule("fstat"),
    Rule("stat"),
    Rule("newfstatat"),
    Rule("lseek"),
    Rule("getcwd"),
    # What Python asks of a file, and sets on a connection. TIOCSTI would type at a terminal.
    Rule("ioctl", _one_of(1, termios.TCGETS, _FIONBIO)),
)

_MEMORY = (
    Rule("brk"),
    Rule("munmap"),
    Rule("mremap"),
    Rule("madvise"),
    # Nothing that was written becomes code, and no file changes by a change of memory.
    Rule("mmap", _all_of(_without(2, _PROT_EXEC), _without(3, _MAP_SHARED))),
    Rule("mprotect", _all_of(_without(2, _PROT_EXEC))),
)

_THREADS = (
    # The directory's files are read in threads. glibc asks by `clone3` first, whose flags are
    # behind a pointer: no such call, it is told, and asks again by `clone`.
    Rule("clone", _all_of(Check(0, THREAD_FLAGS))),
    Rule("clone3", (), errno.ENOSYS),
    Rule("set_robust_list"),
    Rule("rseq"),
    Rule("sched_getaffinity"),
    Rule("gettid"),
    Rule("exit"),
)


def _itself(process_id: int) -> tuple[Rule, ...]:
    return (
        Rule("getrandom"),
        Rule("getpid"),
        Rule("rt_sigaction"),
        Rule("rt_sigprocmask"),
        Rule("rt_sigreturn"),
        Rule("sigaltstack"),
        Rule("restart_syscall"),
        # `abort` ends the process itself by a signal.
        Rule("tgkill", _all_of(Check(0, process_id))),
        # To look at its own limits, not to set them: those of a core dump stay at nothing.
        Rule("prlimit64", _all_of(Check(0, 0), _null(2))),
        Rule("exit_group"),
    )
