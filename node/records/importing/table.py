"""A council's file as rows under our columns' names: its sheet and header found, its lines read."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from node.errors import ImportRefusedError
from node.records.importing.column_map import ColumnMap
from node.records.importing.columns import COLUMNS, OPTIONAL, REQUIRED, normalise_word
from node.records.importing.evenness import Evenness
from node.records.importing.footer import is_drawn, without_footer
from node.records.importing.guessing import guess_column
from node.records.importing.header import (
    HEADER_LINES,
    Header,
    check_no_data,
    find_header,
    first_line,
    normalised,
)
from node.records.importing.layout import Layout, mapped_layout, own_layout
from node.records.importing.places import on_line
from node.records.importing.problems import WHOLE_ROW, Note, RowProblem
from node.records.importing.raw import RawRow, RawTable, cannot_read
from node.records.importing.table_row import TableRow
from node.records.importing.text_file import text_tables
from node.records.importing.workbook import is_workbook, workbook_tables

ROWS = 1_000_000
"""Most rows of a file."""


@dataclass(frozen=True, slots=True)
class Found:
    """The table of a file that holds the rows, and its header."""

    table: RawTable
    header: Header

    @property
    def description(self) -> str:
        """How the file is read, for the report; nothing of a cell is in it."""
        return f"{self.table.description}, header in line {self.header.line}"

    def lines(self) -> Iterator[RawRow | RowProblem]:
        """Give the lines below the header, without those that repeat it and what is drawn below."""
        is_first = True
        for line in self.table.read():
            if line.line <= self.header.line:
                continue
            is_rule = is_first and isinstance(line, RawRow) and is_drawn(line.cells)
            is_first = False
            if isinstance(line, RowProblem) or not (is_rule or self._is_header(line)):
                yield line

    def _is_header(self, line: RawRow) -> bool:
        names = self.header.names
        # Nearly every row differs in its first cell.
        return normalise_word(line.cells[0]) == names[0] and normalised(line.cells) == names


@dataclass(frozen=True, slots=True)
class Table:
    """A file ready to be read: how, and where its columns are."""

    found: Found
    layout: Layout
    required: Sequence[str] = REQUIRED

    def rows(self) -> Iterator[TableRow | RowProblem | Note]:
        """Give every row that is not empty, or why it cannot be split into cells; a note for one
        that the map says to ignore, and of how many lines below the table are no rows.

        Raises:
            ImportRefusedError: too many rows, or none; or the file is broken further down.
        """
        count = 0
        for line in self._lines():
            if isinstance(line, Note):
                yield line
                continue
            count += 1
            if count > ROWS:
                raise ImportRefusedError(
                    f"more than {ROWS:,} rows: load open and recently closed involvements only"
                )
            yield line if isinstance(line, RowProblem) else self.layout.row(line.line, line.cells)
        if not count:
            raise ImportRefusedError("the file has a header line and no rows: export it again")

    def _lines(self) -> Iterator[RawRow | RowProblem | Note]:
        lines = without_footer(self.found.lines())
        if self.found.table.sheet is not None:
            return lines
        needed = [self.layout.places[name] for name in self.required if name in self.layout.places]
        return Evenness(len(self.found.header.names), needed, _uneven).even(lines)


def open_table(
    path: Path,
    column_map: ColumnMap | None = None,
    sheet: int | None = None,
    required: Sequence[str] = REQUIRED,
) -> Table:
    """Return a council's file, under our own columns' names, of which some are required, or those
    of a map.

    `sheet` is the number of a workbook's sheet, from 1; without it, the only one with a header.

    Raises:
        ImportRefusedError: a file that cannot be used as a whole; nothing of a cell is in it.
    """
    is_known = (column_map.headings() if column_map else frozenset(COLUMNS)).__contains__
    found = find_table(path, is_known, sheet)
    if found is None:
        raise ImportRefusedError(_NO_MAPPED_HEADER if column_map else _NO_OWN_HEADER)
    header = found.header
    layout = mapped_layout(column_map, header) if column_map else own_layout(header, required)
    return Table(found, replace(layout, is_1904=found.table.is_1904), required)


def find_table(path: Path, is_known: Callable[[str], bool], sheet: int | None) -> Found | None:
    """Return the table of a file with the most known names in its header, None where none has.

    Raises:
        ImportRefusedError: the file cannot be used, or several sheets of a workbook have a header.
    """
    tables = raw_tables(path, sheet)
    found = [
        Found(table, header)
        for table in tables
        if (header := find_header(table.read(), is_known)) is not None
    ]
    if not found and not any(True for table in tables for _ in table.read()):
        raise ImportRefusedError(_EMPTY)
    if len(found) > 1 and found[0].table.sheet is not None:
        raise ImportRefusedError(
            f"{len(found)} of {len(tables)} sheets have a header line: say which one is meant with "
            "--sheet NUMBER, counted from the left"
        )
    return max(found, key=lambda each: each.header.known, default=None)


def find_headings(path: Path, sheet: int | None) -> Found:
    """Return the table of a file whose headings are most likely ours, else that of the widest first
    line; no further line, for that may be a child's row.

    Raises:
        ImportRefusedError: the file cannot be used, or several sheets of a workbook have a header;
            or there is no line of column names.
    """
    found = find_table(path, lambda name: guess_column(name) is not None, sheet)
    if found is not None:
        return found
    lines = [
        Found(table, header)
        for table in raw_tables(path, sheet)
        if (header := first_line(table.read())) is not None
    ]
    if not lines:
        raise ImportRefusedError(_NO_OWN_HEADER)
    widest = max(lines, key=lambda each: len(each.header.names))
    check_no_data(widest.header.headings)
    return widest


def raw_tables(path: Path, sheet: int | None) -> Sequence[RawTable]:
    """Return the ways in which a file can be read; of a workbook its sheets, or the one wanted.

    Raises:
        ImportRefusedError: the file cannot be used, or has no such sheet.
    """
    try:
        if not path.is_file():
            path.open("rb").close()
            raise ImportRefusedError(f"cannot read {path}: it is no regular file: save it first")
        if path.stat().st_size == 0:
            raise ImportRefusedError(_EMPTY)
        tables = workbook_tables(path) if is_workbook(path) else text_tables(path)
    except OSError as error:
        raise cannot_read(path, error) from None
    if sheet is None:
        return tables
    chosen = [table for table in tables if table.sheet == sheet]
    if not chosen:
        raise ImportRefusedError(
            f"the file has no sheet {sheet}: --sheet counts a workbook's sheets from the left"
        )
    return chosen


def _uneven(line: int, reason: str) -> RowProblem:
    return RowProblem(on_line(line), WHOLE_ROW, reason)


_EMPTY = "the file is empty: export it again"

_NO_OWN_HEADER = (
    f"none of the first {HEADER_LINES} lines holds our column names. Say once with --map which "
    "column is which, or name them so, separated by commas, semicolons, tabs or vertical bars. "
    f"Required: {', '.join(REQUIRED)}. Optional: {', '.join(OPTIONAL)}"
)
_NO_MAPPED_HEADER = (
    f"none of the first {HEADER_LINES} lines holds the headings of this source's column map: "
    "export it as before, or make the map anew with --map"
)
