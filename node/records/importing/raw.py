"""A table before its columns are known: numbered lines of cells, whatever the file is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from node.errors import ImportRefusedError
from node.records.importing.problems import RowProblem


@dataclass(frozen=True, slots=True, repr=False)
class RawRow:
    """One line that is not empty: its number as a spreadsheet shows it, and its trimmed cells.

    `is_ended` says that a text goes on with a new line behind it.
    """

    line: int
    cells: tuple[str, ...]
    is_ended: bool = True

    def text(self, place: int) -> str:
        """Return a cell by its place, from 0; one that is lacking is empty."""
        return self.cells[place] if place < len(self.cells) else ""


@dataclass(frozen=True, slots=True)
class RawTable:
    """One way to read a file: a sheet of a workbook, or a text file with one separator.

    `read` gives the lines from the first on, at each call anew.
    """

    description: str
    """Such as "Windows-1252 text, separated by semicolons"; nothing of a cell is in it."""
    read: Callable[[], Iterator[RawRow | RowProblem]]
    sheet: int | None = None
    """A sheet's number from the left, from 1. A text has none: there a line with too many or too
    few cells was broken by what stands in it."""
    is_1904: bool = False
    """Whether the days of a workbook are counted from 1904."""


def cannot_read(path: Path, error: OSError) -> ImportRefusedError:
    """Return the refusal of a file that the system does not let us read."""
    return ImportRefusedError(
        f"cannot read {path}: {error.strerror}: check where the file is and who may read it"
    )
