"""Section 90 of the spec: each threat names tests that exist, each residue its reason."""

import ast
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from re import findall

import pytest

ROOT = Path(__file__).parents[1]
THREATS = ROOT / "protocol" / "spec" / "90-threats.md"

NOTHING = "-"


HEADINGS = ("tries", "happens")


@dataclass(frozen=True)
class Threat:
    """One row: who tries what, what stops it, what is left, which tests show it."""

    tries: str
    stopped_by: str
    residue: str
    tests: tuple[str, ...]


@lru_cache
def threats() -> tuple[Threat, ...]:
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in THREATS.read_text().splitlines()
        if line.startswith("| ")
    ]
    return tuple(
        Threat(tries, stopped_by, residue, tuple(findall(r"`(test_\w+)`", tests)))
        for tries, stopped_by, residue, tests in rows
        if tries not in HEADINGS
    )


@lru_cache
def names_of_tests() -> frozenset[str]:
    names = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                names.add(node.name)
    return frozenset(names)


def test_there_are_threats() -> None:
    assert len(threats()) > 40


@pytest.mark.parametrize("threat", threats(), ids=lambda threat: threat.tries[:60])
def test_threat_names_tests_that_exist(threat: Threat) -> None:
    assert set(threat.tests) <= names_of_tests()


@pytest.mark.parametrize("threat", threats(), ids=lambda threat: threat.tries[:60])
def test_threat_that_something_stops_has_a_test(threat: Threat) -> None:
    assert threat.tests or threat.stopped_by.startswith("nothing")


@pytest.mark.parametrize("threat", threats(), ids=lambda threat: threat.tries[:60])
def test_threat_that_nothing_stops_says_what_is_left(threat: Threat) -> None:
    assert threat.residue != NOTHING or not threat.stopped_by.startswith("nothing")
