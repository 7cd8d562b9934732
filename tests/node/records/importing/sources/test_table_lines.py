import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.errors import ImportRefusedError
from node.records.importing.problems import Note, RowProblem
from node.records.importing.sources import table_lines
from node.records.importing.sources.table_lines import Line, TableColumns, read_lines

COLUMNS = TableColumns("ssd_made_up", ("id", "start"), ("note",))


def read(content: bytes) -> list[Line | RowProblem]:
    found = read_lines(io.BytesIO(content), COLUMNS)
    return [line for line in found if not isinstance(line, Note)]


def cells_of(content: bytes) -> list[dict[str, str]]:
    return [dict(line.cells) for line in read(content) if isinstance(line, Line)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1252"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_reads_what_databases_write(delimiter: str, encoding: str, line_end: str) -> None:
    rows = ("id", "start"), ("1", "é’")
    text = "".join(delimiter.join(row) + line_end for row in rows)
    assert cells_of(text.encode(encoding)) == [{"id": "1", "start": "é’"}]


def test_gives_only_the_columns_asked_for_that_say_something() -> None:
    assert cells_of(b"x,Start,ID,note\n9, 2 ,1,\n") == [{"start": "2", "id": "1"}]


def test_counts_lines_as_an_editor_does() -> None:
    found = read(b'id,start,x\n1,2,"a\nb"\n\n3,4,\n')
    assert [str(line.place) for line in found] == ["ssd_made_up line 2", "ssd_made_up line 5"]


def test_skips_the_dashes_that_a_database_tool_draws() -> None:
    assert cells_of(b"id,start\n--,-----\n1,2\n") == [{"id": "1", "start": "2"}]


def test_goes_on_behind_a_line_that_cannot_be_split() -> None:
    found = read(b'id,start\n"1"x,2\n1\n1,2,3\n1,2,\n')
    assert [type(line) for line in found] == [RowProblem] * 3 + [Line]


def test_a_line_arrives_before_the_next_is_read() -> None:
    """A table may have millions: they are never in memory together."""
    stream = io.BytesIO(b"id,start\n" + b"1,2\n" * 50_000)
    lines = read_lines(stream, COLUMNS)
    assert isinstance(next(lines), Line)
    assert stream.tell() < len(stream.getvalue())
    lines.close()  # type: ignore[attr-defined]


def test_a_table_that_changes_while_it_is_read_is_refused() -> None:
    class Changing(io.BytesIO):
        def seek(self, *where: int) -> int:
            if self.tell() == len(self.getvalue()):
                self.getbuffer()[-2:] = b"\xff\n"
            return super().seek(*where)

    with pytest.raises(ImportRefusedError, match="changed while it was read"):
        list(read_lines(Changing("id,start\né,2\n".encode()), COLUMNS))


def test_refuses_more_rows_than_a_file_may_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_lines, "ROWS", 2)
    assert len(read(b"id,start\n1,2\n1,2\n")) == 2
    with pytest.raises(ImportRefusedError, match="more than 2 rows"):
        read(b"id,start\n1,2\n1,2\n1,2\n")


@given(
    st.binary(max_size=80)
    | st.text('id,start;\t"\n\r1é-', max_size=60).map(lambda text: f"id,start\n{text}".encode())
)
@settings(deadline=None, max_examples=200)
def test_any_bytes_give_lines_or_a_refusal(content: bytes) -> None:
    try:
        found = read(content)
    except ImportRefusedError:
        return
    assert all(line.place.number > 1 for line in found)
