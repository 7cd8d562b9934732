from types import SimpleNamespace

import pytest

from node.cli import loading
from node.cli.loading import SECONDS_PER_LINE, _progress

TOTAL = 6_120


class Clock:
    """Stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    # Not time.monotonic itself, which pytest's own parts read.
    monkeypatch.setattr(loading, "time", SimpleNamespace(monotonic=clock.monotonic))
    # Colours forced upon a test run would have rich take standard error for a terminal.
    monkeypatch.setenv("TTY_COMPATIBLE", "0")
    return clock


def test_progress_is_silent_before_its_first_interval_is_over(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    with _progress(TOTAL) as say:
        say(0)
        clock.now += SECONDS_PER_LINE - 0.5
        say(512)
    assert capsys.readouterr() == ("", "")


def test_progress_is_a_line_on_standard_error_without_a_terminal(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    with _progress(TOTAL) as say:
        clock.now += SECONDS_PER_LINE
        say(1_024)
    assert capsys.readouterr() == ("", "making tokens: 1,024 of 6,120\n")


def test_progress_is_at_most_one_line_an_interval(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    with _progress(TOTAL) as say:
        # The first line comes an interval late, and the next is counted from it.
        clock.now += SECONDS_PER_LINE * 1.75
        for done in range(512, 5_120, 512):
            clock.now += SECONDS_PER_LINE / 4
            say(done)
    assert capsys.readouterr().err.splitlines() == [
        "making tokens: 512 of 6,120",
        "making tokens: 2,560 of 6,120",
        "making tokens: 4,608 of 6,120",
    ]
