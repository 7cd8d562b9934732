import csv
import io
import json
from pathlib import Path

import pytest

from node.errors import ImportRefusedError
from node.records.importing import report as report_module
from node.records.importing.places import Place, on_line
from node.records.importing.problems import Done, Note, RowProblem
from node.records.importing.report import ImportReport, ReportBuilder
from node.records.importing.report_file import Outcome, check_report_path, write_report
from node.records.importing.rows import RowSays
from node.records.quality import Quality

PROBLEMS = (
    RowProblem(on_line(3), "email", "give one address", Done.LEFT_EMPTY),
    RowProblem(on_line(4), "team", "fill it in"),
)


def small_report() -> ImportReport:
    builder = ReportBuilder()
    builder.count([], RowSays(("surname",)))
    builder.count(PROBLEMS[:1], RowSays(("surname",)))
    builder.count(PROBLEMS[1:], None)
    return builder.build("UTF-8 text")


def written(folder: Path, suffix: str, outcome: Outcome) -> str:
    path = folder / f"report{suffix}"
    write_report(path, outcome)
    assert path.stat().st_mode & 0o777 == 0o600
    return path.read_bytes().decode()


def csv_rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_csv_has_a_row_for_each_problem(tmp_path: Path) -> None:
    text = written(tmp_path, ".csv", Outcome(True, ["Loaded."], small_report()))
    assert text.startswith("\ufeff")
    assert csv_rows(text) == [
        ["line", "column", "what to mend", "what was done"],
        ["3", "email", "give one address", "field left empty"],
        ["4", "team", "fill it in", "row left out"],
        ["", "file", "Loaded.", ""],
    ]


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r"])
def test_no_csv_cell_begins_a_formula(tmp_path: Path, begin: str) -> None:
    builder = ReportBuilder()
    builder.count([RowProblem(on_line(2), f"{begin}x", f"{begin}cmd()")], None)
    text = written(tmp_path, ".csv", Outcome(False, [f"{begin}1"], builder.build()))
    cells = [cell for row in csv_rows(text) for cell in row]
    assert len([cell for cell in cells if cell.startswith(f"'{begin}")]) == 3
    assert not [cell for cell in cells if cell.startswith(begin)]


def test_csv_says_when_there_are_more_problems(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_module, "PROBLEMS_KEPT", 1)
    rows = csv_rows(written(tmp_path, ".csv", Outcome(False, [], small_report())))
    assert rows[-1] == ["", "file", "and 1 more problems", ""]


def test_json_has_everything(tmp_path: Path) -> None:
    content = json.loads(written(tmp_path, ".json", Outcome(True, ["Loaded."], small_report())))
    assert content["loaded"] is True
    assert content["said"] == ["Loaded."]
    assert content["read_as"] == "UTF-8 text"
    assert (content["rows_read"], content["rows_taken"], content["rows_left_out"]) == (3, 2, 1)
    assert content["problems"][0] == {
        "line": 3,
        "column": "email",
        "what_to_mend": "give one address",
        "what_was_done": "field left empty",
    }


def test_text_is_the_report_of_the_terminal(tmp_path: Path) -> None:
    text = written(tmp_path, ".TXT", Outcome(False, ["Nothing was loaded."], small_report()))
    assert "  team: fill it in\n      row left out (1): line 4\n" in text
    assert text.endswith("Nothing was loaded.\n")


NOW = Quality(
    rows=4,
    held={"UPN": 2},
    teams=4,
    teams_without_duty_line=("=South",),
    small_teams_without_duty_line=2,
)
BEFORE = Quality(rows=3, held={"UPN": 3})


def test_csv_has_what_is_counted_now_and_before(tmp_path: Path) -> None:
    first = csv_rows(written(tmp_path, ".csv", Outcome(True, [], small_report(), NOW)))
    assert ["", "quality", "Holding: UPN", "2 of 4"] in first
    without = "team without a duty line of its own"
    assert ["", "quality", "'=South", without] in first
    few = "2 teams of fewer than 3 children, which are not named"
    assert ["", "quality", few, without] in first
    again = csv_rows(written(tmp_path, ".csv", Outcome(True, [], small_report(), NOW, BEFORE)))
    assert ["", "quality", "Holding: UPN", "2 of 4, 3 before"] in again


def test_json_has_what_is_counted_now_and_before(tmp_path: Path) -> None:
    content = json.loads(written(tmp_path, ".json", Outcome(True, [], None, NOW, BEFORE)))
    assert (content["quality"]["held"], content["quality_before"]["held"]) == (
        NOW.held,
        BEFORE.held,
    )
    first = json.loads(written(tmp_path, ".json", Outcome(True, [], None, NOW)))
    assert "quality_before" not in first


def test_text_has_every_line_and_what_has_changed(tmp_path: Path) -> None:
    builder = ReportBuilder()
    for line in range(2, 202, 2):
        builder.count([RowProblem(on_line(line), "team", "fill it in")], None)
    text = written(tmp_path, ".txt", Outcome(True, [], builder.build(), NOW, BEFORE))
    assert " 200\n" in text
    assert "and more" not in text
    assert ["UPN", "2", "50%", "-1"] in [line.split() for line in text.splitlines()]


@pytest.mark.parametrize("suffix", [".txt", ".csv", ".json"])
def test_a_file_refused_unread_has_its_reason(tmp_path: Path, suffix: str) -> None:
    outcome = Outcome(False, ["Nothing was loaded: the file is empty."], None)
    assert "the file is empty" in written(tmp_path, suffix, outcome)


@pytest.mark.parametrize(
    ("name", "reason"),
    [("report.xlsx", "one of: .txt"), ("report", "one of"), ("none/report.csv", "no folder")],
)
def test_refuses_a_report_that_cannot_be_written(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(ImportRefusedError, match=reason):
        check_report_path(tmp_path / name, tmp_path / "export.csv")


def test_refuses_to_overwrite_the_file_to_load(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("x")
    (tmp_path / "link.csv").symlink_to(path)
    for report in (path, tmp_path / "link.csv"):
        with pytest.raises(ImportRefusedError, match="would overwrite"):
            check_report_path(report, path)
    check_report_path(tmp_path / "new.csv", path)


def source_report() -> ImportReport:
    builder = ReportBuilder()
    builder.count([RowProblem(Place("ssd_cp_plans", "line", 4), "team", "fill it in")], None)
    builder.count([RowProblem(Place("", "child", 7), "team", "fill it in")], None)
    builder.note(Note("children with a purge flag", 2))
    return builder.build("csc-api")


def test_csv_names_the_table_of_a_problem_and_has_the_notes(tmp_path: Path) -> None:
    rows = csv_rows(written(tmp_path, ".csv", Outcome(False, [], source_report())))
    assert [row[0] for row in rows[1:3]] == ["ssd_cp_plans line 4", "child 7"]
    assert rows[3] == ["", "note", "2 children with a purge flag", ""]


def test_json_names_the_table_of_a_problem_and_has_the_notes(tmp_path: Path) -> None:
    content = json.loads(written(tmp_path, ".json", Outcome(False, [], source_report())))
    first, second = content["problems"]
    assert (first["within"], first["line"]) == ("ssd_cp_plans", 4)
    assert second["child"] == 7
    assert not {"within", "line"} & second.keys()
    assert content["notes"] == {"children with a purge flag": 2}


def test_text_has_the_notes(tmp_path: Path) -> None:
    text = written(tmp_path, ".txt", Outcome(False, [], source_report()))
    assert "  2 children with a purge flag\n" in text


@pytest.mark.parametrize("name", ["census.xml", "contacts.csv"])
def test_refuses_to_overwrite_what_is_laid_over(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("x")
    report = tmp_path / "report.csv"
    report.symlink_to(path)
    with pytest.raises(ImportRefusedError, match="would overwrite"):
        check_report_path(report, tmp_path / "export.csv", path)
