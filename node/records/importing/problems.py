"""What is wrong with one cell or row of a file, what to do, what was done. Never the value."""

from dataclasses import dataclass
from enum import StrEnum

WHOLE_ROW = "row"
"""Stands for the column where a problem is not one cell's."""


class Done(StrEnum):
    """What becomes of what is wrong, in the words of the report."""

    LEFT_OUT = "row left out"
    LEFT_EMPTY = "field left empty"
    TAKEN_ONCE = "row taken once"


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One thing to mend: the line as a spreadsheet numbers it, the column's name, what to do."""

    line: int
    column: str
    reason: str
    done: Done = Done.LEFT_OUT
