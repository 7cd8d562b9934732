import pytest

from node.errors import ImportRefusedError
from node.records.importing import gathering
from node.records.importing.content import CaseRows, FileContent, LeftOut
from node.records.importing.load import read_rows
from node.records.importing.places import Place, on_line
from node.records.importing.problems import WHOLE_ROW, Done, Note, RowProblem
from node.records.importing.table_row import Entry, FaultyRow, Origin, TableRow
from protocol.messages.vocabulary import InvolvementKind
from tests.node.records.importing.files import ROW, TODAY

PERSON, PLAN = Place("ssd_person", "line", 9), Place("ssd_cp_plans", "line", 4)


def row(number: int = 2, **cells: str) -> TableRow:
    return TableRow(on_line(number), ROW | cells)


def gathered(*entries: Entry) -> FileContent:
    return read_rows(entries, TODAY)


def problem(place: Place = PLAN, done: Done = Done.LEFT_OUT) -> RowProblem:
    return RowProblem(place, "cppl_person_id", "is shortened", done)


def test_a_problem_stands_where_its_cell_came_from_under_the_name_it_has_there() -> None:
    faulty = TableRow(
        on_line(2), ROW | {"surname": "1"}, origins={"surname": Origin(PERSON, "pers_surname")}
    )
    [found] = gathered(faulty).report.problems
    assert (found.place, found.name, found.column) == (PERSON, "pers_surname", "surname")


def test_a_cell_under_another_name_is_left_empty_as_it_would_be_under_ours() -> None:
    upn = Origin(PERSON, "pers_upn")
    content = gathered(TableRow(on_line(2), ROW | {"upn": "A"}, origins={"upn": upn}))
    [found] = content.report.problems
    assert (found.name, found.done) == ("pers_upn", Done.LEFT_EMPTY)
    assert (content.report.left_empty, len(content.rows)) == ({"upn": 1}, 1)


def test_what_is_known_of_a_column_is_not_said_again_in_other_words() -> None:
    found = gathered(row(telephone="", team="").with_fault("telephone", "no line")).report.problems
    assert [each.column for each in found] == ["team", "telephone"]
    assert found[1].reason == "no line"


def test_a_row_that_cannot_be_made_leaves_what_is_held_of_it() -> None:
    kinds = ("child protection plan", "", "")
    faulty = [
        FaultyRow(case, kind, (problem(),))
        for case, kind in zip(("C-1", "C-2", ""), kinds, strict=True)
    ]
    content = gathered(*faulty, problem())
    plan = InvolvementKind.CHILD_PROTECTION_PLAN
    assert content.left_out == LeftOut(frozenset({("C-1", plan)}), frozenset({"C-2"}), 2)
    assert (content.report.rows_read, content.report.rows_left_out) == (4, 4)


def test_a_right_row_beside_one_that_cannot_be_made_is_not_taken() -> None:
    """Of two episodes the one that can be read may be the older."""
    content = gathered(row(), FaultyRow("C-1", "child in need", (problem(),)))
    assert content.rows == []
    assert str(content.report.problems[0].reason).startswith("ssd_cp_plans line 4 has the same")


def test_a_line_beside_the_rows_that_is_faulty_is_no_row() -> None:
    content = gathered(row(), problem(done=Done.NOT_USED))
    report = content.report
    assert (report.rows_read, report.rows_left_out, report.lines_not_used) == (1, 0, 1)
    assert (report.problem_count, content.left_out) == (1, LeftOut())


def test_what_no_node_answers_of_is_left_out_and_counted() -> None:
    over = row(status="closed", closed_on="2024-06-15", postcode="SW1")
    adult = row(case_reference="C-2", date_of_birth="2007-01-01", involvement="care leaver")
    content = gathered(over, row(3, case_reference="C-3"), adult)
    assert [each.case_reference for each in content.rows] == ["C-3", "C-2"]
    assert list(content.report.notes.values()) == [1]
    assert (content.report.rows_over, content.report.problem_count) == (1, 0)
    assert (content.report.rows_left_out, content.report.rows_repeated) == (0, 0)
    assert content.left_out == LeftOut()
    assert content.over == CaseRows(frozenset({("C-1", InvolvementKind.CHILD_IN_NEED)}))


def test_of_two_rows_that_differ_the_one_that_is_over_still_counts() -> None:
    over = row(3, status="closed", closed_on="2024-06-15")
    content = gathered(row(), over)
    assert (content.rows, content.report.rows_left_out) == ([], 2)
    assert {each.column for each in content.report.problems} == {WHOLE_ROW}


def test_notes_of_one_text_are_added_up() -> None:
    content = gathered(Note("a"), Note("b"), Note("a", 2))
    assert content.report.notes == {"a": 3, "b": 1}
    assert content.report.rows_read == 0


def test_refuses_more_rows_than_a_file_may_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "ROWS", 2)
    rows = [row(place, case_reference=f"C-{place}") for place in range(3)]
    assert gathered(*rows[:2]).report.rows_read == 2
    with pytest.raises(ImportRefusedError, match="more than 2 rows"):
        gathered(*rows)


def test_repr_reveals_nothing() -> None:
    said = repr(gathered(row())) + repr(row()) + repr(FaultyRow("C-1", "", (problem(),)))
    assert not [value for value in ROW.values() if value in said]
