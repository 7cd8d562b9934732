from pathlib import Path

import pytest

from node.records.importing.footer import FOOTER_LINES
from node.records.importing.load import read_file
from node.records.importing.problems import WHOLE_ROW
from tests.node.records.importing.files import ROW, TODAY, csv_text, row, rows, write
from tests.node.records.importing.workbooks import rows_of, write_workbook

FOOTERS = (
    *("(1 row affected)", "(7 rows affected)", "(7 rows)", "7 rows selected.", "Total: 7"),
    *("Report run by Wilhelmina Quuxbury", "Completion time: 2025-06-15T10:00:00.1+01:00"),
    *("\x1a", "-----", "***", "OFFICIAL - SENSITIVE data"),
)
TEXT = csv_text(rows(3))
NOTE = "lines at the end that are no rows"


@pytest.mark.parametrize("footer", FOOTERS)
@pytest.mark.parametrize("padding", ["", ",,,,,,,"])
@pytest.mark.parametrize("line_end", ["\r\n", ""])
def test_a_footer_is_no_row_and_is_noted_without_its_text(
    tmp_path: Path, footer: str, padding: str, line_end: str
) -> None:
    text = f"{TEXT}\r\n{footer}{padding}{line_end}"
    content = read_file(write(tmp_path, text), TODAY)
    assert (content.report.rows_read, content.report.rows_taken) == (3, 3)
    assert (content.report.problem_count, content.left_out.unknown) == (0, 0)
    [(note, count)] = content.report.notes.items()
    assert note.startswith(NOTE)
    assert count == 1
    assert "Quuxbury" not in note


def test_a_footer_of_several_lines_is_none_of_rows(tmp_path: Path) -> None:
    lines = "\r\n".join(footer for footer in FOOTERS[:8])
    content = read_file(write(tmp_path, TEXT + lines), TODAY)
    assert (content.report.rows_read, list(content.report.notes.values())) == (3, [8])


def test_a_footer_of_a_workbook_is_no_row(tmp_path: Path) -> None:
    sheet = rows_of(rows(2))
    sheet += [[], ["Report run by Wilhelmina Quuxbury"]]
    content = read_file(write_workbook(tmp_path / "a.xlsx", sheet), TODAY)
    assert (content.report.rows_read, content.report.rows_taken) == (2, 2)


@pytest.mark.parametrize(
    "line",
    ["C-9", "C-9,,,,,,,", "1234", "CIN 1234", "C/2015/0012", "Total,7", ",Report run by"],
)
def test_what_may_be_a_row_stays_a_problem_at_the_end_too(tmp_path: Path, line: str) -> None:
    content = read_file(write(tmp_path, f"{TEXT}{line}\r\n"), TODAY)
    assert content.report.rows_left_out == 1
    assert not content.report.notes


def test_the_same_line_between_rows_stays_a_problem(tmp_path: Path) -> None:
    header, first, *others = TEXT.splitlines(keepends=True)
    text = "".join([header, first, "(7 rows affected)\r\n", *others])
    content = read_file(write(tmp_path, text), TODAY)
    [problem] = content.report.problems
    assert (problem.line, problem.column, content.left_out.unknown) == (3, WHOLE_ROW, 1)


def test_more_lines_of_one_cell_than_a_footer_has_are_lost_rows(tmp_path: Path) -> None:
    text = TEXT + "Report run by\r\n" * (FOOTER_LINES + 1)
    content = read_file(write(tmp_path, text), TODAY)
    assert content.left_out.unknown > 0


def test_the_dashes_below_a_header_are_no_row(tmp_path: Path) -> None:
    header, *others = csv_text([row(), row(case_reference="C-2")]).splitlines(keepends=True)
    rule = ",".join("-" * len(name) for name in ROW)
    content = read_file(write(tmp_path, "".join([header, f"{rule}\r\n", *others])), TODAY)
    assert (content.report.rows_read, content.report.problem_count) == (2, 0)
    content = read_file(write(tmp_path, "".join([header, *others, f"{rule}\r\n"])), TODAY)
    assert content.report.rows_left_out == 1
