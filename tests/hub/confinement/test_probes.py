"""What a confined process may not do, tried from inside; each attempt works for a free one."""

import platform
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from hub.confinement.landlock import landlock_abi
from tests.end_of_run import not_shown, skip_loudly
from tests.hub.confinement.probes import files, kernel, network, processes, service

ROOT = Path(__file__).parents[3]

REFUSED = {"EPERM", "EACCES", "ENOSYS"}

BY_LANDLOCK_TOO = [
    "open a file to write", "open a file to append", "make a file",
    "make a file in /dev/shm", "make a file in /tmp", "make a folder", "make a named pipe",
    "make a symbolic link", "link a file", "rename a file", "remove a file", "remove a folder",
    "list the directory", "run a program", "attach to a process", "seize a process",
]  # fmt: skip
"""What Landlock refuses even if no filter did, from its first version on."""


@cache
def endings(mode: str) -> dict[str, str]:
    """Make every attempt in this mode; return how each ended, by its name."""
    with TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "tests.hub.confinement.probes", mode, folder],
            cwd=ROOT, capture_output=True, text=True, timeout=200, check=False,
        )  # fmt: skip
    sys.stderr.write(done.stderr)  # what broke, for whoever reads of it below
    return dict(line.split("\t") for line in done.stdout.splitlines())


@pytest.mark.usefixtures("_seccomp")
@pytest.mark.parametrize(
    "probe", [*files.WRITING, *files.LOOKING, *network.PROBES, *processes.PROBES]
)
def test_a_confined_process_may_not(probe: str) -> None:
    assert endings("free")[probe] == "done"
    assert endings("confined")[probe] in REFUSED


@pytest.mark.usefixtures("_landlock")
@pytest.mark.parametrize("probe", files.READING)
def test_a_confined_process_may_not_open_anything_else_to(probe: str) -> None:
    assert endings("free")[probe] == "done"
    assert endings("confined")[probe] == "EACCES"


@pytest.mark.usefixtures("_seccomp")
@pytest.mark.parametrize("probe", kernel.PROBES)
def test_a_confined_process_may_not_ask_the_kernel_to(probe: str) -> None:
    free = endings("free")[probe]
    if free in REFUSED and probe in kernel.PRIVILEGED:
        not_shown(f"To {probe} ends with {free} for a free process too: confinement adds nothing.")
    else:
        assert free == kernel.PROBES[probe][1]
    assert endings("confined")[probe] in REFUSED


@pytest.mark.usefixtures("_seccomp")
@pytest.mark.parametrize("probe", processes.DEADLY if platform.machine() == "x86_64" else [])
def test_a_confined_process_dies_of_an_attempt_to(probe: str) -> None:
    assert endings("free")[probe] in {
        "done",
        "ENOSYS",
        "SIGSEGV",
    }  # by what the kernel was built with
    assert endings("confined")[probe] == "SIGSYS"


@pytest.mark.usefixtures("_landlock")
@pytest.mark.parametrize("probe", BY_LANDLOCK_TOO)
def test_landlock_alone_refuses_to(probe: str) -> None:
    assert endings("landlock")[probe] in {"EACCES", "EPERM"}


@pytest.mark.usefixtures("_landlock")
@pytest.mark.parametrize(
    ("probe", "abi"),
    [
        ("shorten a file", 3),
        ("open a file and shorten it", 3),
        ("connect by TCP", 4),
        ("bind a socket", 4),
        ("connect to an abstract unix socket", 6),
        ("signal its parent", 6),
    ],
)
def test_newer_landlock_alone_refuses_to(probe: str, abi: int) -> None:
    if landlock_abi() < abi:
        skip_loudly(f"Landlock refuses to {probe} from its ABI {abi} on: this kernel's is older.")
    assert endings("landlock")[probe] in {"EACCES", "EPERM"}


@pytest.mark.parametrize("probe", service.PROBES)
def test_a_confined_process_goes_on_to(probe: str) -> None:
    assert endings("free")[probe] == endings("confined")[probe] == "done"
