import ast
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

import node
from node.logging import ALLOWED_KEYS, configure_logging

SENSITIVE = ("name", "token", "tag", "body", "key", "reply", "envelope", "member", "child", "url")


@pytest.fixture(autouse=True)
def reset() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def configured() -> structlog.stdlib.BoundLogger:
    configure_logging(logging.INFO)
    logger: structlog.stdlib.BoundLogger = structlog.get_logger()
    return logger


def test_key_off_the_list_never_reaches_the_output(capsys: pytest.CaptureFixture[str]) -> None:
    log = configured()
    log.warning("an event", reason="a reason", **dict.fromkeys(SENSITIVE, "PLANTED"))
    written = capsys.readouterr()
    assert "PLANTED" not in written.err + written.out
    assert "reason='a reason'" in written.err
    assert "event='an event'" in written.err


def test_bound_keys_are_filtered_too(capsys: pytest.CaptureFixture[str]) -> None:
    configured().bind(forename="PLANTED").info("an event")
    assert "PLANTED" not in capsys.readouterr().err


def test_exception_with_a_name_in_it_stays_out(capsys: pytest.CaptureFixture[str]) -> None:
    log = configured()
    try:
        int("PLANTED")
    except ValueError:
        log.exception("an event")
    assert "PLANTED" not in capsys.readouterr().err


def test_every_line_has_time_level_and_event(capsys: pytest.CaptureFixture[str]) -> None:
    configured().info("an event")
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("timestamp=")
    assert "level='info'" in line


def test_debug_lines_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    configured().debug("an event")
    assert capsys.readouterr().err == ""


def test_list_names_nothing_of_a_person_or_a_secret() -> None:
    assert ALLOWED_KEYS.isdisjoint(SENSITIVE)


def test_nothing_that_is_logged_is_off_the_list() -> None:
    """It would be dropped without a word, and with it why something did not work."""
    dropped = [
        f"{path}:{call.lineno} {keyword.arg}"
        for package in (node,)
        for path in Path(package.__path__[0]).rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "log"
        for keyword in call.keywords
        if keyword.arg not in ALLOWED_KEYS
    ]
    assert dropped == []
