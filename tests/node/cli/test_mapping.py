import os
import pty
import select
import sys
import time
from pathlib import Path

import pytest

from node.cli import mapping
from node.records.importing.column_map import ColumnMap, load_map
from tests.node.cli.commands import Ended, run

EXPORT = """Open cases of all teams

Case ID;Family name;First name;D.O.B.;Category;Team phone;Changed;Post code;Worker
1001;Plantedname;Mary;04/03/2015;CP;020 7946 0000;01/06/2025;SW1A 1AA;Pat
1002;Plantedname;John;05/03/2015;early help;020 7946 0000;01/06/2025;SW1A 1AA;Pat
1003;Plantedname;Zoë;06/03/2015;Fostering;020 7946 0000;01/06/2025;somewhere;Pat
"""

ANSWERS = (
    *("", "", "", "", ""),  # as guessed: case reference to involvement
    *("7", "= Front door", ""),  # last updated, team, telephone
    *("postcode -", "house 7+9", "house -", "shoe 3", "surname = Smith", ""),
    *("y", "4", "", "y"),  # day first; CP, Fostering; write it
)


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "export.csv"
    path.write_bytes(EXPORT.encode("cp1252"))
    return path


@pytest.fixture
def at_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapping, "at_terminal", lambda: True)


def ask(folder: Path, export: Path, *answers: str) -> Ended:
    stdin = "".join(f"{answer}\n" for answer in answers)
    return run("import", folder, export, "--source", "mosaic", "--map", stdin=stdin)


def written(folder: Path) -> ColumnMap:
    column_map = load_map(folder / "maps" / "mosaic.toml")
    assert column_map is not None
    return column_map


@pytest.mark.usefixtures("at_terminal")
def test_a_map_is_asked_for_shown_and_written(tmp_path: Path, export: Path) -> None:
    ended = ask(tmp_path, export, *ANSWERS)
    assert ended.code == 0
    assert "Windows-1252 text, separated by semicolons, header in line 3" in ended.output
    assert "case_reference [1]:" in ended.output
    assert "1001 | Plantedname | Mary | 04/03/2015 | child protection plan" in ended.output
    assert "involvement: write one of" in ended.output
    assert written(tmp_path) == ColumnMap.model_validate(
        {
            "columns": {
                "case_reference": "Case ID",
                "surname": "Family name",
                "forename": "First name",
                "date_of_birth": "D.O.B.",
                "involvement": "Category",
                "last_updated": "Changed",
                "telephone": "Team phone",
                "worker_name": "Worker",
            },
            "constants": {"team": "Front door"},
            "values": {"involvement": {"CP": "child protection plan"}},
        }
    )
    assert "Plantedname" not in (tmp_path / "maps" / "mosaic.toml").read_text()
    assert {path.name for path in tmp_path.iterdir()} == {"export.csv", "maps"}


@pytest.mark.usefixtures("at_terminal")
def test_a_file_is_read_by_the_map_that_was_made(tmp_path: Path, export: Path) -> None:
    assert ask(tmp_path, export, *ANSWERS).code == 0
    command = ("import", tmp_path, export, "--source", "mosaic", "--check")
    ended = run(*command, "--most-rejected", "50")
    assert ended.code == 0
    assert "row left out (1): line 6" in ended.output


@pytest.mark.usefixtures("at_terminal")
def test_what_cannot_be_used_is_asked_again(tmp_path: Path, export: Path) -> None:
    begin = ("99", "x", "-", "= 1", "")
    ended = ask(tmp_path, export, *begin, *ANSWERS[1:])
    assert ended.code == 0
    assert "there is no heading 99" in ended.output
    assert "give a number of the list" in ended.output
    assert "case_reference is not the same for every row" in ended.output
    assert written(tmp_path).columns["case_reference"] == ("Case ID",)


@pytest.mark.usefixtures("at_terminal")
@pytest.mark.parametrize("answer", ["4", "child protection plan", " Child  Protection-Plan"])
def test_a_word_is_said_by_number_or_in_words(tmp_path: Path, export: Path, answer: str) -> None:
    ended = ask(tmp_path, export, *ANSWERS[:-3], "0", "11", "fostering", answer, *ANSWERS[-2:])
    assert ended.code == 0
    assert ended.output.count("a number from 1 to 10, or its words, or Enter, or -") == 3
    assert written(tmp_path).values["involvement"] == {"CP": "child protection plan"}


@pytest.mark.usefixtures("at_terminal")
@pytest.mark.parametrize("answer", ["10", "ignore"])
def test_a_word_can_be_ignored(tmp_path: Path, export: Path, answer: str) -> None:
    ended = ask(tmp_path, export, *ANSWERS[:-2], answer, "y")
    assert ended.code == 0
    assert "10  ignore: their rows are not loaded" in ended.output
    assert "1003 |" not in ended.output
    assert written(tmp_path).values["involvement"]["Fostering"] == "ignore"
    check = run("import", tmp_path, export, "--source", "mosaic", "--check")
    assert check.code == 0
    assert "1 rows with a word that the column map says to ignore" in " ".join(check.output.split())


@pytest.mark.usefixtures("at_terminal")
def test_beside_a_contact_directory_no_telephone_is_asked_for(tmp_path: Path, export: Path) -> None:
    contacts = tmp_path / "teams.csv"
    contacts.write_text("team,telephone\n*,020 7946 0009\n")
    answers = ("", "", "", "", "", "7", "= Front door", "telephone -", "", "y", "", "", "y")
    stdin = "".join(f"{answer}\n" for answer in answers)
    command = ("import", tmp_path, export, "--source", "mosaic", "--contacts", contacts)
    ended = run(*command, "--map", stdin=stdin)
    assert ended.code == 0
    assert f"--contacts {contacts} --check" in ended.output
    assert "telephone =" not in (tmp_path / "maps" / "mosaic.toml").read_text()
    assert "Rows read:" in run(*command, "--check").output


@pytest.fixture
def many_words(export: Path) -> Path:
    words = ["CP", "CP", *(f"Service {number}" for number in range(40))]
    lines = [
        f"{place};Plantedname;Mary;04/03/2015;{word};020 7946 0000;01/06/2025;SW1A 1AA;Pat"
        for place, word in enumerate(words)
    ]
    export.write_text("\n".join([*EXPORT.splitlines()[:3], *reversed(lines)]))
    return export


@pytest.mark.usefixtures("at_terminal")
def test_of_many_words_the_most_frequent_are_asked_first(tmp_path: Path, many_words: Path) -> None:
    ended = ask(tmp_path, many_words, *ANSWERS[:-3], "y", "4", "ignore", "-", "y")
    assert ended.code == 0
    assert "involvement: 41 different words are none of ours" in ended.output
    assert "CP (2 rows)" in ended.output
    assert written(tmp_path).values == {
        "involvement": {"CP": "child protection plan", "Service 39": "ignore"}
    }


@pytest.mark.usefixtures("at_terminal")
def test_many_words_of_a_wrong_column_are_not_shown(tmp_path: Path, many_words: Path) -> None:
    ended = ask(tmp_path, many_words, *ANSWERS[:-3], "n", "y")
    assert ended.code == 0
    assert "give involvement another column" in ended.output
    assert "CP (2 rows)" not in ended.output
    assert written(tmp_path).values == {}


@pytest.mark.usefixtures("at_terminal")
def test_nothing_is_written_without_a_yes(tmp_path: Path, export: Path) -> None:
    ended = ask(tmp_path, export, *ANSWERS[:-1], "n")
    assert ended.code == 1
    assert "Nothing was written" in ended.output
    assert not (tmp_path / "maps").exists()


@pytest.mark.usefixtures("at_terminal")
def test_month_first_is_asked_for(tmp_path: Path, export: Path) -> None:
    assert ask(tmp_path, export, *ANSWERS[:-4], "n", *ANSWERS[-3:]).code == 0
    assert written(tmp_path).date_order == "month_first"


@pytest.mark.usefixtures("at_terminal")
def test_a_file_without_a_known_heading_is_asked_about_by_its_first_line(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("\na|b|c|d|e|f\n1|S|M|04/03/2015|early help|2025-06-01\n")
    answers = ("y", "1", "2", "3", "4", "5", "6", "= Team", "= 020 7946 0000", "", "", "")
    assert ask(tmp_path, path, *answers).code == 0
    assert written(tmp_path).columns["date_of_birth"] == ("d",)


@pytest.mark.usefixtures("at_terminal")
@pytest.mark.parametrize(
    "first",
    [
        pytest.param("a|b|c|d|e|f", id="a narrower line above it"),
        pytest.param("S|M|C-1|early help|Pat|Front door", id="names alone"),
    ],
)
def test_a_childs_row_is_not_taken_for_the_names_of_columns(tmp_path: Path, first: str) -> None:
    """They would stand in the map, in the clear, and the rows above them nowhere."""
    path = tmp_path / "export.csv"
    path.write_text(f"{first}\nPlantedname|Mary|C-2|early help|Pat|Front door|more\n")
    ended = ask(tmp_path, path, "")
    assert "Are these the names of columns? [y/N]" in ended.output
    assert "no line of column names" in ended.problem
    assert "Plantedname" not in ended.output + ended.problem
    assert not list(tmp_path.rglob("*.toml"))


@pytest.mark.usefixtures("at_terminal")
@pytest.mark.parametrize(
    "cell",
    [
        *("04/03/2015", "2015-03-04 00:00:00", "4-Mar-15", "Mar 4 2015", "1001", "999 000 0018"),
        *("SW1A 1AA", "ls11aa", "H801200001001", "+44 20 7946 0000", "pat@example.org"),
    ],
)
def test_a_line_with_what_looks_like_data_has_no_names_of_columns(
    tmp_path: Path, cell: str
) -> None:
    path = tmp_path / "export.csv"
    path.write_text(f"S|M|{cell}|early help\nOther|M|C-2|early help\n")
    ended = ask(tmp_path, path, "y")
    assert "no line of column names" in ended.problem
    assert cell not in ended.output + ended.problem


def test_refuses_to_show_rows_where_nobody_sits(tmp_path: Path, export: Path) -> None:
    ended = ask(tmp_path, export, *ANSWERS)
    assert "run it at a terminal" in ended.problem
    assert "Family name" not in ended.output


def test_a_format_whose_columns_are_known_needs_no_map(tmp_path: Path, export: Path) -> None:
    ended = run("import", tmp_path, export, "--format", "csc-api", "--map")
    assert "--map is for CSV and Excel" in ended.problem
    assert not list(tmp_path.rglob("*.toml"))


def test_a_map_is_made_at_a_real_terminal(tmp_path: Path, export: Path) -> None:
    command = "import sys; from node.cli.commands import main; sys.exit(main())"
    arguments = ("import", str(tmp_path), str(export), "--source", "mosaic", "--map")
    process, terminal = pty.fork()
    if not process:
        os.execv(sys.executable, [sys.executable, "-c", command, *arguments])  # noqa: S606
    os.write(terminal, "".join(f"{answer}\n" for answer in ANSWERS).encode())
    said, deadline = b"", time.monotonic() + 120
    while time.monotonic() < deadline and select.select([terminal], [], [], 60)[0]:
        try:
            said += os.read(terminal, 65536)
        except OSError:
            break
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0, said.decode()
    os.close(terminal)
    assert b"1001 | Plantedname" in said
    assert written(tmp_path).columns["surname"] == ("Family name",)
