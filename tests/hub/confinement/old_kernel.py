"""Runs a command as an older kernel would: `python -m … NUMBER,NUMBER COMMAND…`, no such calls."""

import errno
import os
import sys

from hub.confinement import bpf
from hub.confinement.libc import prctl
from hub.confinement.machines import this_machine
from hub.confinement.seccomp import install_filter

LANDLOCK_CREATE_RULESET = 444

_PR_SET_NO_NEW_PRIVS = 38


def main(numbers: list[int], command: list[str]) -> None:
    machine = this_machine()
    assert machine is not None
    program = [bpf.load(bpf.NUMBER_AT)]
    for number in numbers:
        program += [bpf.skip_unless_equal(number, 1), bpf.fail_with(errno.ENOSYS)]
    prctl(_PR_SET_NO_NEW_PRIVS, 1)
    install_filter(machine, (*program, bpf.give(bpf.ALLOW)))
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main([int(number) for number in sys.argv[1].split(",")], sys.argv[2:])
