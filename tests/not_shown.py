"""A pytest plugin: says loudly what this machine's kernel, or this user, keeps from being shown."""

from typing import Any, NoReturn

import pytest

_lines: list[str] = []


def not_shown(what: str) -> None:
    """Add a line to what is said, last and in red, at the end of the run."""
    _lines.append(what)


def skip_loudly(what: str) -> NoReturn:
    """Skip this test, and say so at the end of the run."""
    not_shown(what)
    pytest.skip(what)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand the lines of one of several workers to the process that prints."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["not_shown"] = _lines


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take the lines of a worker that has ended; one that crashed hands over nothing."""
    _lines.extend(getattr(node, "workeroutput", {}).get("not_shown", []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _lines:
        terminalreporter.section("NOT SHOWN ON THIS MACHINE", sep="!", red=True)
        for line in dict.fromkeys(_lines):
            terminalreporter.line(line, red=True)
