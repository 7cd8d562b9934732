"""When a process may confine itself, and in which words it says what protects it."""

import subprocess
import sys

import pytest

from hub.confinement.confine import Confinement
from hub.confinement.memory import overwriting
from tests.hub.confinement.process import ROOT

WHOLE = Confinement(landlock_abi=7, seccomp=True, freed_memory=True)

SECOND_THREAD = """
import threading
from hub.confinement.confine import confine
from hub.confinement.errors import ConfinementError
threading.Thread(target=threading.Event().wait, daemon=True).start()
try:
    confine([])
except ConfinementError as error:
    print(error)
open("/etc/passwd").close()
"""


def test_process_with_a_second_thread_is_not_confined_by_half() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SECOND_THREAD], cwd=ROOT, capture_output=True, check=False
    )
    assert done.stdout == b"the hub cannot be confined: 2 threads run already\n"
    assert done.returncode == 0, done.stderr


OWNER = """
import os
from hub.confinement.confine import confine
from hub.confinement.libc import prctl
if os.geteuid() == 0:
    os.setresuid(12345, 12345, 12345)
    prctl(4, 1)  # PR_SET_DUMPABLE: a change of user has taken it away
mine = f"/proc/{os.getpid()}/mem"
owner, user = os.stat(mine).st_uid, os.geteuid()
confine([])
print(owner == user, os.stat(mine).st_uid == user)
"""


def test_confined_process_is_nobody_elses_to_look_into() -> None:
    """What is not dumpable is no longer its user's in /proc: neither memory nor descriptors."""
    done = subprocess.run(
        [sys.executable, "-c", OWNER], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout == "True False\n", done.stderr


@pytest.mark.usefixtures("_landlock")
def test_missing_folder_is_no_confinement() -> None:
    program = (
        "from pathlib import Path\nfrom hub.confinement.confine import confine\n"
        "confine([Path('/nowhere/at/all')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "ConfinementError: the hub cannot be confined: " in done.stderr
    assert "No such file or directory" in done.stderr


def test_whole_confinement_misses_nothing() -> None:
    assert WHOLE.in_force() == ["landlock abi 7", "seccomp", "freed memory overwritten"]
    assert WHOLE.missing() == []
    assert WHOLE.holds


@pytest.mark.parametrize(
    ("confinement", "missing", "holds"),
    [
        (Confinement(), ["landlock", "seccomp", "freed"], False),
        (Confinement(7, seccomp=False, freed_memory=True), ["seccomp"], False),
        (Confinement(0, seccomp=True, freed_memory=True), ["landlock"], False),
        (Confinement(1, seccomp=True, freed_memory=True), ["landlock's", "landlock's"], True),
        (Confinement(3, seccomp=True, freed_memory=True), ["landlock's", "landlock's"], True),
        (Confinement(4, seccomp=True, freed_memory=True), ["landlock's"], True),
        (Confinement(6, seccomp=True, freed_memory=False), ["freed"], True),
    ],
)
def test_each_missing_protection_is_named(
    confinement: Confinement, missing: list[str], holds: bool
) -> None:
    assert [words.split()[0] for words in confinement.missing()] == missing
    assert confinement.holds is holds


def test_operators_own_settings_of_the_allocator_are_kept() -> None:
    environment = overwriting({"GLIBC_TUNABLES": "glibc.malloc.arena_max=2", "HOME": "/"})
    assert environment["GLIBC_TUNABLES"].startswith("glibc.malloc.arena_max=2:glibc.malloc.perturb")
    assert environment["HOME"] == "/"
    assert overwriting({})["GLIBC_TUNABLES"].startswith("glibc.malloc.perturb")
