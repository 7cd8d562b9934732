"""What a machine keeps from being shown, and what was measured, is said at the end."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

PARTS = """
from tests.end_of_run import measured, not_shown, skip_loudly

def test_that_passes():
    not_shown("a part that passes")
    measured("3 s")

def test_that_is_skipped():
    skip_loudly("a part that is skipped")
"""


@pytest.mark.parametrize("workers", [0, 1])
def test_what_is_not_shown_is_said_at_the_end(tmp_path: Path, workers: int) -> None:
    (tmp_path / "test_parts.py").write_text(PARTS)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-n", str(workers), tmp_path],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "1 passed, 1 skipped" in done.stdout, done.stdout
    before, heading, said = done.stdout.partition(" NOT SHOWN ON THIS MACHINE ")
    assert heading
    assert " MEASURED " in before
    assert before.splitlines()[-2] == "3 s"
    assert said.splitlines()[1:3] == ["a part that passes", "a part that is skipped"]
