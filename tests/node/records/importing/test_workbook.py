import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import pytest

from node.errors import ImportRefusedError
from node.records.importing import workbook, workbook_scan
from node.records.importing.load import read_file
from node.records.importing.table import open_table
from node.records.importing.table_row import TableRow
from node.records.importing.workbook import workbook_tables
from tests.node.records.importing.files import ROW, TODAY, row, rows
from tests.node.records.importing.workbooks import Error, Value, rows_of, write_workbook

EXAMPLES = Path(__file__).parent / "examples"


def read(path: Path, sheet: int | None = None) -> Sequence[TableRow]:
    return [each for each in open_table(path, sheet=sheet).rows() if isinstance(each, TableRow)]


def cells(folder: Path, *values: Value) -> tuple[str, ...]:
    """Return what the cells of one line are read as."""
    path = write_workbook(folder / "cells.xlsx", [list(values)])
    [line] = workbook_tables(path)[0].read()
    return getattr(line, "cells", ())


def refusal(path: Path, sheet: int | None = None) -> str:
    with pytest.raises(ImportRefusedError) as caught:
        read(path, sheet)
    return str(caught.value)


def test_reads_a_sheet_with_titles_and_empty_lines_by_excels_line_numbers(tmp_path: Path) -> None:
    header, *lines = rows_of(rows(2))
    path = write_workbook(
        tmp_path / "export.xlsx", [["Open cases"], [], header, [], lines[0], [None, " "], lines[1]]
    )
    found = open_table(path)
    assert found.found.description == "workbook, sheet 1 of 1, header in line 3"
    assert [each.line for each in read(path)] == [5, 7]
    assert [each.cells["case_reference"] for each in read(path)] == ["C-1", "C-2"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (9990000018, "9990000018"),
        (9990000018.0, "9990000018"),
        (12.5, "12.5"),
        (0.1, "0.1"),
        (1e-7, "0.0000001"),
        (-3.0, "-3"),
        (123456789012345, "123456789012345"),
        (1234567890123456, "1.23457E+15"),
        (1.5e20, "1.50000E+20"),
        (date(2015, 3, 4), "2015-03-04"),
        (datetime.fromisoformat("2015-03-04 14:35"), "2015-03-04 14:35:00"),
        (True, "TRUE"),
        (False, "FALSE"),
        (" Smith ", "Smith"),
        ("00123", "00123"),
        (Error("#N/A"), "#N/A"),
        (Error("#REF!"), "#REF!"),
        (Error("#DIV/0!"), "#DIV/0!"),
    ],
    ids=str,
)
def test_cells_become_the_text_that_a_person_sees(tmp_path: Path, value: Value, text: str) -> None:
    assert cells(tmp_path, "before", value, "after") == ("before", text, "after")


def test_numbers_in_columns_of_days_are_days(tmp_path: Path) -> None:
    line = rows_of([{**ROW, "date_of_birth": 42067, "last_updated": 45810}])
    content = read_file(write_workbook(tmp_path / "export.xlsx", line), TODAY)
    [found] = content.rows
    assert found.identity.date_of_birth == date(2015, 3, 4)
    assert found.involvement.updated_on == date(2025, 6, 2)


@pytest.mark.parametrize("is_1904", [True, False])
def test_a_number_in_the_calendar_of_1904_is_no_day(tmp_path: Path, is_1904: bool) -> None:
    """It would be one four years before."""
    line = rows_of([{**ROW, "date_of_birth": 42067}])
    [found] = read(write_workbook(tmp_path / "mac.xlsx", line, is_1904=is_1904))
    assert list(found.faults) == ["date_of_birth"] * is_1904


@pytest.mark.parametrize("value", [date(2025, 1, 12), datetime.fromisoformat("2025-01-12 10:30")])
def test_a_reference_that_is_a_date_is_a_fault(tmp_path: Path, value: date) -> None:
    line = rows_of([row()])
    line[1][line[0].index("case_reference")] = value
    [found] = read(write_workbook(tmp_path / "export.xlsx", line))
    assert list(found.faults) == ["case_reference"]


@pytest.mark.parametrize("value", [True, False])
def test_what_is_true_leads_and_is_never_called_yes(tmp_path: Path, value: bool) -> None:
    line = rows_of([row(surname="x", lead_practitioner="")])
    line[1][line[0].index("surname")] = value
    line[1][line[0].index("lead_practitioner")] = value
    content = read_file(write_workbook(tmp_path / "export.xlsx", line), TODAY)
    assert content.rows[0].identity.surnames == (str(value).upper(),)
    assert content.rows[0].involvement.lead_practitioner is value


def test_the_calendar_of_1904_is_understood(tmp_path: Path) -> None:
    line = rows_of([row()])
    line[1][line[0].index("date_of_birth")] = date(2015, 3, 4)
    path = write_workbook(tmp_path / "mac.xlsx", line, is_1904=True)
    assert read(path)[0].cells["date_of_birth"] == "2015-03-04"


def test_errors_of_formulas_are_faults_of_their_cells(tmp_path: Path) -> None:
    table = rows_of([row(nhs_number="x", surname="y"), row(case_reference="C-2")])
    table[1][table[0].index("nhs_number")] = Error("#N/A")
    table[2][table[0].index("surname")] = Error("#REF!")
    first, second = read(write_workbook(tmp_path / "export.xlsx", table))
    assert list(first.faults) == ["nhs_number"]
    assert list(second.faults) == ["surname"]


def test_what_stands_right_of_the_table_is_not_read(tmp_path: Path) -> None:
    header, line = rows_of([ROW])
    path = write_workbook(tmp_path / "export.xlsx", [header, [*line, None, "a note"]])
    assert [dict(each.cells) for each in read(path)] == [ROW]


def test_the_only_sheet_with_a_header_is_taken(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "export.xlsx", [["a cover"]], rows_of([ROW]), [])
    assert [dict(each.cells) for each in read(path)] == [ROW]


def test_of_several_sheets_with_a_header_one_has_to_be_named(tmp_path: Path) -> None:
    path = write_workbook(
        tmp_path / "export.xlsx", rows_of([ROW]), [["cover"]], rows_of([row(surname="Jones")])
    )
    assert refusal(path).startswith("2 of 3 sheets have a header line")
    assert "--sheet NUMBER" in refusal(path)
    assert read(path, 3)[0].cells["surname"] == "Jones"
    assert "none of the first 20 lines" in refusal(path, 2)
    assert "no sheet 4" in refusal(path, 4)


@pytest.mark.parametrize("sheets", [[[]], [[[]], [[None]]]])
def test_refuses_a_workbook_without_a_cell(tmp_path: Path, sheets: list[list[list[Value]]]) -> None:
    assert refusal(write_workbook(tmp_path / "a.xlsx", *sheets)).startswith("the file is empty")


def test_reads_an_old_workbook() -> None:
    [found] = read(EXAMPLES / "old.xls")
    assert found.cells["case_reference"] == "1001"
    assert found.cells["date_of_birth"] == "2015-03-04"
    assert found.cells["nhs_number"] == "9990000018"


@pytest.mark.parametrize("name", ["password.xlsx", "password.xls"])
def test_refuses_a_workbook_with_a_password(name: str) -> None:
    assert "needs a password" in refusal(EXAMPLES / name)


def test_refuses_a_workbook_that_unpacks_to_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_workbook(tmp_path / "a.xlsx", rows_of([ROW]), big=bytes(100_000))
    assert len(read(path)) == 1
    monkeypatch.setattr(workbook_scan, "UNPACKED_BYTES", 100_000)
    assert "unpacks to more" in refusal(path)


def test_refuses_an_old_workbook_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "OLD_WORKBOOK_BYTES", 1000)
    assert "is larger than" in refusal(EXAMPLES / "old.xls")


@pytest.mark.parametrize("quote", ['"', "'"])
def test_refuses_a_cell_far_from_the_table_before_it_is_parsed(tmp_path: Path, quote: str) -> None:
    far = f"<row r={quote}1048576{quote}><c r={quote}XFD1048576{quote}><v>1</v></c></row>"
    path = changed(tmp_path, "xl/worksheets/sheet1.xml", "</sheetData>", f"{far}</sheetData>")
    assert "far below or right" in refusal(path)


def changed(folder: Path, member: str, old: str, new: str) -> Path:
    """Return a right workbook with a text in one of its members replaced."""
    source = write_workbook(folder / "right.xlsx", rows_of([ROW]))
    path = folder / "changed.xlsx"
    with zipfile.ZipFile(source) as right, zipfile.ZipFile(path, "w") as wrong:
        for name in right.namelist():
            content = right.read(name).decode()
            assert name != member or old in content
            wrong.writestr(name, content.replace(old, new) if name == member else content)
    return path


@pytest.mark.parametrize(
    ("member", "old", "new"),
    [
        pytest.param("xl/workbook.xml", "rId1", "rId9", id="a sheet without a relation"),
        pytest.param("xl/workbook.xml", "<sheet ", "<sheat ", id="no sheets"),
        pytest.param("xl/worksheets/sheet1.xml", "</worksheet>", "<", id="a sheet cut off"),
        pytest.param("xl/_rels/workbook.xml.rels", "sheet1.xml", "sheet7.xml", id="no such sheet"),
    ],
)
def test_refuses_a_damaged_workbook(tmp_path: Path, member: str, old: str, new: str) -> None:
    assert "save it as .xlsx" in refusal(changed(tmp_path, member, old, new))


def test_refuses_an_archive_that_is_no_workbook(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("export.csv", "surname,forename")
    assert "or none" in refusal(path)


@pytest.mark.parametrize("name", ["right.xlsx", "old.xls"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_refuses_a_workbook_cut_off(tmp_path: Path, name: str, share: float) -> None:
    if name == "right.xlsx":
        content = write_workbook(tmp_path / name, rows_of([ROW])).read_bytes()
    else:
        content = (EXAMPLES / name).read_bytes()
    path = tmp_path / "cut.xlsx"
    path.write_bytes(content[: int(len(content) * share)])
    assert "save it as .xlsx" in refusal(path) or "password" in refusal(path)
