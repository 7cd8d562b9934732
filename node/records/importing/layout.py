"""Where our columns stand in a file, and how one of its lines becomes a row of ours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from node.errors import ImportRefusedError
from node.records.importing.cells import CellError, unwrapped
from node.records.importing.cleaning import DateOrder, clean, is_error
from node.records.importing.column_map import IGNORE, ColumnMap
from node.records.importing.columns import DAYS, REQUIRED, normalise_word
from node.records.importing.header import Header, check_own_columns, name_list
from node.records.importing.places import on_line
from node.records.importing.problems import Note
from node.records.importing.table_row import TableRow

IGNORED = Note("rows with a word that the column map says to ignore: not loaded")


@dataclass(frozen=True, slots=True)
class Layout:
    """The places of our columns (from 0, those of one column are joined), constants and words."""

    places: Mapping[str, tuple[int, ...]]
    constants: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By column, their words, as `normalise_word` writes them, and ours."""
    date_order: DateOrder = "day_first"
    is_1904: bool = False
    """Whether a number in a column of days would be counted from 1904: none is taken for a day."""

    def row(self, line: int, cells: Sequence[str]) -> TableRow | Note:
        """Return a line's row, or that it is one to ignore; cells that it lacks are empty."""
        texts: dict[str, str] = dict(self.constants)
        faults: dict[str, str] = {}
        for column, places in self.places.items():
            found = [unwrapped(cells[place]) if place < len(cells) else "" for place in places]
            try:
                text = clean(column, _join(column, found), self.date_order)
                self._check_calendar(column, text)
            except CellError as problem:
                faults[column] = str(problem)
                continue
            words = self.words.get(column)
            ours = words.get(normalise_word(text)) if words else None
            if ours == IGNORE:
                return IGNORED
            texts[column] = text if ours is None else ours
        return TableRow(on_line(line), texts, faults)

    def _check_calendar(self, column: str, text: str) -> None:
        if self.is_1904 and column in DAYS and text.isdecimal():
            raise CellError(
                "is a number of days since 1904: make the column dates in Excel, and save it again"
            )


def own_layout(header: Header, required: Sequence[str] = REQUIRED) -> Layout:
    """Return the layout of a file under our own columns' names.

    Raises:
        ImportRefusedError: unknown, missing or duplicate columns, all of them at once.
    """
    check_own_columns(header.names, required)
    return Layout({name: (place,) for place, name in enumerate(header.names)})


def mapped_layout(column_map: ColumnMap, header: Header) -> Layout:
    """Return the layout of a file of other headings; what the map does not name is not read.

    Raises:
        ImportRefusedError: headings of the map that are missing or there twice. No other heading
            is repeated: what stands in a header line may be a child's data.
    """
    headings = sorted(column_map.headings())
    missing = [name for name in headings if name not in header.names]
    twice = [name for name in headings if header.names.count(name) > 1]
    if missing or twice:
        faults = [
            *name_list("these headings of the map are not in the file", missing),
            *name_list("these headings of the map are in the file twice", twice),
        ]
        raise ImportRefusedError(
            f"line {header.line}, the header, does not fit the column map: {'; '.join(faults)}. "
            "Export it as before, or make the map anew with --map"
        )
    return Layout(
        {
            column: tuple(header.names.index(normalise_word(name)) for name in names)
            for column, names in column_map.columns.items()
        },
        column_map.constants,
        {
            column: {normalise_word(theirs): ours for theirs, ours in words.items()}
            for column, words in column_map.values.items()
        },
        column_map.date_order,
    )


def _join(column: str, texts: Sequence[str]) -> str:
    """Return the cells as one: with semicolons where a column lists several, else with spaces."""
    if len(texts) == 1:
        return texts[0]
    for text in texts:
        if is_error(text):
            return text
    return ("; " if column.startswith("other_") else " ").join(filter(None, texts))
