"""One row of a file under our own columns' names, whatever the file is."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, repr=False)
class TableRow:
    """One row: its line as a spreadsheet numbers it, and its trimmed texts by column.

    `faults` has, by column, why a cell's text could not be used: an error of a formula, a number
    that was rounded. Such a column has no text.
    """

    line: int
    cells: Mapping[str, str]
    faults: Mapping[str, str] = field(default_factory=dict)
