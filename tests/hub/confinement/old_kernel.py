"""Runs a command as an older kernel would: `python -m … landlock|seccomp COMMAND…` lacks it."""

import errno
import os
import sys

from hub.confinement import bpf
from hub.confinement.libc import prctl
from hub.confinement.machines import this_machine
from hub.confinement.seccomp import install_filter

_LANDLOCK_CREATE_RULESET = 444

_PR_SET_NO_NEW_PRIVS = 38


def main(lacking: str, command: list[str]) -> None:
    machine = this_machine()
    assert machine is not None
    calls = {"landlock": _LANDLOCK_CREATE_RULESET, "seccomp": machine.numbers["seccomp"]}
    program = (
        bpf.load(bpf.NUMBER_AT),
        bpf.skip_unless_equal(calls[lacking], 1),
        bpf.fail_with(errno.ENOSYS),
        bpf.give(bpf.ALLOW),
    )
    prctl(_PR_SET_NO_NEW_PRIVS, 1)
    install_filter(machine, program)
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
