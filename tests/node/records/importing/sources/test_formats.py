from datetime import date
from pathlib import Path

import pytest

from node.errors import ImportRefusedError
from node.records.importing.column_map import ColumnMap
from node.records.importing.load import read_file
from node.records.importing.sources.formats import NamedSource
from tests.node.records.importing.files import ROW, csv_text, row, write
from tests.node.records.importing.sources.made_up import CSC, SSD, TODAY, copied, read, row_of


def test_the_formats_are_named(tmp_path: Path) -> None:
    with pytest.raises(ImportRefusedError) as refused:
        read(NamedSource(tmp_path, "made-up"))
    assert str(refused.value) == f"--format is one of: csv, {SSD}, {CSC}"


def test_a_census_alone_is_no_source(tmp_path: Path) -> None:
    with pytest.raises(ImportRefusedError, match="--statuses"):
        read(NamedSource(tmp_path, "cin-census"))


@pytest.mark.parametrize("name", [SSD, CSC])
def test_a_format_without_telephone_numbers_needs_a_contact_directory(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(ImportRefusedError, match="--contacts"):
        read(NamedSource(tmp_path, name))


@pytest.mark.parametrize("name", ["statuses", "contacts"])
def test_a_file_to_be_laid_over_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, csv_text([ROW]))
    over = {name: tmp_path / "nothing"}
    with pytest.raises(ImportRefusedError, match=r"cannot read .*nothing"):
        read(NamedSource(path, statuses=over.get("statuses"), contacts=over.get("contacts")))


def test_a_file_of_our_columns_is_read_as_it_is_without_what_is_laid_over(tmp_path: Path) -> None:
    rows = [row(), row(case_reference="C-2", surname="Jones")]
    path = write(tmp_path, csv_text(rows))
    content, plain = read(NamedSource(path)), read_file(path, TODAY)
    assert [each.involvement.encode() for each in content.rows] == [
        each.involvement.encode() for each in plain.rows
    ]
    assert content.report == plain.report


def test_problems_of_a_file_of_our_columns_are_placed_by_line(tmp_path: Path) -> None:
    path = write(tmp_path, csv_text([row(team="")]) + "C-2\r\n")
    content = read(NamedSource(path))
    assert [str(problem.place) for problem in content.report.problems] == ["line 2", "line 3"]


@pytest.mark.parametrize("is_mapped", [False, True])
def test_beside_a_contact_directory_no_telephone_is_needed(tmp_path: Path, is_mapped: bool) -> None:
    contacts = copied(tmp_path).contacts
    columns = {name: (name,) for name in ROW if name != "telephone"}
    path = write(tmp_path, csv_text([{name: ROW[name] for name in columns}]))
    column_map = ColumnMap(columns=columns) if is_mapped else None
    content = read(NamedSource(path, contacts=contacts, column_map=column_map))
    [each] = content.rows
    assert each.involvement.contact.telephone == "020 7946 0001"
    with pytest.raises(ImportRefusedError, match="telephone, or give a contact directory"):
        read(NamedSource(path))


def test_a_census_and_a_contact_directory_are_laid_over_our_columns_too(tmp_path: Path) -> None:
    files = copied(tmp_path)
    rows = [row(case_reference="101", telephone=""), row(case_reference="C-2", telephone="")]
    rows[1] |= {"upn": "X801200001002", "date_of_birth": "15/01/2013"}
    rows[0] |= {"date_of_birth": "2015-03-04", "involvement": "section 47 enquiry"}
    path = write(tmp_path, csv_text(rows))
    source = NamedSource(path, statuses=files.census, contacts=files.contacts)
    content = read(source)
    assert content.report.problem_count == 0
    assert row_of(content, "101").involvement.closed_on == date(2025, 5, 20)
    assert row_of(content, "C-2").involvement.closed_on == date(2025, 2, 1)
    assert row_of(content, "C-2").involvement.contact.telephone == "020 7946 0001"
