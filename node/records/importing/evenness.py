"""Rows of a text with as many cells as its header, or why one has not."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from node.records.importing.problems import Note, RowProblem
from node.records.importing.raw import RawRow

_MORE = (
    "has more cells than the header line: put quotation marks around a cell that holds the "
    "separator"
)
_FEWER = (
    "has fewer cells than the header line: look for a line break inside a cell, or export it as "
    ".xlsx"
)

_Line = RawRow | RowProblem | Note


@dataclass(frozen=True, slots=True)
class Evenness:
    """How many cells a row has, and which it cannot do without."""

    width: int
    needed: Sequence[Sequence[int]]
    """The places, from 0, of each column that has to say something."""
    problem: Callable[[int, str], RowProblem]
    """Makes the problem of a line."""

    def even(self, lines: Iterable[_Line]) -> Iterator[_Line]:
        """Give every row with all its cells, or what is wrong with it.

        Excel leaves away the separators of empty cells at a row's end: such a row is filled up. A
        line break inside a cell makes two short rows of one: both are a problem.
        """
        before: _Line | None = None
        line: _Line | None = None
        for after in lines:
            if line is not None:
                yield self._evened(before, line, after)
            before, line = line, after
        if line is not None:
            yield self._evened(before, line, None)

    def _evened(self, before: _Line | None, line: _Line, after: _Line | None) -> _Line:
        if not isinstance(line, RawRow):
            return line
        if any(line.cells[self.width :]):
            return self.problem(line.line, _MORE)
        lacking = self.width - len(line.cells)
        if lacking <= 0:
            return line
        if self._is_part(line) or self._goes_on(line, after) or self._is_rest(before, line):
            return self.problem(line.line, _FEWER)
        return replace(line, cells=line.cells + ("",) * lacking)

    def _is_part(self, row: RawRow) -> bool:
        """Return whether a short row lacks what it needs, or the file ends within it."""
        is_whole = all(any(row.text(place) for place in each) for each in self.needed)
        return not (is_whole and row.is_ended)

    def _goes_on(self, row: RawRow, after: _Line | None) -> bool:
        """Return whether what follows a short row may be the rest of it."""
        if isinstance(after, RawRow) and len(after.cells) < self.width:
            return self._is_part(after) or self._is_rest(row, after)
        return isinstance(after, RowProblem)

    def _is_rest(self, before: _Line | None, row: RawRow) -> bool:
        """Return whether two short rows have together the cells of one, with one broken in two."""
        return isinstance(before, RawRow) and len(before.cells) + len(row.cells) == self.width + 1
