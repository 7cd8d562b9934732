"""Each bench in small: it runs, and its ratios are of the right order. `make bench` is whole."""

from collections.abc import Callable
from pathlib import Path
from statistics import median

import pytest

from tests.bench import answering, asking, bulk, fan_out, memory, pages, tables
from tests.bench.measuring import MEBIBYTE
from tests.bench.report import Report
from tests.node.asking.scripted import known
from tests.node.small_federation import ENTRIES, MEMBERS
from tests.node.web.visiting import Town

MOST_RATIO = 20.0
"""Far above every bar: what grows with the records, or the members squared, is above it too."""

SMALL: dict[str, Callable[[], Report]] = {
    "answering": lambda: answering.run(records=2_000, calls=10, repeats=1),
    "a hub's round": lambda: fan_out.run(links=5, rounds=5, repeats=1),
    "asking": lambda: asking.run(members=5, rounds=2, repeats=1),
}


@pytest.mark.parametrize("run", SMALL.values(), ids=SMALL)
def test_bench_measures_a_ratio_to_its_primitives(run: Callable[[], Report]) -> None:
    report = run()
    assert report.figures
    for figure in report.figures:
        assert figure.reference is not None
        assert 1.0 < figure.value < MOST_RATIO, figure.name
    for picture in report.pictures:
        assert picture.lines()


def test_bulk_evaluation_is_measured_against_its_multiplications() -> None:
    report = bulk.run(rows=25)
    of_cpu, of_memory, of_next = report.figures
    assert 1.0 < of_cpu.value < MOST_RATIO
    assert of_memory.reference is None
    assert 0.0 < of_next.value < 1.0
    assert "EXTRAPOLATED" in report.notes[0]


def test_memory_does_not_follow_the_rounds() -> None:
    report = memory.run(rounds=100, links=3)
    assert [figure.value < 16 * MEBIBYTE for figure in report.figures] == [True, True]


def test_table_is_built_while_the_loop_ticks() -> None:
    report = tables.run(records=5_000, small=500)
    seconds, stall, *of_memory = report.figures
    assert seconds.is_met
    assert 0.0 < stall.value < 1.0
    assert [figure.is_met for figure in of_memory] == [True, True]


def test_answers_are_timed_to_who_follows_them() -> None:
    timed = pages.time_answers()
    assert len(timed) == MEMBERS
    assert 0.0 < max(timed) < 1.0


def test_people_at_the_pages_are_timed(tmp_path: Path) -> None:
    town = Town(tmp_path)
    town.lookups.results = [known(number) for number in range(1, MEMBERS + 1)]

    async def visit(cookies: list[str]) -> tuple[list[float], pages.Seen]:
        async with pages.served(town) as port:
            return await pages.visit(port, cookies, [ENTRIES], 1.0, think_seconds=0.1)

    with town.open:
        cookies = [pages.cookie_of(town.accounts, f"person-{number}") for number in range(3)]
        alone, crowd = town.run(visit(cookies))
    assert 0.0 < median(alone) < 1.0
    assert crowd.questions > 0
    assert crowd.pages > len(crowd.ask_pages) > 0
