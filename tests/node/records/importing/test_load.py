import tempfile
from datetime import date
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from node.errors import ImportRefusedError
from node.records.importing.columns import COLUMNS, REQUIRED
from node.records.importing.content import FileContent, LeftOut
from node.records.importing.load import read_file
from node.records.importing.problems import WHOLE_ROW, Done
from node.records.importing.report_text import format_report
from protocol.messages.vocabulary import InvolvementKind
from tests.node.records.importing.files import TODAY, csv_text, row, rows, write


def load(folder: Path, *file_rows: dict[str, str]) -> FileContent:
    return read_file(write(folder, csv_text(file_rows)), TODAY)


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


def test_a_row_that_does_not_split_counts_as_read(tmp_path: Path) -> None:
    content = read_file(write(tmp_path, csv_text([row()]) + "C-2,Smith\r\n"), TODAY)
    assert (content.report.rows_read, content.report.rows_left_out) == (2, 1)
    assert len(content.rows) == 1
    assert content.left_out.unknown == 1


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
