from pathlib import Path

import pytest

from node.errors import ImportRefusedError
from node.records.importing.column_map import ColumnMap, load_map, write_map
from node.records.importing.columns import COLUMNS, REQUIRED, required_columns
from node.records.importing.content import LeftOut
from node.records.importing.header import Header
from node.records.importing.layout import IGNORED, mapped_layout
from node.records.importing.load import read_file
from node.records.importing.table_row import TableRow
from tests.node.records.importing.files import ROW, TODAY

HEADINGS = {
    "case_reference": "Case ID",
    "surname": "Family Name",
    "forename": ["Given", "Middle"],
    "date_of_birth": "D.O.B.",
    "involvement": "Category",
    "last_updated": "Changed on",
}
CONTENT: dict[str, object] = {
    "columns": HEADINGS,
    "constants": {"team": "Front door", "telephone": "020 7946 0000"},
    "values": {"involvement": {"CP Plan": "child protection plan"}},
}
NAMES = ("case_id", "family_name", "given", "middle", "d.o.b.", "category", "changed_on", "notes")


def column_map(**changes: object) -> ColumnMap:
    return ColumnMap.model_validate(CONTENT | changes)


def row_of(used: ColumnMap, *cells: str) -> TableRow:
    row = mapped_layout(used, Header(1, NAMES, 7)).row(2, cells)
    assert isinstance(row, TableRow)
    return row


def refusal(folder: Path, content: str) -> str:
    path = folder / "main.toml"
    path.write_text(content)
    with pytest.raises(ImportRefusedError) as caught:
        load_map(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_a_row_is_read_by_the_map() -> None:
    row = row_of(column_map(), "1001", "Smith", "Mary", "Ann", "04/03/2015", "cp plan", "x", "note")
    assert row.cells == {
        "case_reference": "1001",
        "surname": "Smith",
        "forename": "Mary Ann",
        "date_of_birth": "04/03/2015",
        "involvement": "child protection plan",
        "last_updated": "x",
        "team": "Front door",
        "telephone": "020 7946 0000",
    }


def test_a_word_that_the_map_does_not_know_stays() -> None:
    row = row_of(column_map(), "1", "", "", "", "", "looked after", "")
    assert row.cells["involvement"] == "looked after"


def test_an_empty_word_can_be_given_a_meaning() -> None:
    used = column_map(values={"involvement": {"": "early help"}})
    assert row_of(used, "1", "", "", "", "", "", "").cells["involvement"] == "early help"


def test_a_row_with_a_word_to_ignore_is_none_and_no_fault(tmp_path: Path) -> None:
    """Not even its other cells are looked at; and what is ignored alone is no file to refuse."""
    columns = HEADINGS | {"status": "State"}
    words = {"involvement": {"Fostering": "ignore"}, "status": {"Cancelled": "ignore"}}
    lines = (
        "Case ID,Family Name,Given,Middle,D.O.B.,Category,Changed on,State",
        "1,Smith,Mary,,04/03/2015,early help,2025-06-01,open",
        "2,Smith,John,,04/03/2015,fostering,2025-06-01,open",
        ",,,,31/02/2015,Fostering,,open",
        "1,Smith,Mary,,04/03/2015,early help,2025-05-01,cancelled",
    )
    path = tmp_path / "export.csv"
    path.write_text("\n".join(lines))
    content = read_file(path, TODAY, column_map(columns=columns, values=words))
    assert [row.case_reference for row in content.rows] == ["1"]
    assert not content.report.problems
    assert content.report.notes == {IGNORED.text: 3}
    assert content.left_out == LeftOut()


def test_the_word_to_ignore_is_one_like_any_other_in_a_file() -> None:
    used = column_map(values={"involvement": {"Fostering": "ignore"}})
    assert row_of(used, "1", "", "", "", "", "ignore", "").cells["involvement"] == "ignore"


def test_several_are_joined_by_what_the_column_lists_with() -> None:
    columns = HEADINGS | {"other_surnames": ["Given", "Middle"], "house": ["Notes", "Middle"]}
    row = row_of(column_map(columns=columns), "1", "S", "A", "B", "", "", "", "Flat 2")
    assert row.cells["other_surnames"] == "A; B"
    assert row.cells["house"] == "Flat 2 B"


def test_an_error_of_one_of_several_is_a_fault_of_the_column() -> None:
    row = row_of(column_map(), "1", "S", "Mary", "#REF!", "", "", "")
    assert list(row.faults) == ["forename"]


def test_month_first_turns_the_dates() -> None:
    used = column_map(date_order="month_first")
    assert (
        row_of(used, "1", "", "", "", "03/04/2015", "", "").cells["date_of_birth"] == "04/03/2015"
    )


def test_headings_fit_however_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(
        'CASE  ID,family-name,Given,middle,d.o.b.,category,"Changed\non"\n'
        "1001,Smith,Mary,,04/03/2015,cp plan,2025-06-01\n"
    )
    assert len(read_file(path, TODAY, column_map()).rows) == 1


def test_headings_that_are_missing_or_there_twice_are_named_and_no_others() -> None:
    names = ("case_id", "wilhelmina", "given", "given", "middle", "category", "d.o.b.")
    with pytest.raises(ImportRefusedError) as caught:
        mapped_layout(column_map(), Header(4, names, 5))
    reason = str(caught.value)
    assert reason.startswith("line 4, the header")
    assert "not in the file: changed_on, family_name" in reason
    assert "in the file twice: given" in reason
    assert "wilhelmina" not in reason


def test_a_file_of_other_columns_is_loaded_by_its_map(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    lines = (
        "Open cases\n\n"
        "Case ID|Notes|Family Name|Given|Middle|D.O.B.|Category|Changed on\n"
        "1001.0|seen; at home|O'Neil|Mary||4 March 2015|CP plan|01/06/2025 10:30\n"
    )
    path.write_bytes(lines.encode("utf-16"))
    content = read_file(path, TODAY, column_map())
    assert content.report.problems == ()
    [row] = content.rows
    assert row.case_reference == "1001"
    assert row.involvement.contact.team == "Front door"


def test_a_file_without_the_maps_headings_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(",".join(ROW) + "\n")
    with pytest.raises(ImportRefusedError, match="headings of this source's column map"):
        read_file(path, TODAY, column_map())


def test_a_map_is_written_as_it_is_read(tmp_path: Path) -> None:
    written = column_map(
        values={"status": {'the "end"': "closed", "läuft": "open"}}, date_order="month_first"
    )
    path = tmp_path / "maps" / "main.toml"
    write_map(path, written)
    assert load_map(path) == written
    assert 'case_reference = "Case ID"' in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_source_without_a_map_has_none(tmp_path: Path) -> None:
    assert load_map(tmp_path / "main.toml") is None


COLUMNS_TOML = "[columns]\n" + "".join(f'{name} = "{name}"\n' for name in REQUIRED)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param("columns = [", "not TOML", id="no TOML"),
        pytest.param("", "columns: is missing", id="nothing"),
        pytest.param(f"order = 1\n{COLUMNS_TOML}", "order: is not a known entry", id="unknown key"),
        pytest.param(f'{COLUMNS_TOML}shoe = "x"', "entry 9 is none of", id="unknown column"),
        pytest.param(COLUMNS_TOML.replace('team = "team"\n', ""), "add team", id="too few columns"),
        pytest.param(f"{COLUMNS_TOML}email = 3", "columns.email", id="a heading that is no text"),
        pytest.param(f'{COLUMNS_TOML}email = ""', "columns.email", id="an empty heading"),
        pytest.param(f"{COLUMNS_TOML}email = []", "columns.email", id="no heading"),
        pytest.param(
            f'date_order = "year_first"\n{COLUMNS_TOML}', "date_order", id="another date order"
        ),
        pytest.param(
            f'{COLUMNS_TOML}[constants]\nsurname = "x"', "constants: entry 1", id="a child's field"
        ),
        pytest.param(
            f'{COLUMNS_TOML}[constants]\nteam = "x"', "team is both", id="column and constant"
        ),
        pytest.param(
            f'{COLUMNS_TOML}[values.team]\na = "b"', "values: entry 1", id="words of another column"
        ),
        pytest.param(
            f'{COLUMNS_TOML}[values.involvement]\na = "b"',
            "contact of case, or ignore",
            id="a word that is none of ours",
        ),
        pytest.param(
            f'{COLUMNS_TOML}[values.lead_practitioner]\na = "ignore"',
            "values.lead_practitioner: entry 1: write no or yes",
            id="a column of which no row is ignored",
        ),
    ],
)
def test_refuses_a_wrong_map_and_says_where(tmp_path: Path, content: str, reason: str) -> None:
    assert reason in refusal(tmp_path, content)


def test_a_map_for_use_beside_a_contact_directory_needs_no_telephone(tmp_path: Path) -> None:
    content = COLUMNS_TOML.replace('telephone = "telephone"\n', "")
    assert "add telephone, or give a contact directory as --contacts" in refusal(tmp_path, content)
    assert load_map(tmp_path / "main.toml", required_columns(has_contacts=True)) is not None


def test_refuses_a_map_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "main.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ImportRefusedError, match="not TOML"):
        load_map(path)


def test_every_column_can_be_mapped() -> None:
    assert column_map(columns={name: name for name in COLUMNS}, constants={}).headings() == {
        *COLUMNS
    }
