import pytest

from node.records.importing import report as report_module
from node.records.importing.columns import COLUMNS
from node.records.importing.places import Place, on_line
from node.records.importing.problems import Done, Note, RowProblem
from node.records.importing.report import ReportBuilder
from node.records.importing.report_text import RANGES_SHOWN, format_report
from node.records.importing.rows import RowSays


def problem(
    line: int, column: str = "team", reason: str = "fill it in", done: Done = Done.LEFT_OUT
) -> RowProblem:
    return RowProblem(on_line(line), column, reason, done)


def test_counts_rows_problems_and_columns() -> None:
    builder = ReportBuilder()
    builder.count([], RowSays(("surname", "upn")))
    builder.count([problem(3, "email", done=Done.LEFT_EMPTY)], RowSays(("surname",)))
    builder.count([problem(4), problem(4, "email"), problem(4, "email", "other")], None)
    builder.count([problem(5, done=Done.TAKEN_ONCE)], None)
    report = builder.build("UTF-8 text")
    assert (report.rows_read, report.rows_taken, report.rows_left_out) == (4, 2, 1)
    assert report.rows_repeated == 1
    assert report.problem_count == 5
    assert report.problems_by_column == {"email": 3, "team": 2}
    assert report.left_empty == {"email": 1}
    assert (report.filled["surname"], report.filled["upn"], report.filled["email"]) == (2, 1, 0)
    assert tuple(report.filled) == COLUMNS
    assert report.description == "UTF-8 text"


def test_keeps_the_first_problems_and_counts_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_module, "PROBLEMS_KEPT", 1000)
    builder = ReportBuilder()
    for line in range(2, 1002):
        builder.count([problem(line), problem(line, "email")], None)
    report = builder.build()
    assert report.problem_count == 2000
    assert len(report.problems) == 1000
    assert report.problems[0] == problem(2)
    assert "the first 1,000 of 2,000 problems" in format_report(report)


def test_problems_with_one_cause_stand_together_the_most_frequent_first() -> None:
    builder = ReportBuilder()
    builder.count([problem(2, "email", "give one address", Done.LEFT_EMPTY)], RowSays())
    for line in (3, 4, 5, 9):
        builder.count([problem(line)], None)
    text = format_report(builder.build())
    assert "  team: fill it in\n      row left out (4): lines 3-5, 9\n" in text
    assert "  email: give one address\n      field left empty (1): line 2\n" in text
    assert text.index("team: fill") < text.index("email: give")


def test_names_the_first_lines_of_a_kind_or_all_and_counts_all() -> None:
    builder = ReportBuilder()
    for line in range(2, 202, 2):
        builder.count([problem(line)], None)
    text = " ".join(format_report(builder.build()).split())
    assert "row left out (100): lines 2, 4, 6, " in text
    assert f", {2 * RANGES_SHOWN} and more" in text
    assert f", {2 * RANGES_SHOWN + 2}" not in text
    text = " ".join(format_report(builder.build(), ranges_shown=None).split())
    assert f", {2 * RANGES_SHOWN + 2}, " in text
    assert text.endswith(", 198, 200")


def test_a_file_without_problems_says_only_what_some_rows_leave_empty() -> None:
    builder = ReportBuilder()
    for number in range(1000):
        builder.count([], RowSays(("surname", "upn") if number else ("surname",)))
    text = format_report(builder.build())
    assert "mend" not in text
    assert "surname" not in text
    assert "  upn                            1    1 %\n" in text


def test_a_file_with_problems_only_has_no_empty_columns() -> None:
    builder = ReportBuilder()
    builder.count([problem(2)], None)
    assert "leave empty" not in format_report(builder.build())


def test_lines_fit_a_terminal() -> None:
    builder = ReportBuilder()
    for line in range(2, 2000, 2):
        builder.count([problem(line, "out_of_hours_telephone", "word " * 50)], None)
    assert max(map(len, format_report(builder.build("word " * 30)).splitlines())) <= 80


def placed(within: str, unit: str, number: int, reason: str = "fill it in") -> RowProblem:
    return RowProblem(Place(within, unit, number), "team", reason)


def test_problems_of_one_cause_stand_together_with_all_their_places() -> None:
    builder = ReportBuilder()
    for each in (
        placed("ssd_cp_plans", "line", 9, "write it shorter"),
        *(placed("ssd_cp_plans", "line", number) for number in (4, 7, 8, 9)),
        placed("census", "child", 3),
        *(placed("", "child", number) for number in (1, 2)),
    ):
        builder.count([each], None)
    assert format_report(builder.build()).endswith(
        "What to mend\n"
        "  team: fill it in\n"
        "      row left out (7): ssd_cp_plans lines 4, 7-9; census child 3; children 1-2\n"
        "  team: write it shorter\n"
        "      row left out (1): ssd_cp_plans line 9\n"
    )


def test_a_problem_has_the_name_that_the_source_gives_its_column() -> None:
    builder = ReportBuilder()
    called = RowProblem(Place("ssd_person", "line", 9), "surname", "mend", called="pers_surname")
    builder.count([called], None)
    report = builder.build()
    assert report.problems_by_column == {"pers_surname": 1}
    assert "  pers_surname: mend\n" in format_report(report)


def test_what_was_left_out_is_said_and_is_no_problem() -> None:
    builder = ReportBuilder()
    builder.note(Note("children with a purge flag", 1_200))
    builder.count_over()
    text = format_report(builder.build())
    assert "  1,200 children with a purge flag\n  1 involvements that no node" in text
    assert "Rows that are over:                1\n" in text
    assert "What to mend" not in text


def test_lines_that_are_no_rows_are_counted_apart() -> None:
    builder = ReportBuilder()
    not_used = RowProblem(Place("contacts", "line", 3), "team", "fill it in", Done.NOT_USED)
    builder.count_not_used(not_used)
    text = format_report(builder.build())
    assert "Other lines not used:              1\n" in text
    assert "      line not used (1): contacts line 3\n" in text


def test_long_notes_fit_a_terminal() -> None:
    builder = ReportBuilder()
    builder.note(Note("word " * 40))
    for number in range(0, 400, 2):
        builder.count([placed("ssd_cin_episodes", "line", number)], None)
    assert max(map(len, format_report(builder.build()).splitlines())) <= 80
