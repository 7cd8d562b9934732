"""Reads a text file with separators line by line: one row in memory, whatever the file's size."""

import csv
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TextIO

from node.errors import ImportRefusedError
from node.records.importing.encodings import MARK, SAVE_AGAIN, Encoding, detect_encoding
from node.records.importing.places import on_line
from node.records.importing.problems import WHOLE_ROW, RowProblem
from node.records.importing.raw import RawRow, RawTable, cannot_read

ROW_CHARACTERS = 16_384
"""Longest row, with its separators and line breaks."""

_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}


def text_tables(path: Path) -> list[RawTable]:
    """Return the ways to read a text file, one for each separator.

    Raises:
        ImportRefusedError: it is no text of one known encoding, or a web page.
        OSError: it cannot be read.
    """
    with path.open("rb") as stream:
        encoding = detect_encoding(stream)
    _refuse_markup(path, encoding)
    return [
        RawTable(
            f"{encoding.name} text, separated by {name}",
            partial(_rows, path, encoding, separator),
        )
        for separator, name in _SEPARATORS.items()
    ]


def _refuse_markup(path: Path, encoding: Encoding) -> None:
    with path.open(encoding=encoding.codec) as file:
        start = file.read(1024).lstrip()
    if start.startswith("<"):
        raise ImportRefusedError(
            "the file is a web page or XML, whatever its name says: open it in Excel and save it "
            "as .xlsx"
        )


class _Lines:
    """Gives the file's lines, each checked, and counts the rows that they make."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._left = 0
        self.row = 0
        self.is_ended = True
        """Whether the line that was given last ends as a line does."""

    def begin_row(self) -> None:
        """Note that the next line opens a row."""
        self._left = ROW_CHARACTERS
        self.row += 1

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._file.readline(self._left + 1)
        if not line:
            raise StopIteration
        self._left -= len(line)
        if "\0" in line:
            raise ImportRefusedError(
                f"line {self.row} holds a NUL character: the file is damaged; {SAVE_AGAIN}"
            )
        if self._left < 0:
            raise ImportRefusedError(
                f"the row on line {self.row} is longer than {ROW_CHARACTERS:,} characters: "
                "look there for a quotation mark that is opened and not closed"
            )
        self.is_ended = line.endswith(("\n", "\r"))
        return line.lstrip(MARK)


def _rows(path: Path, encoding: Encoding, separator: str) -> Iterator[RawRow | RowProblem]:
    try:
        with path.open(encoding=encoding.codec, newline="") as file:
            lines = _Lines(file)
            reader = csv.reader(lines, delimiter=separator, strict=True)
            while (row := _row(reader, lines)) is not None:
                if isinstance(row, RowProblem) or any(row.cells):
                    yield row
    except OSError as error:
        raise cannot_read(path, error) from None
    except UnicodeError:
        raise ImportRefusedError("the file changed while it was read: run it again") from None


def _row(reader: Iterator[list[str]], lines: _Lines) -> RawRow | RowProblem | None:
    """Return the next row, empty or not; None at the end of the file."""
    lines.begin_row()
    try:
        cells = tuple([cell.strip() for cell in next(reader)])
        return RawRow(lines.row, cells, lines.is_ended)
    except StopIteration:
        return None
    except csv.Error:
        return RowProblem(
            on_line(lines.row),
            WHOLE_ROW,
            "check the quotation marks: open and close them around a whole cell, and write "
            "one inside a cell twice",
        )
