"""Who runs in a folder: known by a lock, not by a number that another process may have."""

from pathlib import Path

import pytest

from node.errors import SettingsError
from node.running import Running, RunningFile

STATUS = Running(("hub-1", "hub-2"), 3)


def test_says_what_the_running_node_wrote(tmp_path: Path) -> None:
    with RunningFile(tmp_path).hold():
        RunningFile(tmp_path).write(STATUS)
        assert RunningFile(tmp_path).read() == STATUS


def test_nothing_runs_after_the_lock_is_gone(tmp_path: Path) -> None:
    """As after a kill: what was written last stays, and counts for nothing."""
    with RunningFile(tmp_path).hold():
        RunningFile(tmp_path).write(STATUS)
    assert (tmp_path / "running.json").exists()
    assert RunningFile(tmp_path).read() is None


def test_nothing_runs_where_nothing_ever_ran(tmp_path: Path) -> None:
    assert RunningFile(tmp_path).read() is None


def test_node_that_has_said_nothing_yet_has_no_status(tmp_path: Path) -> None:
    with RunningFile(tmp_path).hold():
        assert RunningFile(tmp_path).read() is None


def test_second_node_in_a_folder_is_refused(tmp_path: Path) -> None:
    with (
        RunningFile(tmp_path).hold(),
        pytest.raises(SettingsError, match="a node runs here already"),
    ):
        RunningFile(tmp_path).hold()
