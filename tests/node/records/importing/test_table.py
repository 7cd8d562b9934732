from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from node.errors import ImportRefusedError
from node.records.importing import table
from node.records.importing.columns import COLUMNS, REQUIRED
from node.records.importing.problems import WHOLE_ROW, Note, RowProblem
from node.records.importing.table import open_table
from node.records.importing.table_row import TableRow
from node.records.importing.text_file import ROW_CHARACTERS
from tests.node.records.importing.files import ROW, csv_text, row, rows, write

HEADER = ",".join(REQUIRED)
LINE = ",".join(ROW.values())


def read(folder: Path, content: str | bytes) -> Sequence[TableRow | RowProblem]:
    found = open_table(write(folder, content)).rows()
    return [entry for entry in found if not isinstance(entry, Note)]


def cells_of(folder: Path, content: str | bytes) -> list[dict[str, str]]:
    found = read(folder, content)
    return [dict(entry.cells) for entry in found if isinstance(entry, TableRow)]


def lines_of(folder: Path, content: str | bytes) -> list[int]:
    return [entry.line for entry in read(folder, content)]


def problems_of(folder: Path, content: str | bytes) -> list[tuple[int, str, str]]:
    found = read(folder, content)
    return [(e.line, e.column, e.reason) for e in found if isinstance(e, RowProblem)]


def refusal(folder: Path, content: str | bytes) -> str:
    with pytest.raises(ImportRefusedError) as caught:
        read(folder, content)
    return str(caught.value)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("mark", ["", "\ufeff", "\ufeff\ufeff"])
def test_recognises_delimiter_and_byte_order_mark(
    tmp_path: Path, delimiter: str, mark: str
) -> None:
    assert cells_of(tmp_path, mark + csv_text([ROW], delimiter)) == [ROW]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_counts_lines_as_a_spreadsheet_does(tmp_path: Path, line_end: str) -> None:
    text = line_end.join(["", HEADER, LINE, "", LINE, f'"C\n2"{LINE[3:]}', LINE])
    assert lines_of(tmp_path, text) == [3, 5, 6, 7]


def test_the_last_line_needs_no_line_end(tmp_path: Path) -> None:
    assert len(read(tmp_path, f"{HEADER}\n{LINE}")) == 1


def test_trims_cells_and_keeps_what_quotation_marks_hold(tmp_path: Path) -> None:
    line = LINE.replace("Smith", "  Smith ").replace("Mary", '" Mary ""Molly"", Ann "')
    [cells] = cells_of(tmp_path, f"{HEADER}\n{line}\n")
    assert cells["surname"] == "Smith"
    assert cells["forename"] == 'Mary "Molly", Ann'


@pytest.mark.parametrize("style", [str.upper, str.title, lambda name: f'" {name}  "'])
@pytest.mark.parametrize("gap", ["_", " ", "-", "  "])
def test_header_names_may_be_written_in_many_ways(
    tmp_path: Path, style: Callable[[str], str], gap: str
) -> None:
    header = ",".join(style(name.replace("_", gap)) for name in REQUIRED)
    assert cells_of(tmp_path, f"{header}\n{LINE}\n") == [ROW]


def test_columns_may_stand_in_any_order(tmp_path: Path) -> None:
    backwards = dict(reversed(ROW.items()))
    text = f"{','.join(backwards)}\n{','.join(backwards.values())}\n"
    assert cells_of(tmp_path, text) == [ROW]


def test_empty_columns_and_rows_that_excel_leaves_are_skipped(tmp_path: Path) -> None:
    text = f"{HEADER},,\n{LINE},,\n,,,,,,,,,\n   \n{LINE}\n"
    assert cells_of(tmp_path, text) == [ROW, ROW]


def test_a_row_with_more_or_too_few_cells_is_a_problem_of_that_row(tmp_path: Path) -> None:
    found = problems_of(tmp_path, f"{HEADER}\n{LINE},extra\n{LINE}\nC-3,Smith\n")
    assert [(line, column) for line, column, _ in found] == [(2, WHOLE_ROW), (4, WHOLE_ROW)]
    assert "more cells" in found[0][2]
    assert "fewer cells" in found[1][2]


def test_a_misplaced_quotation_mark_is_a_problem_of_that_row(tmp_path: Path) -> None:
    text = f'{HEADER}\n"C"1{LINE[3:]}\n{LINE}\n"C-3{LINE[3:]}\n'
    found = problems_of(tmp_path, text)
    assert [line for line, _, _ in found] == [2, 4]
    assert all("quotation marks" in reason for _, _, reason in found)


def test_an_unclosed_quotation_mark_does_not_swallow_the_file(tmp_path: Path) -> None:
    text = f'{HEADER}\n{LINE}\n"C-2{LINE[3:]}\n' + f"{LINE}\n" * ROW_CHARACTERS
    assert "the row on line 3 is longer" in refusal(tmp_path, text)


def test_a_row_of_the_greatest_length_is_read(tmp_path: Path) -> None:
    longest = LINE + " " * (ROW_CHARACTERS - len(LINE) - 1)
    assert cells_of(tmp_path, f"{HEADER}\n{longest}\n") == [ROW]
    assert "is longer" in refusal(tmp_path, f"{HEADER}\n{longest} \n")


def test_refuses_more_rows_than_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "ROWS", 3)
    assert len(read(tmp_path, csv_text(rows(3)))) == 3
    assert "more than 3 rows" in refusal(tmp_path, csv_text(rows(4)))


def test_refuses_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ImportRefusedError, match="cannot read"):
        open_table(tmp_path / "no-such-file.csv")


def test_refuses_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ImportRefusedError, match="cannot read"):
        open_table(tmp_path)


@pytest.mark.parametrize("content", ["", "\ufeff", "\r\n\n", "  \n"])
def test_refuses_an_empty_file(tmp_path: Path, content: str) -> None:
    assert refusal(tmp_path, content).startswith("the file is empty")


@pytest.mark.parametrize("content", [HEADER, f"{HEADER}\n\n", f"{HEADER}\n,,,,,,,\n"])
def test_refuses_a_header_without_rows(tmp_path: Path, content: str) -> None:
    assert "no rows" in refusal(tmp_path, content)


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("cp1252", "Windows-1252"),
    ],
)
def test_says_how_a_text_was_read(tmp_path: Path, codec: str, name: str) -> None:
    path = write(tmp_path, csv_text([row(surname="Müller")], ";").encode(codec))
    table = open_table(path)
    assert table.found.description == f"{name} text, separated by semicolons, header in line 1"
    [entry] = table.rows()
    assert isinstance(entry, TableRow)
    assert entry.cells["surname"] == "Müller"


def test_titles_and_repeated_headers_are_no_rows(tmp_path: Path) -> None:
    text = f"Open cases; of, all teams\n\n{HEADER}\n{LINE}\n{HEADER.upper()}\n{LINE}\n"
    assert lines_of(tmp_path, text) == [4, 6]


def test_the_hint_that_excel_reads_its_separator_from_is_no_row(tmp_path: Path) -> None:
    assert cells_of(tmp_path, "sep=;\r\n" + csv_text([ROW], ";")) == [ROW]


def test_files_put_together_have_their_mark_and_header_again(tmp_path: Path) -> None:
    one = f"\ufeff{HEADER}\n{LINE}\n"
    assert lines_of(tmp_path, one + one) == [2, 4]


@pytest.mark.parametrize("column", COLUMNS)
def test_what_a_formula_keeps_as_text_is_read_as_text(tmp_path: Path, column: str) -> None:
    [cells] = cells_of(tmp_path, csv_text([row(**{column: '="0012"'})]))
    assert cells[column] == "0012"


def test_a_cell_with_an_error_is_a_fault_of_its_column(tmp_path: Path) -> None:
    [entry] = read(tmp_path, csv_text([row(nhs_number="#N/A", postcode="'SW1A 1AA")]))
    assert isinstance(entry, TableRow)
    assert list(entry.faults) == ["nhs_number"]
    assert "nhs_number" not in entry.cells
    assert entry.cells["postcode"] == "SW1A 1AA"


def test_refuses_a_web_page_with_the_name_of_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "export.xls"
    path.write_text("<html><table><tr><td>surname</td></tr></table></html>")
    with pytest.raises(ImportRefusedError, match="is a web page or XML"):
        open_table(path)


def test_refuses_what_is_no_regular_file() -> None:
    with pytest.raises(ImportRefusedError, match="no regular file"):
        open_table(Path("/dev/null"))


def test_refuses_a_sheet_of_a_text(tmp_path: Path) -> None:
    with pytest.raises(ImportRefusedError, match="no sheet 2"):
        open_table(write(tmp_path, csv_text([ROW])), sheet=2)


def test_repr_of_a_row_reveals_nothing(tmp_path: Path) -> None:
    [entry] = read(tmp_path, csv_text([ROW]))
    assert not any(value in repr(entry) for value in ROW.values())
