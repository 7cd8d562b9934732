"""What is wrong with one cell or row of a file: where, and what to do. Never the value."""

from dataclasses import dataclass

WHOLE_ROW = "row"
"""Stands for the column where a problem is not one cell's."""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One thing to mend: the line as an editor shows it, the column's name, what to do."""

    line: int
    column: str
    reason: str
