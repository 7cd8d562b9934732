"""The filter itself, for both machines: what it says of every number and of each argument."""

import errno
import os

import pytest

from hub.confinement import bpf
from hub.confinement.machines import AARCH64, X86_64, Machine
from hub.confinement.rules import THREAD_FLAGS, rules
from hub.confinement.seccomp import compile_filter
from tests.hub.confinement.bpf_machine import run

PROCESS = 4321
MACHINES = pytest.mark.parametrize("machine", [X86_64, AARCH64], ids=["x86_64", "aarch64"])
HIGH = 1 << 32

REFUSED = 0x00050000 | errno.EPERM
NO_SUCH_CALL = 0x00050000 | errno.ENOSYS

REFUSED_FLAGS = (
    os.O_WRONLY, os.O_RDWR, os.O_CREAT, os.O_TRUNC, os.O_APPEND, os.O_TMPFILE, os.O_PATH,
    os.O_DIRECTORY, os.O_CLOEXEC | os.O_WRONLY, 1 << 31,
)  # fmt: skip


def verdict(machine: Machine, name: str, *arguments: int) -> int:
    program = bpf.assemble(compile_filter(machine, rules(PROCESS)))
    return run(program, machine.architecture, machine.numbers[name], arguments)


@MACHINES
@pytest.mark.parametrize(
    ("name", "allowed", "refused"),
    [
        ("write", [(1,), (2,)], [(0,), (3,), (7,), (0xFFFFFFFF,)]),
        ("sendto", [(9, 8, 7)], [(9, 8, 7, 0x20000000), (9, 8, 7, 0, 5), (9, 8, 7, 0, HIGH)]),
        ("sendmsg", [(9, 8)], [(9, 8, 0x20000000)]),
        ("setsockopt", [(9, 6, 1)], [(9, 6, 2), (9, 1, 1), (9, 0, 64)]),
        (
            "openat",
            [(0, 8, os.O_RDONLY), (0, 8, os.O_CLOEXEC)],
            [(0, 8, flags) for flags in REFUSED_FLAGS],
        ),
        ("ioctl", [(9, 0x5401), (9, 0x5421)], [(9, 0x5412), (9, 0)]),
        ("mmap", [(0, 9, 3, 0x22), (0, 9, 1, 2)], [(0, 9, 4, 2), (0, 9, 7, 2), (0, 9, 3, 1)]),
        ("mprotect", [(0, 9, 3)], [(0, 9, 4), (0, 9, 7)]),
        ("clone", [(THREAD_FLAGS,)], [(17,), (0,), (THREAD_FLAGS | 0x10000000,)]),
        ("tgkill", [(PROCESS, 1, 6)], [(PROCESS - 1, 1, 6), (0, 1, 6)]),
        ("prlimit64", [(0, 4)], [(0, 4, 8), (0, 4, HIGH), (1, 4)]),
    ],
)
def test_arguments_decide_over(
    machine: Machine, name: str, allowed: list[tuple[int, ...]], refused: list[tuple[int, ...]]
) -> None:
    assert {verdict(machine, name, *arguments) for arguments in allowed} == {bpf.ALLOW}
    assert {verdict(machine, name, *arguments) for arguments in refused} == {REFUSED}


@MACHINES
def test_new_way_to_start_a_thread_is_no_such_call(machine: Machine) -> None:
    assert verdict(machine, "clone3") == NO_SUCH_CALL


@MACHINES
def test_every_other_number_is_refused(machine: Machine) -> None:
    program = bpf.assemble(compile_filter(machine, rules(PROCESS)))
    named = {machine.numbers[rule.name] for rule in rules(PROCESS) if rule.name in machine.numbers}
    others = set(range(1000)) - named
    verdicts = {run(program, machine.architecture, number) for number in others}
    assert verdicts == {REFUSED}
    assert len(others) > 900


@MACHINES
def test_another_architecture_is_killed(machine: Machine) -> None:
    program = bpf.assemble(compile_filter(machine, rules(PROCESS)))
    for architecture in {X86_64.architecture, AARCH64.architecture, 0x40000003, 0} - {
        machine.architecture
    }:
        assert run(program, architecture, machine.numbers["read"]) == bpf.KILL_PROCESS


def test_second_table_of_x86_64_is_killed() -> None:
    program = bpf.assemble(compile_filter(X86_64, rules(PROCESS)))
    for number in (0x40000000, 0x40000001, 0xFFFFFFFF):
        assert run(program, X86_64.architecture, number) == bpf.KILL_PROCESS


def test_every_rule_has_a_number_and_every_number_a_rule() -> None:
    names = {rule.name for rule in rules(PROCESS)} | {"seccomp"}
    assert X86_64.numbers.keys() == names
    assert AARCH64.numbers.keys() == names - {"stat", "epoll_wait"}
    for machine in (X86_64, AARCH64):
        assert len(set(machine.numbers.values())) == len(machine.numbers)


def test_no_name_has_two_rules() -> None:
    names = [rule.name for rule in rules(PROCESS)]
    assert len(names) == len(set(names))
