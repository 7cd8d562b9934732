"""A census laid over the rows of another source: their statuses, by child id or UPN (80 §6)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from node.records.importing.cells import CellError, parse_kind
from node.records.importing.columns import normalise_word
from node.records.importing.days import recent
from node.records.importing.problems import Note
from node.records.importing.sources.cin_census import Census, CensusChild
from node.records.importing.sources.cleaning import clean_upn, parse_day
from node.records.importing.sources.episodes import status_cells
from node.records.importing.table_row import Entry, TableRow

_SET = Note("rows given their status by the census")
_NEWER = Note("rows that say their status and were updated after the census: left as they are")
_AMBIGUOUS = Note(
    "rows of whom it is not clear which child of the census is meant (an id or UPN fits, UPN or "
    "date of birth do not, or several children have the UPN): left as they are"
)
_UNMATCHED = "children of the census who are in no row: not added"


@dataclass(slots=True)
class _Overlay:
    census: Census
    today: date
    met: set[int] = field(default_factory=set)

    def entries(self, row: TableRow) -> Iterator[Entry]:
        child, is_clear = self._find(row)
        if not is_clear:
            yield _AMBIGUOUS
        if child is None or not is_clear:
            yield row
            return
        self.met.add(id(child))
        kind = _kind(row)
        if kind not in child.ended_on:
            yield row
        elif _says_status(row) and self._is_newer(row):
            yield _NEWER
            yield row
        else:
            yield _SET
            yield row.with_cells(status_cells(child.ended_on[kind]))

    def unmatched(self) -> Iterator[Note]:
        children = {id(child) for child in self.census.by_id.values()}
        children |= {id(child) for child in self.census.by_upn.values() if child}
        if left := len(children - self.met):
            yield Note(_UNMATCHED, left)

    def _find(self, row: TableRow) -> tuple[CensusChild | None, bool]:
        """Return the child that a row is of, if any, and whether that is clear."""
        upn = clean_upn(row.text("upn")).upper()
        child = self.census.by_id.get(row.text("case_reference"))
        if child is None and upn not in self.census.by_upn:
            return None, True
        child = child or self.census.by_upn[upn]
        if child is None:
            return None, False
        born_on = self._day(row, "date_of_birth")
        return child, _may_be_same(upn, child.upn) and _may_be_same(born_on, child.born_on)

    def _is_newer(self, row: TableRow) -> bool:
        updated_on = self._day(row, "last_updated")
        return updated_on is not None and updated_on > self.census.reference_date

    def _day(self, row: TableRow, column: str) -> date | None:
        """Return the day of a cell; one that cannot be read is found by the checks of the row."""
        try:
            return parse_day(row.text(column), recent(self.today))
        except CellError:
            return None


def with_statuses(entries: Iterable[Entry], census: Census, today: date) -> Iterator[Entry]:
    """Give the entries with the census's statuses; a child of it that no row is of is not added.

    A row that says its status and was updated after the census's day stays as it is.
    """
    yield from census.problems
    overlay = _Overlay(census, today)
    for entry in entries:
        if isinstance(entry, TableRow):
            yield from overlay.entries(entry)
        else:
            yield entry
    yield from overlay.unmatched()


def _says_status(row: TableRow) -> bool:
    return bool(row.text("status" if row.has("status") else "closed_on"))


def _may_be_same(one: object, other: object) -> bool:
    """Return whether two values are equal, or one of them is not known."""
    return not one or not other or one == other


def _kind(row: TableRow) -> str:
    """Return a row's kind as the census's statuses have it, "" where it is none."""
    try:
        kind = parse_kind(row.text("involvement"))
    except CellError:
        return ""
    return normalise_word(kind.name).replace("_", " ")
