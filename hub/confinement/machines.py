"""The machines that a filter can be made for: their name to the kernel, and call numbers."""

import ctypes
import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Machine:
    """One architecture: `AUDIT_ARCH_*` (linux/audit.h), and the numbers of its system calls."""

    architecture: int
    numbers: Mapping[str, int]


X86_64 = Machine(
    0xC000003E,
    {
        "read": 0, "write": 1, "close": 3, "stat": 4, "fstat": 5, "lseek": 8, "mmap": 9,
        "mprotect": 10, "munmap": 11, "brk": 12, "rt_sigaction": 13, "rt_sigprocmask": 14,
        "rt_sigreturn": 15, "ioctl": 16, "mremap": 25, "madvise": 28, "getpid": 39, "sendto": 44,
        "recvfrom": 45, "sendmsg": 46, "getsockname": 51, "getpeername": 52, "setsockopt": 54,
        "clone": 56, "exit": 60, "getcwd": 79, "sigaltstack": 131, "gettid": 186, "futex": 202,
        "sched_getaffinity": 204, "restart_syscall": 219, "clock_gettime": 228,
        "clock_nanosleep": 230, "exit_group": 231, "epoll_wait": 232, "epoll_ctl": 233,
        "tgkill": 234, "openat": 257, "newfstatat": 262, "set_robust_list": 273,
        "epoll_pwait": 281, "accept4": 288, "prlimit64": 302, "seccomp": 317, "getrandom": 318,
        "rseq": 334, "clone3": 435,
    },
)  # fmt: skip
"""arch/x86/entry/syscalls/syscall_64.tbl"""

AARCH64 = Machine(
    0xC00000B7,
    {
        "getcwd": 17, "epoll_ctl": 21, "epoll_pwait": 22, "ioctl": 29, "openat": 56, "close": 57,
        "lseek": 62, "read": 63, "write": 64, "newfstatat": 79, "fstat": 80, "exit": 93,
        "exit_group": 94, "futex": 98, "set_robust_list": 99, "clock_gettime": 113,
        "clock_nanosleep": 115, "sched_getaffinity": 123, "restart_syscall": 128, "tgkill": 131,
        "sigaltstack": 132, "rt_sigaction": 134, "rt_sigprocmask": 135, "rt_sigreturn": 139,
        "getpid": 172, "gettid": 178, "getsockname": 204, "getpeername": 205, "sendto": 206,
        "recvfrom": 207, "setsockopt": 208, "sendmsg": 211, "brk": 214, "munmap": 215,
        "mremap": 216, "clone": 220, "mmap": 222, "mprotect": 226, "madvise": 233, "accept4": 242,
        "prlimit64": 261, "seccomp": 277, "getrandom": 278, "rseq": 293, "clone3": 435,
    },
)  # fmt: skip
"""include/uapi/asm-generic/unistd.h: it never had `stat` and `epoll_wait`."""

_BY_NAME = {"x86_64": X86_64, "aarch64": AARCH64}


def this_machine() -> Machine | None:
    """Return this machine, None where there is no table for it."""
    system = os.uname()
    if system.sysname != "Linux" or ctypes.sizeof(ctypes.c_void_p) != 8:
        return None
    return _BY_NAME.get(system.machine)
