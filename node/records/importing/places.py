"""Where something stands in what is imported: a line, or a child of a payload."""

from typing import NamedTuple

_PLURALS = {"line": "lines", "child": "children"}


class Place(NamedTuple):
    """Where something stands: a file or table ("" where there is only one), what is counted in it
    ("line" or "child"), and which, from 1. Never a file's own name: that may be a child's."""

    within: str
    unit: str
    number: int

    def __str__(self) -> str:
        return f"{self.within} {self.unit} {self.number}".strip()


def on_line(number: int) -> Place:
    """Return the place of a plain file's line, as a spreadsheet numbers it."""
    return Place("", "line", number)


def format_places(within: str, unit: str, numbers: str, several: bool) -> str:
    """Return "ssd_cp_plans lines 4, 7-9" or "child 3"."""
    return f"{within} {_PLURALS[unit] if several else unit} {numbers}".strip()
