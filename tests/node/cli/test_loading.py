from datetime import date
from types import SimpleNamespace

import pytest

from node.cli import loading, reading
from node.cli.loading import SECONDS_PER_LINE, _progress
from node.importing import Progress
from tests.node.small_federation import FakeClock, at

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


def progress(strings: int, found: int = 0, allowance_left: int | None = None) -> Progress:
    return Progress(strings, found, allowance_left)


def test_progress_is_silent_before_its_first_interval_is_over(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    with _progress(TOTAL) as say:
        say(progress(0))
        clock.now += SECONDS_PER_LINE - 0.5
        say(progress(1_023))
    assert capsys.readouterr() == ("", "")


def test_progress_is_a_line_on_standard_error_without_a_terminal(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    with _progress(TOTAL) as say:
        clock.now += SECONDS_PER_LINE
        say(progress(1_020, allowance_left=58_976))
    said = "making tokens: 1,020 of 6,120, 510 a second, 0:00:10 left, allowance for 58,976 more\n"
    assert capsys.readouterr() == ("", said)


def test_progress_counts_what_was_made_now_for_the_rate(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    with _progress(TOTAL) as say:
        clock.now += SECONDS_PER_LINE
        say(progress(4_120, found=4_000))
    assert capsys.readouterr().err == "making tokens: 4,120 of 6,120, 60 a second, 0:00:33 left\n"


def test_progress_names_no_rate_before_anything_is_made(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    with _progress(TOTAL) as say:
        clock.now += SECONDS_PER_LINE
        say(progress(4_000, found=4_000))
    assert capsys.readouterr().err == "making tokens: 4,000 of 6,120\n"


def test_progress_is_at_most_one_line_an_interval(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    with _progress(TOTAL) as say:
        # The first line comes an interval late, and the next is counted from it.
        clock.now += SECONDS_PER_LINE * 1.75
        for done in range(511, 5_110, 511):
            clock.now += SECONDS_PER_LINE / 4
            say(progress(done))
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(", ")[0] for line in lines] == [
        "making tokens: 511 of 6,120",
        "making tokens: 2,555 of 6,120",
        "making tokens: 4,599 of 6,120",
    ]


def test_progress_at_a_terminal_says_the_same_beside_a_bar(
    clock: Clock, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("COLUMNS", "200")
    with _progress(TOTAL) as say:
        clock.now += SECONDS_PER_LINE
        say(progress(1_020, allowance_left=58_976))
    said = capsys.readouterr().err
    assert "1020/6120" in said
    assert "510 a second, 0:00:10 left, allowance for 58,976 more" in said


@pytest.mark.usefixtures("london")
def test_what_was_updated_today_is_not_in_the_future_at_half_past_midnight(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A nightly export would be refused all summer."""
    monkeypatch.setattr(reading, "system_clock", FakeClock(at(2025, 7, 1, 23, 30)))
    assert reading.today() == date(2025, 7, 2)
