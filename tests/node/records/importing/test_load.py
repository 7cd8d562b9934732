import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.errors import ImportRefusedError
from node.records.importing.columns import COLUMNS, REQUIRED
from node.records.importing.load import FileContent, fingerprints, read_file
from node.records.importing.problems import WHOLE_ROW
from node.records.importing.report import format_report
from node.records.importing.rows import ParsedRow
from node.store_key import StoreKey
from tests.node.records.importing.files import TODAY, csv_text, row, rows, write

KEY = StoreKey(bytes(range(32)))
SOURCE = "case-system"


def load(folder: Path, *file_rows: dict[str, str]) -> FileContent:
    return read_file(write(folder, csv_text(file_rows)), TODAY)


def only_row(folder: Path, **cells: str) -> ParsedRow:
    [parsed] = load(folder, row(**cells)).rows
    return parsed


def test_typing_errors_in_two_of_twenty_rows_are_exactly_those_two_rows_problems(
    tmp_path: Path,
) -> None:
    file_rows = rows(20)
    file_rows[4] |= {"date_of_birth": "31/02/2015", "telephone": "none"}
    file_rows[11] |= {"nhs_number": "9990000019"}
    content = load(tmp_path, *file_rows)
    report = content.report
    found = [(problem.line, problem.column) for problem in report.problems]
    assert found == [(6, "date_of_birth"), (6, "telephone"), (13, "nhs_number")]
    assert (report.rows_read, report.rows_with_problems, report.problem_count) == (20, 2, 3)
    assert [parsed.line for parsed in content.rows] == [
        line for line in range(2, 22) if line not in (6, 13)
    ]


def test_the_later_of_two_rows_of_one_case_and_involvement_names_the_earlier(
    tmp_path: Path,
) -> None:
    content = load(
        tmp_path,
        row(),
        row(involvement="Looked-after"),
        row(involvement="CHILD_IN_NEED", surname="Jones"),
        row(),
    )
    assert [parsed.line for parsed in content.rows] == [2, 3]
    assert [(problem.line, problem.column) for problem in content.report.problems] == [
        (4, WHOLE_ROW),
        (5, WHOLE_ROW),
    ]
    assert all(p.reason.startswith("line 2 has the same") for p in content.report.problems)


def test_a_duplicate_of_a_faulty_row_is_found_too(tmp_path: Path) -> None:
    content = load(tmp_path, row(telephone=""), row())
    found = [(problem.line, problem.column) for problem in content.report.problems]
    assert found == [(2, "telephone"), (3, WHOLE_ROW)]
    assert content.rows == []


def test_a_row_that_does_not_split_counts_as_read(tmp_path: Path) -> None:
    content = read_file(write(tmp_path, csv_text([row()]) + "C-2,Smith\r\n"), TODAY)
    assert (content.report.rows_read, content.report.rows_with_problems) == (2, 1)
    assert len(content.rows) == 1


def test_fingerprints_are_stable(tmp_path: Path) -> None:
    first = fingerprints(only_row(tmp_path), KEY, SOURCE)
    again = fingerprints(only_row(tmp_path, surname=" SMITH "), KEY, SOURCE)
    assert first == again
    assert [len(fingerprint) for fingerprint in first] == [32, 32]


def test_fingerprints_do_not_depend_on_the_line(tmp_path: Path) -> None:
    parsed = only_row(tmp_path)
    assert fingerprints(replace(parsed, line=99), KEY, SOURCE) == fingerprints(parsed, KEY, SOURCE)


@pytest.mark.parametrize(
    "cells",
    [{"case_reference": "C-2"}, {"involvement": "looked after"}],
)
def test_another_case_or_involvement_is_another_row(tmp_path: Path, cells: dict[str, str]) -> None:
    before = fingerprints(only_row(tmp_path), KEY, SOURCE)
    after = fingerprints(only_row(tmp_path, **cells), KEY, SOURCE)
    assert before[0] != after[0]
    assert before[1] != after[1]


def test_another_source_is_another_row(tmp_path: Path) -> None:
    parsed = only_row(tmp_path)
    assert fingerprints(parsed, KEY, SOURCE)[0] != fingerprints(parsed, KEY, "other")[0]


@pytest.mark.parametrize(
    "cells",
    [
        {"surname": "Jones"},
        {"other_forenames": "Molly"},
        {"date_of_birth": "05/03/2015"},
        {"postcode": "SW1A 1AA"},
        {"nhs_number": "9990000018"},
        {"upn": "H801200001001"},
        {"last_updated": "2025-06-02"},
        {"team": "South"},
        {"telephone": "999"},
        {"status": "closed", "closed_on": "2025-06-02"},
        {"lead_practitioner": "yes"},
        {"covers": "x"},
        {"organisation": "x"},
        {"role": "x"},
        {"worker_name": "x"},
        {"out_of_hours_telephone": "999"},
        {"email": "a@b"},
    ],
)
def test_any_change_is_another_content_of_the_same_row(
    tmp_path: Path, cells: dict[str, str]
) -> None:
    before = fingerprints(only_row(tmp_path), KEY, SOURCE)
    after = fingerprints(only_row(tmp_path, **cells), KEY, SOURCE)
    assert before[0] == after[0]
    assert before[1] != after[1]


def test_another_store_key_gives_other_fingerprints(tmp_path: Path) -> None:
    parsed = only_row(tmp_path)
    own, other = (
        fingerprints(parsed, KEY, SOURCE),
        fingerprints(parsed, StoreKey(bytes(32)), SOURCE),
    )
    assert not set(own) & set(other)


HEADER = ",".join(REQUIRED).encode() + b"\n"
file_bytes = (
    st.binary(max_size=300)
    | st.binary(max_size=300).map(lambda tail: HEADER + tail)
    | st.text(max_size=200).map(lambda tail: HEADER + tail.encode("utf-8", "surrogatepass"))
    | st.lists(st.lists(st.text(max_size=12), max_size=10).map(",".join), max_size=8).map(
        lambda lines: HEADER + "\n".join(lines).encode("utf-8", "surrogatepass")
    )
    | st.lists(st.sampled_from([*COLUMNS, *',;\t\n\r" ', "x"])).map(
        lambda parts: "".join(parts).encode()
    )
)


@given(file_bytes)
@settings(deadline=None, max_examples=500)
def test_any_bytes_give_a_report_or_a_refusal(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), content)
        try:
            loaded = read_file(path, date(2025, 6, 15))
        except ImportRefusedError:
            return
    report = loaded.report
    assert len(loaded.rows) == report.rows_without_problems
    assert report.rows_read > 0
    assert format_report(report)
