"""The few instructions of classic BPF that a seccomp filter needs (linux/filter.h, seccomp.h)."""

import struct
from collections.abc import Sequence
from typing import NamedTuple

ALLOW = 0x7FFF0000
KILL_PROCESS = 0x80000000
_ERRNO = 0x00050000

NUMBER_AT = 0
ARCHITECTURE_AT = 4
"""Where a word of `struct seccomp_data` stands."""


class Instruction(NamedTuple):
    """One instruction; jumps count from the next one."""

    code: int
    if_true: int
    if_false: int
    operand: int


Program = tuple[Instruction, ...]


def argument_at(index: int, *, high: bool = False) -> int:
    """Return where a system call's argument stands: 64 bits, the low half first."""
    return 16 + 8 * index + (4 if high else 0)


def load(offset: int) -> Instruction:
    return Instruction(0x20, 0, 0, offset)


def and_with(mask: int) -> Instruction:
    return Instruction(0x54, 0, 0, mask)


def skip_if_equal(value: int, skipped: int) -> Instruction:
    return Instruction(0x15, skipped, 0, value)


def skip_unless_equal(value: int, skipped: int) -> Instruction:
    return Instruction(0x15, 0, skipped, value)


def skip_if_below(value: int, skipped: int) -> Instruction:
    return Instruction(0x35, 0, skipped, value)


def give(verdict: int) -> Instruction:
    return Instruction(0x06, 0, 0, verdict)


def fail_with(errno: int) -> Instruction:
    return give(_ERRNO | errno)


def assemble(program: Sequence[Instruction]) -> bytes:
    """Return the program as an array of `struct sock_filter`."""
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
