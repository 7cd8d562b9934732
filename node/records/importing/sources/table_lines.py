"""One CSV table of a source, line by line: of its columns those that are asked for."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, TextIO

from node.errors import ImportRefusedError
from node.records.importing.columns import normalise_word
from node.records.importing.encodings import MARK, SAVE_AGAIN, detect_encoding
from node.records.importing.evenness import Evenness
from node.records.importing.footer import is_drawn, without_footer
from node.records.importing.places import Place
from node.records.importing.problems import WHOLE_ROW, Done, Note, RowProblem
from node.records.importing.raw import RawRow
from node.records.importing.table import ROWS

LINE_CHARACTERS = 100_000
"""Longest row of a table: some carry a form's free text, which is read and dropped."""

_DELIMITERS = ",;\t|"
_QUOTATION = (
    "check the quotation marks: open and close them around a whole cell, and write one inside a "
    "cell twice"
)


@dataclass(frozen=True, slots=True)
class TableColumns:
    """A table's name and the columns of it that are read."""

    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    done: Done = Done.NOT_USED
    """What becomes of a line that cannot be split into cells."""
    is_exported: bool = True
    """Whether a system wrote it, which may write words below its rows; else somebody by hand."""


@dataclass(frozen=True, slots=True, repr=False)
class Line:
    """One row of a table: where it begins, and its cells by column, trimmed."""

    place: Place
    cells: Mapping[str, str]

    def text(self, column: str) -> str:
        return self.cells.get(column, "")


def read_lines(stream: IO[bytes], columns: TableColumns) -> Iterator[Line | RowProblem | Note]:
    """Give every line that is not empty, or why it cannot be split into cells; and how many lines
    below the table are no rows.

    The stream is read twice: in which encoding it is, all of it says.

    Raises:
        ImportRefusedError: the table cannot be used as a whole; nothing of a cell is in it.
    """
    try:
        encoding = detect_encoding(stream)
    except ImportRefusedError as error:
        raise ImportRefusedError(f"{columns.name}: {error}") from None
    with io.TextIOWrapper(stream, encoding.codec, newline="") as text:
        yield from _read_text(text, columns)


def _read_text(text: TextIO, columns: TableColumns) -> Iterator[Line | RowProblem | Note]:
    lines = _Lines(text, columns.name)
    header, delimiter = _header(lines, columns)

    def uneven(line: int, reason: str) -> RowProblem:
        return RowProblem(Place(columns.name, "line", line), WHOLE_ROW, reason, columns.done)

    needed = [(header.index(name),) for name in columns.required]
    rows = _rows(lines, delimiter, columns)
    even = Evenness(len(header), needed, uneven).even
    wanted = {*columns.required, *columns.optional}
    count = 0
    for row in even(without_footer(rows) if columns.is_exported else rows):
        if isinstance(row, Note):
            yield row
            continue
        count += 1
        if count > ROWS:
            raise ImportRefusedError(f"{columns.name}: more than {ROWS:,} rows")
        if isinstance(row, RowProblem):
            yield row
            continue
        found = zip(header, row.cells, strict=False)
        cells = {name: cell for name, cell in found if cell and name in wanted}
        yield Line(Place(columns.name, "line", row.line), cells)


def _rows(lines: "_Lines", delimiter: str, columns: TableColumns) -> Iterator[RawRow | RowProblem]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        lines.begin_row()
        try:
            cells = tuple([cell.strip() for cell in next(reader)])
        except StopIteration:
            return
        except csv.Error:
            yield RowProblem(lines.place, WHOLE_ROW, _QUOTATION, columns.done)
            continue
        if not is_drawn(cells):
            yield RawRow(lines.place.number, cells, lines.is_ended)


class _Lines:
    """Gives a table's lines, each checked, and counts them."""

    def __init__(self, text: TextIO, name: str) -> None:
        self._name = name
        self._text = text
        self._read = 0
        self._left = 0
        self.place = Place(name, "line", 1)
        self.is_ended = True
        """Whether the line that was given last ends as a line does."""

    def begin_row(self) -> None:
        """Note that the next line opens a row."""
        self._left = LINE_CHARACTERS
        self.place = Place(self._name, "line", self._read + 1)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        try:
            line = self._text.readline(self._left + 1)
        except UnicodeError:
            line = None
        if line is None:
            # Here, past the error, which carries what was read.
            raise ImportRefusedError(f"{self._name} changed while it was read: run it again")
        if not line:
            raise StopIteration
        self._read += 1
        self._left -= len(line)
        self._check(line)
        self.is_ended = line.endswith(("\n", "\r"))
        return line.lstrip(MARK)

    def _check(self, line: str) -> None:
        if "\0" in line:
            raise ImportRefusedError(
                f"{self._name} line {self._read} holds a NUL character: {SAVE_AGAIN}"
            )
        if self._left < 0:
            raise ImportRefusedError(
                f"the row at {self.place} is longer than {LINE_CHARACTERS:,} characters: look "
                "there for a quotation mark that is opened and not closed"
            )


def _header(lines: _Lines, columns: TableColumns) -> tuple[Sequence[str], str]:
    """Return the names from left to right, and the delimiter that finds most of those wanted."""
    lines.begin_row()
    line = next(lines, "")
    wanted = {*columns.required, *columns.optional}
    candidates = [(_names(line, delimiter), delimiter) for delimiter in _DELIMITERS]
    names, delimiter = max(candidates, key=lambda candidate: len(wanted.intersection(candidate[0])))
    missing = [name for name in columns.required if name not in names]
    if missing:
        raise ImportRefusedError(
            f"{columns.name}: the first line has to name the columns, and these are missing: "
            f"{', '.join(missing)}"
        )
    twice = sorted(name for name in wanted if names.count(name) > 1)
    if twice:
        raise ImportRefusedError(f"{columns.name}: keep only one of each: {', '.join(twice)}")
    return names, delimiter


def _names(line: str, delimiter: str) -> list[str]:
    try:
        names = [normalise_word(cell) for cell in next(csv.reader([line], delimiter=delimiter))]
    except (csv.Error, StopIteration):
        return []
    while names and not names[-1]:
        names.pop()
    return names
