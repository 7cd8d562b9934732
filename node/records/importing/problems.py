"""What is wrong with one cell or row of a file, what to do, what was done. Never the value."""

from dataclasses import dataclass
from enum import StrEnum

from node.records.importing.places import Place

WHOLE_ROW = "row"
"""Stands for the column where a problem is not one cell's."""


class Done(StrEnum):
    """What becomes of what is wrong, in the words of the report."""

    LEFT_OUT = "row left out"
    LEFT_EMPTY = "field left empty"
    TAKEN_ONCE = "row taken once"
    NOT_USED = "line not used"
    """Of a table or file beside the rows, such as the contact directory."""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One thing to mend: where, the column's name, what to do.

    `called` is what the source calls the column, where that is not `column`.
    """

    place: Place
    column: str
    reason: str
    done: Done = Done.LEFT_OUT
    called: str = ""

    @property
    def line(self) -> int:
        """Return which line it is, of the only table there is."""
        return self.place.number

    @property
    def name(self) -> str:
        """Return the column's name as a steward finds it in the source."""
        return self.called or self.column


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was left out or settled without being a fault, and how often."""

    text: str
    count: int = 1
