"""The C library: system calls that Python has no name for, each an int or an OSError."""

import ctypes
import os

_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.syscall.restype = ctypes.c_long
_LIBC.syscall.argtypes = [ctypes.c_long] * 7
_LIBC.prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4


def syscall(number: int, *arguments: int) -> int:
    """Make a system call with up to six arguments; pointers are `ctypes.addressof`.

    Raises:
        OSError: the kernel refused it.
    """
    ctypes.set_errno(0)
    padding = [0] * (6 - len(arguments))
    result = int(_LIBC.syscall(number, *arguments, *padding))
    if result < 0:
        raise _last_error()
    return result


def prctl(option: int, value: int) -> None:
    """Set an attribute of this process.

    Raises:
        OSError: the kernel refused it.
    """
    ctypes.set_errno(0)
    if _LIBC.prctl(option, value, 0, 0, 0) != 0:
        raise _last_error()


def is_glibc() -> bool:
    return hasattr(_LIBC, "gnu_get_libc_version")


def _last_error() -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))
