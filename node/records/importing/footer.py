"""The lines below a table that are no rows: "(7 rows affected)", "Report run by ..."."""

import re
from collections.abc import Iterable, Iterator, Sequence

from node.records.importing.problems import Note, RowProblem
from node.records.importing.raw import RawRow

FOOTER_LINES = 10
"""Most lines of a footer: more lines of one cell are rows of which the rest is lost."""

_COUNT = re.compile(r"[\W\d_]*(rows?|records?|count|total)[\W\d_]*", re.IGNORECASE)
_WORDS = re.compile(r"[^\W\d_]{2,}")
"""A case reference has letters, or one word before its digits."""

_NO_ROWS = "lines at the end that are no rows (one cell of words, or a mark): not read"


def without_footer(
    lines: Iterable[RawRow | RowProblem],
) -> Iterator[RawRow | RowProblem | Note]:
    """Give the lines of a table, and how many at its end are no rows."""
    held: list[RawRow] = []
    for line in lines:
        if isinstance(line, RawRow) and len(held) < FOOTER_LINES and _is_of_footer(line.cells):
            held.append(line)
            continue
        yield from held
        held.clear()
        yield line
    if held:
        yield Note(_NO_ROWS, len(held))


def is_drawn(cells: Sequence[str]) -> bool:
    """Return whether a line is the rule that a database tool draws below its header."""
    return not any(cell.strip("-") for cell in cells)


def _is_of_footer(cells: Sequence[str]) -> bool:
    """Return whether the first cell alone is filled, with what is no reference of a case."""
    first, *others = cells
    if not first or any(others):
        return False
    is_mark = not any(character.isalnum() for character in first)
    return is_mark or bool(_COUNT.fullmatch(first)) or len(_WORDS.findall(first)) > 1
