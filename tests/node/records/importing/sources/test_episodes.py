from datetime import date

import pytest

from node.records.importing.places import Place
from node.records.importing.sources.episodes import (
    CARE_LEAVER,
    Episode,
    Episodes,
    birth_cells,
    is_over,
    read_episode,
)
from node.records.importing.table_row import Origin
from tests.node.records.importing.sources.made_up import TODAY

BEGAN = Origin(Place("plans", "line", 2), "began")
ENDED = Origin(Place("plans", "line", 2), "ended")


def episode(began: str, ended: str = "", kind: str = "child in need") -> Episode:
    found = read_episode(kind, (BEGAN, began), (ENDED, ended), TODAY)
    assert isinstance(found, Episode)
    return found


def test_an_episode_is_known_of_until_its_last_day() -> None:
    assert episode("2025-01-02").updated_on == date(2025, 1, 2)
    assert episode("2025-01-02", "2025-03-04").updated_on == date(2025, 3, 4)


def test_work_after_its_beginning_makes_an_open_one_newer_and_a_closed_one_not() -> None:
    day = date(2025, 5, 5)
    assert episode("2025-01-02").worked_on(day).updated_on == day
    assert episode("2025-01-02").worked_on(date(2024, 5, 5)).updated_on == date(2025, 1, 2)
    assert episode("2025-01-02", "2025-03-04").worked_on(day).updated_on == date(2025, 3, 4)


@pytest.mark.parametrize(
    ("dates", "chosen"),
    [
        pytest.param([("2025-01-01", ""), ("2024-01-01", "2025-05-01")], 0, id="open first"),
        pytest.param([("2024-01-01", "2025-05-01"), ("2025-01-01", "")], 1, id="open last"),
        pytest.param([("2024-01-01", ""), ("2025-01-01", "")], 1, id="two open"),
        pytest.param([("2024-01-01", "2025-02-01"), ("2024-02-01", "2025-01-01")], 0, id="closed"),
    ],
)
def test_of_one_kind_the_newest_open_one_counts_or_else_the_last(
    dates: list[tuple[str, str]], chosen: int
) -> None:
    episodes, given = Episodes(), [episode(*each) for each in dates]
    for each in given:
        episodes.add("1", each)
    assert list(episodes.of("1")) == [given[chosen]]


def test_kinds_and_children_stand_apart() -> None:
    episodes = Episodes()
    episodes.add("1", episode("2025-01-01"))
    episodes.add("1", episode("2025-01-01", kind="looked after"))
    episodes.add("2", episode("2025-01-01"))
    assert [len(list(episodes.of(child))) for child in ("1", "2", "3")] == [2, 1, 0]
    assert "3" not in episodes


def test_what_was_closed_a_year_ago_is_over_and_not_a_day_before() -> None:
    assert is_over(episode("2024-01-01", "2024-06-15"), "", TODAY)
    assert not is_over(episode("2024-01-01", "2024-06-16"), "", TODAY)


@pytest.mark.parametrize(
    ("kind", "born_on", "over"),
    [
        *((CARE_LEAVER, "1999-12-31", True), (CARE_LEAVER, "2000-01-01", False)),
        *((CARE_LEAVER, "soon", False), ("child in need", "1985-01-01", False)),
    ],
)
def test_only_a_care_leaver_past_25_is_over_by_age(kind: str, born_on: str, over: bool) -> None:
    assert is_over(episode("2025-01-01", kind=kind), born_on, TODAY) is over


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        pytest.param(("2015-03-04", "", "Ada", "X"), {"date_of_birth": "2015-03-04"}, id="born"),
        pytest.param(
            ("2015-03-04", "2015-03-10", "Ada", "Marlow"),
            {"date_of_birth": "2015-03-04"},
            id="born, and was due",
        ),
        pytest.param(("", "2025-09-01", "", "Marlow"), {"due_date": "2025-09-01"}, id="unborn"),
        pytest.param(
            ("", "2025-06-01", "Baby", "Marlow"), {"due_date": "2025-06-01"}, id="overdue"
        ),
        pytest.param(
            ("", "2011-05-05", "Hal", "Ibsen"), {"date_of_birth": "2011-05-05"}, id="estimated"
        ),
        pytest.param(("", "May", "Hal", "Ibsen"), {"due_date": "May"}, id="no date"),
        pytest.param(("", "", "Hal", "Ibsen"), {"date_of_birth": ""}, id="nothing"),
    ],
)
def test_when_a_child_was_or_will_be_born(
    entries: tuple[str, str, str, str], expected: dict[str, str]
) -> None:
    assert birth_cells(*entries, TODAY) == expected
