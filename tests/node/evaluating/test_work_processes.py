"""Processes that perform an import's arithmetic, and what becomes of them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from pickle import PicklingError

import pytest

from node.errors import WorkError
from node.evaluating.batch_work import BlindTask, work_here
from node.evaluating.work_processes import WorkProcesses
from tests.durability.polling import poll

TASK = BlindTask([b"planted one", b"planted two"], bytes(range(32)))
MOST = 2


@dataclass(frozen=True)
class Meet:
    """Says so in a file, and waits until so many have."""

    folder: str
    number: int

    def perform(self) -> int:
        (Path(self.folder) / str(os.getpid())).touch()
        poll("the others", lambda: len(os.listdir(self.folder)) >= self.number)
        return os.getpid()


@dataclass(frozen=True)
class Die:
    def perform(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class WhoAmI:
    def perform(self) -> int:
        return os.getpid()


@pytest.fixture
def work() -> Iterator[WorkProcesses]:
    with closing(WorkProcesses(MOST)) as processes:
        yield processes


def is_there(process: int) -> bool:
    return Path(f"/proc/{process}").exists()


def test_makes_what_is_made_here(work: WorkProcesses) -> None:
    assert work(TASK) == work_here(TASK)


def test_one_after_another_is_performed_by_one_process(work: WorkProcesses) -> None:
    [process] = {work(WhoAmI()) for _ in range(3)}
    assert process != os.getpid()


def test_several_at_once_are_performed_by_several_processes(
    work: WorkProcesses, tmp_path: Path
) -> None:
    with ThreadPoolExecutor() as threads:
        met = set(threads.map(work, [Meet(str(tmp_path), MOST)] * MOST))
    assert len(met) == MOST
    assert work(WhoAmI()) in met


def test_a_process_that_dies_is_said_and_replaced(work: WorkProcesses) -> None:
    before = work(WhoAmI())
    for _ in range(MOST + 1):
        with pytest.raises(WorkError, match="run the import again"):
            work(Die())
    assert not is_there(before)
    assert work(TASK) == work_here(TASK)


def test_a_process_that_cannot_be_begun_is_said(tmp_path: Path) -> None:
    with closing(WorkProcesses(MOST, [str(tmp_path / "nothing")])) as work:
        for _ in range(MOST + 1):
            with pytest.raises(WorkError):
                work(TASK)


def test_a_task_that_cannot_be_sent_leaves_all_as_it_was(work: WorkProcesses) -> None:
    class OfThisTest(WhoAmI):
        """Known here alone."""

    for _ in range(MOST + 1):
        with pytest.raises((AttributeError, PicklingError)):
            work(OfThisTest())
    assert work(TASK) == work_here(TASK)


def test_nobody_is_left_once_it_is_closed() -> None:
    with closing(WorkProcesses(MOST)) as work:
        process = work(WhoAmI())
    assert not is_there(process)


_IMPORT = """
from tests.node.evaluating.test_work_processes import WhoAmI
from node.evaluating.work_processes import WorkProcesses
print(WorkProcesses(1)(WhoAmI()), flush=True)
input()
"""


def test_nobody_is_left_of_an_import_that_is_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _IMPORT], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as importing:
        assert importing.stdout is not None
        process = int(importing.stdout.readline())
        assert is_there(process)
        importing.kill()
    poll("the end of its process", lambda: not is_there(process))


def test_command_line_and_environment_say_nothing_of_a_task(work: WorkProcesses) -> None:
    process = work(WhoAmI())
    work(TASK)
    for name in ("cmdline", "environ"):
        content = Path(f"/proc/{process}/{name}").read_bytes()
        assert content
        for secret in (TASK.seed, *TASK.oprf_inputs):
            assert secret not in content
