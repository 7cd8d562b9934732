"""One row under our own columns' names, whatever it was read from."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from node.records.importing.places import Place
from node.records.importing.problems import Note, RowProblem


class Origin(NamedTuple):
    """Where a cell came from, and what it is called there."""

    place: Place
    column: str


@dataclass(frozen=True, slots=True, repr=False)
class TableRow:
    """One row: where it stands, and its trimmed texts by column.

    `faults` has, by column, why a cell's text could not be used: an error of a formula, a number
    that was rounded. Such a column has no text. `origins` says of a column where its text stood,
    if not at `place` under our name.
    """

    place: Place
    cells: Mapping[str, str]
    faults: Mapping[str, str] = field(default_factory=dict)
    origins: Mapping[str, Origin] = field(default_factory=dict)

    @property
    def line(self) -> int:
        """Return which line it is, of the only table there is."""
        return self.place.number

    def has(self, column: str) -> bool:
        """Return whether the source has such a column, whatever stands there."""
        return column in self.cells or column in self.faults

    def text(self, column: str) -> str:
        return self.cells.get(column, "")

    def problem(self, column: str, reason: str) -> RowProblem:
        """Return a problem of a cell, where the source has it and as it is called there."""
        origin = self.origins.get(column)
        if origin is None:
            return RowProblem(self.place, column, reason)
        return RowProblem(origin.place, column, reason, called=origin.column)

    def with_cells(self, cells: Mapping[str, str]) -> "TableRow":
        """Return the row with these cells instead of its own."""
        return replace(self, cells={**self.cells, **cells})

    def with_fault(self, column: str, reason: str) -> "TableRow":
        """Return the row with a cell that cannot be used."""
        right = {name: text for name, text in self.cells.items() if name != column}
        return replace(self, cells=right, faults={**self.faults, column: reason})


@dataclass(frozen=True, slots=True, repr=False)
class FaultyRow:
    """A row that cannot be made, and what is known of which one it is: "" where that is not."""

    case_reference: str
    involvement: str
    problems: tuple[RowProblem, ...]


@dataclass(frozen=True, slots=True, repr=False)
class PurgedCase:
    """A case that the source wants erased, as far as no row takes its place: one involvement of
    it, or with "" all that is held."""

    case_reference: str
    involvement: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class OverCase:
    """An involvement of a case of which no node answers any more, as far as no row takes its
    place."""

    case_reference: str
    involvement: str


Entry = TableRow | FaultyRow | RowProblem | PurgedCase | OverCase | Note
"""What a source gives. A problem by itself is a row's of which nothing is known, or a line's that
is no row."""
