from node.records.importing.columns import COLUMNS
from node.records.importing.problems import RowProblem
from node.records.importing.report import PROBLEMS_KEPT, ReportBuilder, format_report


def problem(line: int, column: str = "team", reason: str = "fill it in") -> RowProblem:
    return RowProblem(line, column, reason)


def test_counts_rows_problems_and_columns() -> None:
    builder = ReportBuilder()
    builder.count_row(["surname", "upn"])
    builder.count_row(["surname"])
    builder.count_problems([problem(4), problem(4, "email"), problem(4, "email", "other")])
    report = builder.build()
    assert (report.rows_read, report.rows_with_problems, report.problem_count) == (3, 1, 3)
    assert report.rows_without_problems == 2
    assert report.problems_by_column == {"email": 2, "team": 1}
    assert (report.filled["surname"], report.filled["upn"], report.filled["email"]) == (2, 1, 0)
    assert tuple(report.filled) == COLUMNS


def test_keeps_the_first_problems_and_counts_all() -> None:
    builder = ReportBuilder()
    for line in range(2, PROBLEMS_KEPT + 2):
        builder.count_problems([problem(line), problem(line, "email")])
    report = builder.build()
    assert report.problem_count == 2 * PROBLEMS_KEPT
    assert len(report.problems) == PROBLEMS_KEPT
    assert report.problems[0] == problem(2)
    assert "the first 1,000 of 2,000 problems" in format_report(report)


def test_problems_with_one_cause_stand_together_the_most_frequent_first() -> None:
    builder = ReportBuilder()
    builder.count_problems([problem(2, "email", "give one address")])
    for line in (3, 4, 5, 9):
        builder.count_problems([problem(line)])
    text = format_report(builder.build())
    assert "  team: fill it in\n      lines 3-5, 9\n" in text
    assert "  email: give one address\n      line 2\n" in text
    assert text.index("team: fill") < text.index("email: give")


def test_a_file_without_problems_says_only_how_complete_it_is() -> None:
    builder = ReportBuilder()
    for number in range(1000):
        builder.count_row(["surname", "upn"] if number else ["surname"])
    text = format_report(builder.build())
    assert "mend" not in text
    assert "  surname                    1,000  100 %\n" in text
    assert "  upn                          999   99 %\n" in text


def test_a_file_with_problems_only_has_no_completeness() -> None:
    builder = ReportBuilder()
    builder.count_problems([problem(2)])
    assert "complete" not in format_report(builder.build())


def test_lines_fit_a_terminal() -> None:
    builder = ReportBuilder()
    for line in range(2, 2000, 2):
        builder.count_problems([problem(line, "out_of_hours_telephone", "word " * 50)])
    assert max(map(len, format_report(builder.build()).splitlines())) <= 80
