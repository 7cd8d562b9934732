"""Figures against their bars, and pictures of the time."""

import time

import pytest

from tests.bench.measuring import Pair, middle
from tests.bench.parts import REST, PartsClock
from tests.bench.report import Figure, Picture, Report, microseconds, table


@pytest.mark.parametrize(("work", "is_met"), [(0.002, True), (0.003, True), (0.0031, False)])
def test_ratio_is_held_against_its_bar(work: float, is_met: bool) -> None:
    assert Figure.of("work", Pair(work, 0.001), 3.0).is_met is is_met


def test_table_says_what_was_missed() -> None:
    slow = Figure("memory", 5.0, 4.0, str)
    fast = Figure.of("asking", Pair(0.003, 0.002), 2.0)
    heading, first, second = table([slow, fast])
    assert heading.split() == ["measured", "reference", "ratio", "bar"]
    assert first.split() == ["memory", "5.0", "4.0", "MISSED"]
    assert second.split() == ["asking", "3,000", "µs", "2,000", "µs", "1.50", "2.00", "met"]


def test_picture_draws_parts_of_the_whole() -> None:
    lines = Picture("answer", {"open": 0.003, "sign": 0.001}).lines()
    assert lines[0] == "answer: 4,000 µs"
    assert [line.count("█") for line in lines[1:]] == [30, 10]
    assert Report("Title", [], pictures=[Picture("answer", {"open": 1.0})]).lines()[1] == "====="


def test_middle_pair_is_the_one_of_the_median_ratio() -> None:
    assert middle([Pair(9, 1), Pair(2, 1), Pair(3, 1)]) == Pair(3, 1)
    assert microseconds(0.0000015) == "2 µs"


class _Worker:
    def outer(self) -> None:
        _spin(0.02)
        self.inner()

    def inner(self) -> None:
        _spin(0.04)


def _spin(seconds: float) -> None:
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def test_what_a_part_calls_of_other_parts_counts_as_theirs() -> None:
    clock, worker = PartsClock(), _Worker()
    with clock.watching([("outer", _Worker, "outer"), ("inner", _Worker, "inner")]):
        parts = clock.time(worker.outer, 2)
    assert 0.02 <= parts["outer"] < 0.03
    assert 0.04 <= parts["inner"] < 0.05
    assert parts[REST] < 0.01
