"""`import`: what is said, what is written, and that a refused file leaves the records alone."""

import csv
import io
import json
from hashlib import sha256
from itertools import cycle
from pathlib import Path

import pytest
import respx

from node.cli import reading
from node.evaluating import evaluator
from node.folder import Folder
from node.opening import open_folder
from node.records.quality import Quality, save_quality
from tests.node.cli.commands import SECRET, Ended, Init, admit, run
from tests.node.records.importing.files import csv_text, row, rows, write
from tests.node.records.importing.sources import made_up
from tests.node.small_federation import child, load, record
from tests.node.small_signer import Signer

EXAMPLES = Path(__file__).parents[1] / "records" / "importing" / "examples"

MALFORMED = {
    "empty.csv": "the file is empty: export it again",
    "header-only.csv": "a header line and no rows",
    "no-header.csv": "none of the first 20 lines holds our column names",
    "no-header.xlsx": "none of the first 20 lines holds our column names",
    "unknown-column.csv": "remove or rename these columns: number 9 from the left",
    "missing-column.csv": "add these columns: case_reference",
    "column-twice.csv": "keep only one of each of these columns: surname",
    "mixed-encodings.csv": "line 4 is not of one encoding with the others",
    "utf-16-cut.csv": "damaged UTF-16, or cut off",
    "utf-16-without-mark.csv": "line 1 holds a NUL byte",
    "open-quotation-mark.csv": "row: check the quotation marks",
    "line-break-in-a-cell.csv": "row: has fewer cells than the header line",
    "footer-in-the-middle.csv": "row: has fewer cells than the header line",
    "cut-off.csv": "row: has fewer cells than the header line",
    "damaged-names.csv": "surname: has letters that were damaged on the way",
    "references-as-dates.csv": "case_reference: was made a date by a spreadsheet",
    "references-as-dates.xlsx": "case_reference: was made a date by a spreadsheet",
    "separator-in-a-cell.csv": "row: has more cells than the header line",
    "formula-errors.csv": "date_of_birth: holds an error of a formula",
    "formula-errors.xlsx": "surname: holds an error of a formula",
    "rounded-numbers.csv": "case_reference: was rounded by a spreadsheet",
    "american-dates.csv": "date_of_birth: there is no such day",
    "same-id.csv": "has the same case_reference and involvement and says something else",
    "school-roll.csv": "involvement: write one of: early help",
    "no-telephone.csv": "telephone: give a number that somebody answers",
    "postcodes-elsewhere.csv": "most of what stands in postcode cannot be used",
    "one-in-ten-wrong.csv": "1 of 10 rows would be left out",
    "web-page.xls": "is a web page or XML",
    "two-sheets.xlsx": "2 of 2 sheets have a header line: say which one is meant with --sheet",
    "password.xlsx": "needs a password",
    "password.xls": "needs a password",
    "cut-off.xlsx": "a damaged workbook, or none",
    "no-workbook.xlsx": "a damaged workbook, or none",
    "bomb.xlsx": "unpacks to more than 512 MB",
    "far-cell.xlsx": "far below or right of its table",
}
"""Each example, and what its report tells a data steward to mend."""

ORDINARY = {"old.xls": 1, "database-tool.csv": 2, "excel.csv": 3, "general.xlsx": 2}
"""Examples that are read without a problem, and their rows."""


@pytest.fixture
def admitted(node: Path, signer: Signer, no_network: respx.MockRouter) -> Path:
    """A node that is in the directory and holds a record."""
    admit(node, signer, no_network)
    opened = open_folder(node)
    load(opened.records, [record(child())])
    opened.close()
    return node


def said_in(text: str) -> str:
    """Return wrapped sentences as they were before."""
    return " ".join(text.split())


def everything(ended: Ended, *reports: Path) -> str:
    return said_in(ended.output + ended.problem + "".join(path.read_text() for path in reports))


@pytest.mark.parametrize(
    ("name", "suffix"), [*zip(MALFORMED, cycle([".txt", ".csv", ".json"]), strict=False)]
)
def test_a_malformed_file_ends_in_a_report_and_leaves_the_records_as_they_are(
    admitted: Path, tmp_path: Path, name: str, suffix: str
) -> None:
    before = sha256((admitted / "records.db").read_bytes()).digest()
    report = tmp_path / f"report{suffix}"
    ended = run("import", admitted, EXAMPLES / name, "--report", report)
    assert ended.code in (1, 2)
    assert MALFORMED[name] in said_in(ended.output + ended.problem)
    assert MALFORMED[name].rpartition("row: ")[2].partition(": ")[2] in said_in(report.read_text())
    assert "Nothing was loaded" in report.read_text()
    assert SECRET.lower() not in everything(ended, report).lower()
    assert sha256((admitted / "records.db").read_bytes()).digest() == before


def test_every_example_is_tried() -> None:
    assert {path.name for path in EXAMPLES.iterdir()} == {*MALFORMED, *ORDINARY}


@pytest.mark.parametrize("name", ORDINARY)
def test_an_ordinary_export_is_read_whole(tmp_path: Path, name: str) -> None:
    ended = run("import", tmp_path, EXAMPLES / name, "--check")
    assert ended.code == 0
    assert f"Rows that can be loaded: {ORDINARY[name]} Rows left out: 0" in said_in(ended.output)
    assert "Problems by column" not in ended.output
    assert SECRET.lower() not in everything(ended).lower()


def test_a_missing_file_is_named(node: Path) -> None:
    ended = run("import", node, node / "nothing.csv")
    assert ended.code == 2
    assert "nothing.csv" in ended.problem


def test_check_reports_without_a_node(tmp_path: Path) -> None:
    path = write(tmp_path, csv_text([row(), row(case_reference="C-2", surname="Jones")]))
    ended = run("import", tmp_path, path, "--check")
    assert ended.code == 0
    assert "Rows read:" in ended.output
    assert "What it would change is not known" in ended.output
    assert "Smith" not in ended.output


def test_check_reports_problems_by_line_and_never_the_value(tmp_path: Path) -> None:
    faulty = [row(), row(case_reference="C-2", surname=SECRET, date_of_birth=f"31/02/{SECRET}")]
    ended = run("import", tmp_path, write(tmp_path, csv_text(faulty)), "--check")
    assert ended.code == 1
    assert "date_of_birth" in ended.output
    assert "line 3" in ended.output
    assert "would be refused" in ended.output
    assert SECRET not in ended.output


def test_check_says_what_a_file_would_change_and_cost(admitted: Path) -> None:
    ended = run("import", admitted, write(admitted, csv_text(rows(3))), "--check")
    assert ended.code == 0
    said = said_in(ended.output)
    assert "It would load 3 new and 0 changed rows, leave 0 as they are and close 1" in said
    assert "strings would be evaluated, counted as 1,024" in said
    assert "30,000 once and 2,048 a day" in said
    opened = open_folder(admitted)
    assert opened.records.count() == 1
    opened.close()


def test_check_says_what_stays(admitted: Path) -> None:
    path = write(admitted, csv_text([*rows(99), row(case_reference="")]))
    said = said_in(run("import", admitted, path, "--check").output)
    assert "close 0 that" in said
    assert "Nothing is closed: 1 of the rows left out" in said
    assert "1 rows held that the file does not give stay" in said


def test_check_of_another_source_removes_nothing_of_the_first(admitted: Path) -> None:
    path = write(admitted, csv_text(rows(1)))
    said = said_in(run("import", admitted, path, "--check", "--source", "early help").output)
    assert "close 0 that" in said


def test_check_without_a_directory_says_that_the_change_is_not_known(node: Path) -> None:
    ended = run("import", node, write(node, csv_text([row()])), "--check")
    assert ended.code == 0
    assert "What it would change is not known" in ended.output
    assert "not reachable" in ended.output


@pytest.mark.parametrize("check", [True, False])
def test_a_register_is_refused(
    init: Init,
    folder: Path,
    signer: Signer,
    no_network: respx.MockRouter,
    tmp_path: Path,
    check: bool,
) -> None:
    assert init(declared_records="5").code == 0
    admit(folder, signer, no_network)
    path, report = write(tmp_path, csv_text(rows(6))), tmp_path / "report.txt"
    flags = ["--check"] if check else []
    ended = run("import", folder, path, "--report", report, *flags)
    assert ended.code == (1 if check else 2)
    for said in (ended.output + ended.problem, report.read_text()):
        assert "declared records in the directory are 5" in said_in(said)
    assert run("import", folder, write(tmp_path, csv_text(rows(5))), "--check").code == 0


def test_rows_of_other_sources_count_towards_a_register(
    init: Init, folder: Path, signer: Signer, no_network: respx.MockRouter
) -> None:
    assert init(declared_records="5").code == 0
    admit(folder, signer, no_network)
    opened = open_folder(folder)
    load(opened.records, [record(child())], source="early help")
    opened.close()
    ended = run("import", folder, write(folder, csv_text(rows(5))), "--check")
    assert "5 rows beside 1 of other sources" in said_in(ended.output)


def test_import_with_problems_loads_nothing(node: Path) -> None:
    path = write(node, csv_text([row(), row(case_reference="C-2", date_of_birth="soon")]))
    ended = run("import", node, path)
    assert ended.code == 1
    assert "Nothing was loaded" in ended.output
    assert json.loads(run("status", node, "--json").output)["records"] == 0


def test_most_rejected_says_how_many_rows_may_be_left_out(node: Path) -> None:
    path = write(node, csv_text([row(), row(case_reference="C-2", date_of_birth="soon")]))
    assert run("import", node, path, "--check", "--most-rejected", "49").code == 1
    assert run("import", node, path, "--check", "--most-rejected", "50").code == 0
    assert run("import", node, path, "--check", "--most-rejected", "101").code == 2


def test_a_limit_of_none_refuses_a_field_left_empty(node: Path) -> None:
    path = write(node, csv_text([row(email="duty")]))
    assert run("import", node, path, "--check").code == 0
    assert run("import", node, path, "--check", "--most-rejected", "0").code == 1


def test_import_without_a_directory_says_so(node: Path) -> None:
    ended = run("import", node, write(node, csv_text([row()])))
    assert "none is held yet" in ended.problem
    assert "not reachable" in ended.problem


def test_import_without_a_hub_writes_why_into_the_report(
    admitted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluator, "IMPORT_WAITS_SECONDS", ())
    report = tmp_path / "report.json"
    ended = run("import", admitted, write(tmp_path, csv_text([row()])), "--report", report)
    content = json.loads(report.read_text())
    assert content["loaded"] is False
    assert content["rows_taken"] == 1
    assert ended.problem
    assert content["said"] == [f"Nothing was loaded: {ended.problem}."]


def test_the_report_has_a_line_for_each_problem(node: Path, tmp_path: Path) -> None:
    path = write(node, csv_text([row(email="x"), row(case_reference="C-2", status="?")]))
    report = tmp_path / "report.csv"
    run("import", node, path, "--check", "--report", report)
    lines = list(csv.reader(io.StringIO(report.read_text("utf-8-sig"))))
    assert [(line[0], line[1], line[3]) for line in lines[1:3]] == [
        ("2", "email", "field left empty"),
        ("3", "status", "row left out"),
    ]


def test_a_report_of_another_form_is_refused_before_anything_is_read(node: Path) -> None:
    ended = run("import", node, node / "nothing.csv", "--report", node / "report.pdf")
    assert "--report writes one of" in ended.problem


@pytest.mark.parametrize("source", ["", "../main", "a/b", ".hidden", "x" * 41])
def test_a_source_has_a_plain_name(node: Path, source: str) -> None:
    ended = run("import", node, write(node, csv_text([row()])), "--check", "--source", source)
    assert "--source is a name" in ended.problem


def test_a_sheet_is_chosen_by_its_number(node: Path) -> None:
    ended = run("import", node, EXAMPLES / "two-sheets.xlsx", "--check", "--sheet", "2")
    assert ended.code == 0
    assert "workbook, sheet 2 of 2, header in line 1" in ended.output


def test_it_shows_how_complete_a_file_is_and_what_has_changed(node: Path, tmp_path: Path) -> None:
    folder = Folder(node)
    save_quality(folder.quality("main"), Quality(rows=5, held={"postcode": 1}))
    report = tmp_path / "report.json"
    path = write(tmp_path, csv_text(rows(3)))
    ended = run("import", node, path, "--check", "--report", report)
    assert ["that", "can", "be", "loaded", "3", "100%", "-2"] in [
        line.split() for line in ended.output.splitlines()
    ]
    content = json.loads(report.read_text())
    assert (content["quality"]["rows"], content["quality_before"]["rows"]) == (3, 5)


def test_teams_with_the_council_s_own_line_have_none(node: Path, tmp_path: Path) -> None:
    own = [each | {"telephone": "0113-496-0000", "team": "Front door"} for each in rows(3)]
    path = write(tmp_path, csv_text(own))
    ended = run("import", node, path, "--check")
    named = "without a duty line of their own 1 100% Front door"
    assert named in said_in(ended.output)
    assert "      Front door\n" in ended.output


@pytest.mark.parametrize("suffix", [".txt", ".csv", ".json"])
def test_nothing_is_measured_of_a_file_that_is_refused(
    node: Path, tmp_path: Path, suffix: str
) -> None:
    own = [each | {"telephone": "0113-496-0000", "team": SECRET} for each in rows(3)]
    report = tmp_path / f"report{suffix}"
    path = write(tmp_path, csv_text([*own, row(case_reference="C-9", surname="1")]))
    ended = run("import", node, path, "--check", "--report", report)
    assert ended.code == 1
    assert "would be refused" in ended.output
    assert SECRET not in ended.output + report.read_text()


def test_counts_of_the_last_load_are_shown_without_a_file(node: Path) -> None:
    assert "Nothing has been loaded here yet" in run("quality", node).output
    save_quality(Folder(node).quality("early help"), Quality(rows=5, held={"postcode": 1}))
    ended = run("quality", node)
    assert ended.output.startswith("Source early help\n")
    assert ["postcode", "1", "20%"] in [line.split() for line in ended.output.splitlines()]
    assert json.loads(run("quality", node, "--json").output)["early help"]["rows"] == 5


def test_nothing_that_is_only_checked_is_what_changes_are_counted_from(node: Path) -> None:
    run("import", node, write(node, csv_text(rows(3))), "--check")
    assert not Folder(node).quality("main").exists()


def test_counts_of_another_version_are_no_counts(node: Path, tmp_path: Path) -> None:
    path = Folder(node).quality("main")
    path.parent.mkdir()
    path.write_text('{"rows": 5, "of_another_version": 1}')
    assert run("import", node, write(tmp_path, csv_text(rows(3))), "--check").code == 0


def test_a_wrong_line_in_the_list_of_shared_addresses_refuses_every_file(
    admitted: Path, tmp_path: Path
) -> None:
    before = sha256((admitted / "records.db").read_bytes()).digest()
    Folder(admitted).shared_addresses.write_text(f"SW1A 1AA\n{SECRET} House\n")
    ended = run("import", admitted, write(tmp_path, csv_text([row()])))
    assert ended.code == 2
    assert "shared-addresses.txt: line 2: write one postcode or one UPRN" in ended.problem
    assert SECRET not in ended.problem
    assert sha256((admitted / "records.db").read_bytes()).digest() == before


@pytest.fixture
def dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> made_up.Files:
    """A dataset with a plan of which it cannot be read whose it is, on the day that it is of."""
    monkeypatch.setattr(reading, "today", lambda: made_up.TODAY)
    files = made_up.copied(tmp_path / "sources")
    files.replace("ssd/ssd_cp_plans.csv", "R1,,101", "R1,,1.01E+02")
    return files


def import_dataset(node: Path, files: made_up.Files, *flags: str | Path) -> Ended:
    laid_over = ("--contacts", files.contacts, "--statuses", files.census)
    return run("import", node, files.ssd.path, "--format", made_up.SSD, *laid_over, *flags)


def test_a_named_source_is_refused_for_the_share_of_its_rows_that_is_left_out(
    admitted: Path, dataset: made_up.Files
) -> None:
    ended = import_dataset(admitted, dataset)
    assert ended.code == 1
    assert "Nothing was loaded: 1 of 9 rows would be left out" in said_in(ended.output)


def test_of_a_named_source_too_what_is_left_out_stays_as_it_is_held(
    admitted: Path, dataset: made_up.Files
) -> None:
    reports = [admitted / f"report{suffix}" for suffix in (".txt", ".csv", ".json")]
    for report in reports:
        flags = ("--check", "--most-rejected", "20", "--report", report)
        ended = import_dataset(admitted, dataset, *flags)
        assert ended.code == 0
        said = everything(ended, report)
        assert "It would load 8 new and 0 changed rows" in said
        assert "close 0 that" in said
        assert "Nothing is closed: 1 of the rows left out" in said
        assert "How complete it is" in said
        assert "rows given their status by the census" in said
    text, table, content = (report.read_text() for report in reports)
    assert "row left out (1): ssd_cp_plans line 2" in text
    assert "\nssd_cp_plans line 2,cppl_person_id," in table
    assert json.loads(content)["problems"][0]["within"] == "ssd_cp_plans"


def test_a_report_may_not_overwrite_what_is_laid_over(
    admitted: Path, dataset: made_up.Files
) -> None:
    ended = import_dataset(admitted, dataset, "--check", "--report", dataset.contacts)
    assert "would overwrite" in ended.problem


def test_a_sheet_is_of_a_workbook_only(admitted: Path, dataset: made_up.Files) -> None:
    ended = import_dataset(admitted, dataset, "--check", "--sheet", "1")
    assert "--sheet is for workbooks" in ended.problem
