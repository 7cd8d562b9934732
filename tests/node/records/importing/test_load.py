import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.errors import ImportRefusedError
from node.records.importing.columns import COLUMNS, REQUIRED
from node.records.importing.load import FileContent, LeftOut, fingerprints, read_file, source_key
from node.records.importing.problems import WHOLE_ROW, Done
from node.records.importing.report_text import format_report
from node.records.importing.rows import ParsedRow
from node.store_key import StoreKey
from protocol.matching.keys import record_keys
from protocol.messages.vocabulary import InvolvementKind
from tests.node.records.importing.files import TODAY, csv_text, row, rows, write

KEY = StoreKey(bytes(range(32)))
SOURCE = "case-system"


def _fingerprints(row: ParsedRow, key: StoreKey, source: str) -> tuple[bytes, bytes]:
    return fingerprints(row, record_keys(row.identity), key, source)


def load(folder: Path, *file_rows: dict[str, str]) -> FileContent:
    return read_file(write(folder, csv_text(file_rows)), TODAY)


def only_row(folder: Path, **cells: str) -> ParsedRow:
    [parsed] = load(folder, row(**cells)).rows
    return parsed


def found(content: FileContent) -> list[tuple[int, str, Done]]:
    return [(each.line, each.column, each.done) for each in content.report.problems]


def lines(content: FileContent) -> list[int]:
    return [parsed.line for parsed in content.rows]


def test_typing_errors_in_three_of_twenty_rows_are_exactly_those_rows_problems(
    tmp_path: Path,
) -> None:
    file_rows = rows(20)
    file_rows[4] |= {"date_of_birth": "31/02/2015", "telephone": "none"}
    file_rows[11] |= {"nhs_number": "9990000019"}
    file_rows[15] |= {"status": "perhaps"}
    content = load(tmp_path, *file_rows)
    report = content.report
    assert found(content) == [
        (6, "date_of_birth", Done.LEFT_OUT),
        (6, "telephone", Done.LEFT_OUT),
        (13, "nhs_number", Done.LEFT_EMPTY),
        (17, "status", Done.LEFT_OUT),
    ]
    assert (report.rows_read, report.rows_taken, report.rows_left_out) == (20, 18, 2)
    assert lines(content) == [line for line in range(2, 22) if line not in (6, 17)]
    assert content.left_out.keys == {
        (f"C-{number}", InvolvementKind.CHILD_IN_NEED) for number in (5, 16)
    }


def test_rows_that_say_the_same_are_taken_once(tmp_path: Path) -> None:
    content = load(tmp_path, row(), row(involvement="Looked-after"), row(surname=" SMITH "), row())
    assert lines(content) == [2, 3]
    assert found(content) == [(line, WHOLE_ROW, Done.TAKEN_ONCE) for line in (4, 5)]
    assert all("the same as line 2" in each.reason for each in content.report.problems)
    assert (content.report.rows_left_out, content.report.rows_repeated) == (0, 2)
    assert content.left_out == LeftOut()


def test_of_rows_with_one_id_that_differ_none_is_taken(tmp_path: Path) -> None:
    content = load(tmp_path, row(), row(case_reference="C-2"), row(), row(surname="Jones"))
    assert lines(content) == [3]
    assert found(content) == [(line, WHOLE_ROW, Done.LEFT_OUT) for line in (2, 4, 5)]
    assert [each.reason[:7] for each in content.report.problems] == [
        "line 4 ",
        "line 2 ",
        "line 2 ",
    ]
    assert content.left_out.keys == {("C-1", InvolvementKind.CHILD_IN_NEED)}


def test_a_right_row_beside_a_faulty_one_of_the_same_id_is_not_taken(tmp_path: Path) -> None:
    content = load(tmp_path, row(telephone=""), row(postcode="SW1"))
    assert found(content) == [
        (2, "telephone", Done.LEFT_OUT),
        (2, WHOLE_ROW, Done.LEFT_OUT),
        (3, "postcode", Done.LEFT_OUT),
        (3, WHOLE_ROW, Done.LEFT_OUT),
    ]
    assert content.rows == []


def test_what_was_left_out_is_known_by_as_much_as_can_be_read(tmp_path: Path) -> None:
    content = load(
        tmp_path,
        row(telephone=""),
        row(case_reference="C-2", involvement="tap dancing"),
        row(case_reference=""),
        row(case_reference="unknown", involvement="?"),
    )
    assert content.left_out == LeftOut(
        frozenset({("C-1", InvolvementKind.CHILD_IN_NEED)}), frozenset({"C-2"}), 2
    )


def test_a_case_whose_involvement_cannot_be_read_stands_for_every_kind() -> None:
    keys = LeftOut(cases=frozenset({"C-2"})).source_keys(KEY, SOURCE)
    assert keys == {source_key("C-2", kind, KEY, SOURCE) for kind in InvolvementKind}


def test_a_row_that_does_not_split_counts_as_read(tmp_path: Path) -> None:
    content = read_file(write(tmp_path, csv_text([row()]) + "C-2,Smith\r\n"), TODAY)
    assert (content.report.rows_read, content.report.rows_left_out) == (2, 1)
    assert len(content.rows) == 1
    assert content.left_out.unknown == 1


def test_fingerprints_are_stable(tmp_path: Path) -> None:
    first = _fingerprints(only_row(tmp_path), KEY, SOURCE)
    again = _fingerprints(only_row(tmp_path, surname=" SMITH "), KEY, SOURCE)
    assert first == again
    assert [len(fingerprint) for fingerprint in first] == [32, 32]


def test_fingerprints_do_not_depend_on_the_line(tmp_path: Path) -> None:
    parsed = only_row(tmp_path)
    assert _fingerprints(replace(parsed, line=99), KEY, SOURCE) == _fingerprints(
        parsed, KEY, SOURCE
    )


@pytest.mark.parametrize(
    "cells",
    [{"case_reference": "C-2"}, {"involvement": "looked after"}],
)
def test_another_case_or_involvement_is_another_row(tmp_path: Path, cells: dict[str, str]) -> None:
    before = _fingerprints(only_row(tmp_path), KEY, SOURCE)
    after = _fingerprints(only_row(tmp_path, **cells), KEY, SOURCE)
    assert before[0] != after[0]
    assert before[1] != after[1]


def test_another_source_is_another_row(tmp_path: Path) -> None:
    parsed = only_row(tmp_path)
    assert _fingerprints(parsed, KEY, SOURCE)[0] != _fingerprints(parsed, KEY, "other")[0]


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
    before = _fingerprints(only_row(tmp_path), KEY, SOURCE)
    after = _fingerprints(only_row(tmp_path, **cells), KEY, SOURCE)
    assert before[0] == after[0]
    assert before[1] != after[1]


def test_another_store_key_gives_other_fingerprints(tmp_path: Path) -> None:
    parsed = only_row(tmp_path)
    own, other = (
        _fingerprints(parsed, KEY, SOURCE),
        _fingerprints(parsed, StoreKey(bytes(32)), SOURCE),
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
    assert len(loaded.rows) == report.rows_taken
    assert report.rows_read > 0
    assert format_report(report)
