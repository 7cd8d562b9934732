"""Reads a council's CSV file row by row: one row in memory, whatever the file's size."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from node.errors import ImportRefusedError
from node.records.importing.header import Header, read_header
from node.records.importing.problems import WHOLE_ROW, RowProblem

ROWS = 1_000_000
ROW_CHARACTERS = 16_384
"""Most rows of a file; longest row, with its delimiters and line breaks."""

_SAVE_AGAIN = "save it as 'CSV UTF-8' and load it again"


@dataclass(frozen=True, slots=True, repr=False)
class TableRow:
    """One row: its first line as an editor counts, and its trimmed cells by column."""

    line: int
    cells: Mapping[str, str]


def read_table(path: Path) -> Iterator[TableRow | RowProblem]:
    """Give every row that is not empty, or why it cannot be split into cells.

    Raises:
        ImportRefusedError: a file that cannot be used as a whole; nothing of a cell is in it.
    """
    try:
        # A byte that is not UTF-8 becomes a lone surrogate, so that its line can be named.
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            yield from _rows(_Lines(file))
    except OSError as error:
        raise ImportRefusedError(
            f"cannot read {path}: {error.strerror}: check where the file is and who may read it"
        ) from None


class _Lines:
    """Gives the file's lines, each checked, and counts them."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._left = 0
        self._read = 0
        self.row_line = 1

    def begin_row(self) -> None:
        """Note that the next line opens a row."""
        self._left = ROW_CHARACTERS
        self.row_line = self._read + 1

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._file.readline(self._left + 1)
        if not line:
            raise StopIteration
        self._read += 1
        self._left -= len(line)
        self._check(line)
        return line

    def _check(self, line: str) -> None:
        if not line.isascii() and any("\udc80" <= character <= "\udcff" for character in line):
            raise ImportRefusedError(f"line {self._read} is not UTF-8: {_SAVE_AGAIN}")
        if "\0" in line:
            raise ImportRefusedError(
                f"line {self._read} holds a NUL byte: the file is damaged or no CSV; {_SAVE_AGAIN}"
            )
        if self._left < 0:
            raise ImportRefusedError(
                f"the row on line {self.row_line} is longer than {ROW_CHARACTERS:,} characters: "
                "look there for a quotation mark that is opened and not closed"
            )


def _rows(lines: _Lines) -> Iterator[TableRow | RowProblem]:
    header = _header(lines)
    reader = csv.reader(lines, delimiter=header.delimiter, strict=True)
    count = 0
    while True:
        lines.begin_row()
        row = _row(reader, lines, header)
        if row is None:
            break
        if isinstance(row, RowProblem) or any(row.cells.values()):
            count += 1
            if count > ROWS:
                raise ImportRefusedError(
                    f"more than {ROWS:,} rows: load open and recently closed involvements only"
                )
            yield row
    if not count:
        raise ImportRefusedError("the file has a header line and no rows: export it again")


def _header(lines: _Lines) -> Header:
    lines.begin_row()
    for line in lines:
        if line.strip():
            return read_header(line)
        lines.begin_row()
    raise ImportRefusedError("the file is empty: export it again")


def _row(
    reader: Iterator[list[str]], lines: _Lines, header: Header
) -> TableRow | RowProblem | None:
    """Return the next row, empty or not; None at the end of the file."""
    try:
        cells = [cell.strip() for cell in next(reader)]
    except StopIteration:
        return None
    except csv.Error:
        return RowProblem(
            lines.row_line,
            WHOLE_ROW,
            "check the quotation marks: open and close them around a whole cell, and write "
            "one inside a cell twice",
        )
    expected = len(header.columns)
    if any(cells[expected:]):
        return RowProblem(
            lines.row_line,
            WHOLE_ROW,
            "has more cells than the header line: put quotation marks around a cell that holds "
            "the delimiter",
        )
    if any(cells) and len(cells) < expected:
        return RowProblem(
            lines.row_line,
            WHOLE_ROW,
            "has fewer cells than the header line: add the missing ones, even if they are empty",
        )
    return TableRow(lines.row_line, dict(zip(header.columns, cells, strict=False)))
