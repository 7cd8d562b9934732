"""Break a protection in a copy of the project and run the tests that must see it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.mutations.mutation import ROOT, Mutation

_COPIED = ("hub", "node", "protocol", "deploy", "tests", "pyproject.toml")
_SECONDS = 600
_SET_UP = re.compile(r"^_+ ERROR at setup of (.+) _+$")


def survivors(mutation: Mutation, copy: Path) -> list[str]:
    """Return the named tests that stay green though the protection is broken: best none.

    Raises:
        RuntimeError: pytest could not run them.
        ValueError: the mutation does not fit the source.
    """
    path = copy / mutation.file
    original = path.read_bytes()
    mutation.apply(copy)
    try:
        failed = _failures(mutation.red, copy)
    finally:
        path.write_bytes(original)
    return [test for test in mutation.red if not _is_among(test, failed)]


def copy_project(target: Path) -> Path:
    """Copy what tests need, to break it there."""
    target.mkdir()
    for name in _COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, target / name)
    return target


def _failures(tests: tuple[str, ...], copy: Path) -> list[str]:
    options = ("-q", "-rfE", "--no-header", "-p", "no:cacheprovider")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *tests],
        cwd=copy,
        # The copy first, also for the commands that end-to-end tests start; and no bytecode: a
        # file that is broken and mended within a second would be taken for unchanged.
        env={**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(
            f"pytest ended with {done.returncode}:\n{(done.stdout + done.stderr)[-3000:]}"
        )
    return _named(done.stdout.splitlines())


def _named(lines: list[str]) -> list[str]:
    """Return the tests that the summary's lines say have failed, each with its parameters. One
    whose set-up broke has not run, and has seen nothing."""
    words = (line.split(" ", 1) for line in lines)
    found = [word[1] for word in words if len(word) > 1 and word[0] in ("FAILED", "ERROR")]
    not_run = {match[1] for line in lines if (match := _SET_UP.search(line))}
    names = (name.split(" - ")[0] for name in found)
    return [name for name in names if name.partition("::")[2] not in not_run]


def _is_among(test: str, failed: list[str]) -> bool:
    return any(item == test or item.startswith(f"{test}[") for item in failed)
