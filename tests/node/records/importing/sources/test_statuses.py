from datetime import date

import pytest

from node.records.importing.places import Place
from node.records.importing.problems import Note, RowProblem
from node.records.importing.sources.cin_census import Census, CensusChild
from node.records.importing.sources.statuses import with_statuses
from node.records.importing.table_row import Entry, TableRow
from tests.node.records.importing.files import TODAY

UPN, OTHER_UPN = "H801200001001", "X801200001002"
ENDED = date(2025, 2, 1)
CHILD = CensusChild("1", UPN, date(2015, 3, 4), {"child in need": ENDED, "looked after": None})


def census(*children: CensusChild, problems: tuple[RowProblem, ...] = ()) -> Census:
    by_upn: dict[str, CensusChild | None] = {}
    for child in children:
        by_upn[child.upn] = None if child.upn in by_upn else child
    by_upn.pop("", None)
    return Census(date(2025, 3, 31), {child.id: child for child in children}, by_upn, problems)


def row(**cells: str) -> TableRow:
    entries = {"case_reference": "1", "involvement": "Child-in-Need", "last_updated": "2025-01-01"}
    return TableRow(Place("", "line", 2), entries | cells)


def status(entries: list[Entry]) -> tuple[str, str]:
    [given] = [entry for entry in entries if isinstance(entry, TableRow)]
    return given.text("status"), given.text("closed_on")


def notes(entries: list[Entry]) -> list[str]:
    return [f"{each.count} {each.text.split()[0]}" for each in entries if isinstance(each, Note)]


CLOSED = ("closed", "2025-02-01")
AS_IT_WAS = ("", "")


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        pytest.param({}, CLOSED, id="by id"),
        pytest.param({"upn": UPN}, CLOSED, id="by id, same UPN"),
        pytest.param({"upn": "UN1"}, CLOSED, id="by id, no UPN"),
        pytest.param({"date_of_birth": "04/03/2015"}, CLOSED, id="by id, same birth"),
        pytest.param({"date_of_birth": "soon"}, CLOSED, id="by id, no birth that is one"),
        pytest.param({"case_reference": "9", "upn": UPN.lower()}, CLOSED, id="by UPN"),
        pytest.param({"involvement": "looked after"}, ("open", ""), id="open"),
        pytest.param({"status": "open"}, CLOSED, id="instead of its own"),
        pytest.param({"last_updated": "2025-04-01"}, CLOSED, id="newer, but it says nothing"),
        pytest.param({"case_reference": "9"}, AS_IT_WAS, id="another child"),
        pytest.param({"involvement": "youth justice"}, AS_IT_WAS, id="another kind"),
        pytest.param({"involvement": "made up"}, AS_IT_WAS, id="no kind"),
        pytest.param({"upn": OTHER_UPN}, AS_IT_WAS, id="same id, another UPN"),
        pytest.param({"date_of_birth": "2015-03-05"}, AS_IT_WAS, id="same id, another birth"),
        pytest.param(
            {"case_reference": "9", "upn": UPN, "date_of_birth": "2015-03-05"},
            AS_IT_WAS,
            id="same UPN, another birth",
        ),
        pytest.param(
            {"status": "open", "last_updated": "2025-04-01"}, ("open", ""), id="newer, and it says"
        ),
        pytest.param(
            {"closed_on": "2025-03-31", "last_updated": "2025-04-01"},
            ("", "2025-03-31"),
            id="newer, and its closing day says",
        ),
    ],
)
def test_a_row_is_given_the_status_of_its_child_and_kind(
    cells: dict[str, str], expected: tuple[str, str]
) -> None:
    assert status(list(with_statuses([row(**cells)], census(CHILD), TODAY))) == expected


def test_a_row_of_a_upn_that_two_have_stays_and_is_counted() -> None:
    twin = CensusChild("2", UPN, None, {"child in need": None})
    given = list(with_statuses([row(case_reference="9", upn=UPN)], census(CHILD, twin), TODAY))
    assert status(given) == AS_IT_WAS
    assert notes(given) == ["1 rows", "2 children"]


def test_a_row_whose_id_is_of_somebody_else_is_counted_as_not_clear() -> None:
    given = list(with_statuses([row(upn=OTHER_UPN)], census(CHILD), TODAY))
    assert any("not clear" in entry.text for entry in given if isinstance(entry, Note))


@pytest.mark.parametrize("updated", ["2025-04-01", "01-Apr-25", "45748"])
def test_a_newer_row_is_counted(updated: str) -> None:
    newer = row(status="open", last_updated=updated)
    given = list(with_statuses([newer], census(CHILD), TODAY))
    assert notes(given) == ["1 rows"]
    assert any("updated after the census" in each.text for each in given if isinstance(each, Note))


def test_no_child_is_added_and_those_in_no_row_are_counted() -> None:
    others = [CensusChild(str(number), "", None, {"child in need": None}) for number in (7, 8)]
    given = list(with_statuses([row()], census(CHILD, *others), TODAY))
    assert len([entry for entry in given if isinstance(entry, TableRow)]) == 1
    assert notes(given) == ["1 rows", "2 children"]


def test_what_is_wrong_with_the_census_comes_along() -> None:
    problem = RowProblem(Place("census", "child", 1), "LAchildID", "give each child its own")
    assert next(iter(with_statuses([], census(problems=(problem,)), TODAY))) == problem


def test_problems_and_notes_of_the_source_pass() -> None:
    given: list[Entry] = [
        Note("something"),
        RowProblem(Place("", "line", 2), "team", "fill it in"),
    ]
    assert list(with_statuses(given, census(), TODAY)) == given
