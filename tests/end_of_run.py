"""A pytest plugin: what is said at the end of a run, whichever process came upon it.

What this machine's kernel, or this user, keeps from being shown; and what was measured on the way.
"""

from typing import Any, NoReturn

import pytest

NOT_SHOWN = "NOT SHOWN ON THIS MACHINE"
MEASURED = "MEASURED"

_lines: dict[str, list[str]] = {NOT_SHOWN: [], MEASURED: []}


def not_shown(what: str) -> None:
    """Add a line to what is said, last and in red, at the end of the run."""
    _lines[NOT_SHOWN].append(what)


def measured(what: str) -> None:
    """Add a line to what was measured."""
    _lines[MEASURED].append(what)


def skip_loudly(what: str) -> NoReturn:
    """Skip this test, and say so at the end of the run."""
    not_shown(what)
    pytest.skip(what)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand the lines of one of several workers to the process that prints."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["end_of_run"] = _lines


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take the lines of a worker that has ended; one that crashed hands over nothing."""
    for part, lines in getattr(node, "workeroutput", {}).get("end_of_run", {}).items():
        _lines[part].extend(lines)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for part, mark in ((MEASURED, "-"), (NOT_SHOWN, "!")):
        is_red = part == NOT_SHOWN
        if _lines[part]:
            terminalreporter.section(part, sep=mark, red=is_red)
            for line in dict.fromkeys(_lines[part]):
                terminalreporter.line(line, red=is_red)
