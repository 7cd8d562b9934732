"""`make demo ONCE=1` itself."""

import re
import subprocess
import sys
from pathlib import Path

from deploy.demo.sign_ins import SIGN_INS

ROOT = Path(__file__).parents[3]


def test_the_demo_ends_by_itself_with_all_right(tmp_path: Path) -> None:
    done = _run_demo(tmp_path, "--seed", "3", "--rows", "60", timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "10 of 10 questions answered as the truth has it" in done.stdout
    for role in ("practitioner", "team manager", "duty officer", "shielding officer"):
        assert re.search(rf"http://localhost:\d+  {role} of \w+ +username \w+", done.stdout)


def test_who_rings_is_of_another_council_than_who_asks() -> None:
    places = {sign_in.role: place for place, sign_in in SIGN_INS}
    assert places["duty_officer"] != places["practitioner"]


def test_a_wrong_file_stops_the_demo_with_its_report(tmp_path: Path) -> None:
    (tmp_path / "wrong.csv").write_text("surname,forename\nA,B\n")
    done = _run_demo(tmp_path, "--csv", "wrong.csv", timeout=60)
    assert done.returncode == 1
    assert "case_reference" in done.stderr


def _run_demo(folder: Path, *arguments: str, timeout: float) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.demo", "--once", *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )
