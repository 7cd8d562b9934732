"""Seccomp: a filter over every system call, for good and for all threads (Linux 3.17)."""

import ctypes
import errno
from collections.abc import Iterable

from hub.confinement import bpf
from hub.confinement.bpf import Program
from hub.confinement.errors import ConfinementError
from hub.confinement.libc import syscall
from hub.confinement.machines import X86_64, Machine
from hub.confinement.rules import Check, Rule

_SET_MODE_FILTER = 1
_FLAG_TSYNC = 1

_X32_BIT = 0x40000000
"""Set in the numbers of a second table of x86_64, under the same architecture."""

_WHOLE = 0xFFFFFFFF


class _FilterProgram(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def has_seccomp(machine: Machine) -> bool:
    """Whether the kernel takes filters for all threads: then it misses the filter, not the call."""
    try:
        syscall(machine.numbers["seccomp"], _SET_MODE_FILTER, _FLAG_TSYNC, 0)
    except OSError as error:
        return error.errno == errno.EFAULT
    return False


def install_filter(machine: Machine, program: Program) -> None:
    """Put this process under a filter, with all its threads. `no_new_privs` is set.

    Raises:
        OSError: the kernel refused.
        ConfinementError: a thread is under another filter.
    """
    assembled = _FilterProgram(len(program), bpf.assemble(program))
    number = machine.numbers["seccomp"]
    if syscall(number, _SET_MODE_FILTER, _FLAG_TSYNC, ctypes.addressof(assembled)) != 0:
        raise ConfinementError("seccomp: a thread is under another filter")


def compile_filter(machine: Machine, rules: Iterable[Rule]) -> Program:
    """Return the program: another architecture kills, what no rule names fails with EPERM."""
    program = [
        bpf.load(bpf.ARCHITECTURE_AT),
        bpf.skip_if_equal(machine.architecture, 1),
        bpf.give(bpf.KILL_PROCESS),
        bpf.load(bpf.NUMBER_AT),
    ]
    if machine is X86_64:
        program += [bpf.skip_if_below(_X32_BIT, 1), bpf.give(bpf.KILL_PROCESS)]
    for rule in rules:
        if rule.name in machine.numbers:
            block = _block(rule)
            program += [bpf.skip_unless_equal(machine.numbers[rule.name], len(block)), *block]
    return (*program, bpf.fail_with(errno.EPERM))


def _block(rule: Rule) -> Program:
    """Return what decides over one system call."""
    block: Program = ()
    for checks in rule.alternatives:
        block += _alternative(checks)
    return (*block, bpf.fail_with(rule.errno))


def _alternative(checks: tuple[Check, ...]) -> Program:
    """Return what allows if every check holds, and goes on behind itself if one does not."""
    program: Program = (bpf.give(bpf.ALLOW),)
    for check in reversed(checks):
        program = _tests(check, len(program)) + program
    return program


def _tests(check: Check, skipped: int) -> Program:
    """Return what goes on if a check holds, else skips so many instructions behind itself."""
    low = bpf.load(bpf.argument_at(check.argument))
    masked = (low,) if check.mask == _WHOLE else (low, bpf.and_with(check.mask))
    program = (*masked, bpf.skip_unless_equal(check.value, skipped))
    if check.both_halves:
        high = bpf.load(bpf.argument_at(check.argument, high=True))
        program = (high, bpf.skip_unless_equal(0, skipped + len(program)), *program)
    return program
