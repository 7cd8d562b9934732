from pathlib import Path

import pytest

from node.errors import ImportRefusedError
from node.records.importing.places import Place
from node.records.importing.problems import Done, Note, RowProblem
from node.records.importing.sources.contacts import DUTY_LINE, read_contacts, with_contacts
from node.records.importing.table_row import Entry, TableRow
from tests.node.records.importing.workbooks import Value, write_workbook

DIRECTORY = (
    "Team,Telephone,Out of hours telephone,Email,Organisation\n"
    "Family Support  North,020 7946 0001,020 7946 0002,north@example.org,Council\n"
)
EVERY_TEAM = "*,020 7946 0009,,,\n"


def laid_over(folder: Path, text: str, **cells: str) -> list[Entry]:
    path = folder / "contacts.csv"
    path.write_text(text)
    row = TableRow(Place("", "line", 7), cells)
    return list(with_contacts([row], read_contacts(path)))


def only_row(entries: list[Entry]) -> TableRow:
    [row] = [entry for entry in entries if isinstance(entry, TableRow)]
    return row


def test_a_team_is_given_its_line_however_its_name_is_written(tmp_path: Path) -> None:
    row = only_row(laid_over(tmp_path, DIRECTORY, team=" family support north"))
    assert row.cells == {
        "team": " family support north",
        "telephone": "020 7946 0001",
        "out_of_hours_telephone": "020 7946 0002",
        "email": "north@example.org",
        "organisation": "Council",
    }


def test_what_a_row_says_itself_stays(tmp_path: Path) -> None:
    row = only_row(
        laid_over(tmp_path, DIRECTORY, team="Family Support North", telephone="020 7946 0100")
    )
    assert row.text("telephone") == "020 7946 0100"
    assert row.text("email") == "north@example.org"


def test_a_row_with_a_number_needs_no_line(tmp_path: Path) -> None:
    given = laid_over(tmp_path, DIRECTORY + EVERY_TEAM, team="South", telephone="020 7946 0100")
    assert given == [only_row(given)]
    assert only_row(given).text("telephone") == "020 7946 0100"


def test_a_team_without_a_line_gets_the_one_for_every_team_and_is_counted(tmp_path: Path) -> None:
    given = laid_over(tmp_path, DIRECTORY + EVERY_TEAM, team="South")
    assert only_row(given).cells == {"team": "South", "telephone": "020 7946 0009"}
    [note] = [entry for entry in given if isinstance(entry, Note)]
    assert (note.count, "without a duty line" in note.text) == (1, True)


def test_a_row_without_a_team_is_of_the_duty_line(tmp_path: Path) -> None:
    given = only_row(laid_over(tmp_path, DIRECTORY + EVERY_TEAM, team=""))
    assert (given.text("team"), given.text("telephone")) == (DUTY_LINE, "020 7946 0009")


@pytest.mark.parametrize("team", ["South", ""])
def test_a_team_without_any_line_is_a_problem_of_its_row(tmp_path: Path, team: str) -> None:
    [(column, reason)] = only_row(laid_over(tmp_path, DIRECTORY, team=team)).faults.items()
    assert column == "telephone"
    assert "no duty line for this team" in reason


def test_every_faulty_line_is_reported(tmp_path: Path) -> None:
    given = laid_over(
        tmp_path, DIRECTORY + "South,ask,,,\n,020 7946 0003,,,\n", team="Family Support North"
    )
    places = [(str(each.place), each.done) for each in given if isinstance(each, RowProblem)]
    assert places == [("contacts line 3", Done.NOT_USED), ("contacts line 4", Done.NOT_USED)]


def test_of_two_lines_of_one_team_none_is_taken(tmp_path: Path) -> None:
    twice = DIRECTORY + "FAMILY SUPPORT NORTH,020 7946 0005,,,\n" + EVERY_TEAM
    row = only_row(laid_over(tmp_path, twice, team="Family Support North"))
    assert row.text("telephone") == "020 7946 0009"


@pytest.mark.parametrize("word", ["n/a", "unknown", "-", "NULL"])
def test_a_word_for_nothing_is_given_the_line(tmp_path: Path, word: str) -> None:
    row = only_row(laid_over(tmp_path, DIRECTORY, team="Family Support North", telephone=word))
    assert row.text("telephone") == "020 7946 0001"


def test_a_team_is_found_in_spite_of_marks_and_line_breaks(tmp_path: Path) -> None:
    row = only_row(laid_over(tmp_path, DIRECTORY, team="\u200fFamily Support\nNorth\u200e"))
    assert row.text("telephone") == "020 7946 0001"


Rows = list[list[Value]]

SHEET: Rows = [
    ["Whom to ring"],
    ["Team", "Telephone", "Remarks"],
    ["South", "020-7946-0005", "x"],
    ["West", "ask", ""],
]


def test_a_directory_is_read_from_a_workbook(tmp_path: Path) -> None:
    directory = read_contacts(write_workbook(tmp_path / "teams.xlsx", [["nothing"]], SHEET))
    assert directory.find("south") == {"telephone": "020-7946-0005"}
    [problem] = directory.problems
    assert (str(problem.place), problem.column) == ("contacts line 4", "telephone")


@pytest.mark.parametrize(
    "sheets",
    [
        pytest.param([[["Team", "Phone"], ["South", "1"]]], id="no such columns"),
        pytest.param([[["Team", "Team", "Telephone"], ["South", "", "1"]]], id="one twice"),
        pytest.param([SHEET, SHEET], id="two sheets"),
    ],
)
def test_a_workbook_without_one_such_sheet_is_refused(tmp_path: Path, sheets: list[Rows]) -> None:
    with pytest.raises(ImportRefusedError, match="one line of one sheet has to name the columns"):
        read_contacts(write_workbook(tmp_path / "teams.xlsx", *sheets))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_directory_is_read_as_a_spreadsheet_writes_it(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "contacts.csv"
    path.write_bytes("team,telephone\nSt Anne’s – Café,020 7946 0001\n".encode(encoding))
    directory = read_contacts(path)
    assert directory.problems == ()
    assert directory.find("St Anne’s – Café") == {"telephone": "020 7946 0001"}


def test_a_directory_of_two_encodings_is_refused_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "contacts.csv"
    path.write_bytes("team,telephone\nCafé,1\n".encode() + "Café,1\n".encode("cp1252"))
    with pytest.raises(ImportRefusedError, match="contacts: line 3 is not of one encoding"):
        read_contacts(path)


def test_a_line_that_lacks_its_last_separators_is_read_and_one_word_is_no_footer(
    tmp_path: Path,
) -> None:
    path = tmp_path / "contacts.csv"
    path.write_text(
        "team,telephone,email\nNorth,020 7946 0001\nEast,020 7946 0002,\nFamily Support South\n"
    )
    directory = read_contacts(path)
    assert directory.find("North") == {"telephone": "020 7946 0001"}
    assert [problem.line for problem in directory.problems] == [4]
