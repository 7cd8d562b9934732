"""Rows of a source gathered one by one: which are taken, which left out, and the report on all."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from node.errors import ImportRefusedError
from node.records.importing.cells import parse_kind
from node.records.importing.content import CaseRows, FileContent, LeftOut
from node.records.importing.places import Place
from node.records.importing.problems import WHOLE_ROW, Done, Note, RowProblem
from node.records.importing.report import ReportBuilder
from node.records.importing.rows import ParsedRow, RowReading, RowSays, read_row
from node.records.importing.shared_addresses import Address, find_shared
from node.records.importing.table import ROWS
from node.records.importing.table_row import (
    Entry,
    FaultyRow,
    OverCase,
    PurgedCase,
    TableRow,
)
from node.records.model import expiry
from protocol.messages.vocabulary import InvolvementKind


class Gathering:
    """Takes rows as they are read, and knows them by case reference and involvement."""

    def __init__(self, today: date) -> None:
        self._today = today
        self._builder = ReportBuilder()
        self._places: list[Place] = []
        self._readings: list[RowReading] = []
        self._first: dict[tuple[str, InvolvementKind], int] = {}
        self._repeated: dict[tuple[str, InvolvementKind], list[int]] = {}
        self._says: dict[RowSays, RowSays] = {}
        self._purged: list[PurgedCase] = []
        self._over: set[tuple[str, InvolvementKind]] = set()

    def add(self, entry: Entry) -> None:
        if isinstance(entry, Note):
            self._builder.note(entry)
        elif isinstance(entry, PurgedCase):
            self._purged.append(entry)
        elif isinstance(entry, OverCase):
            self._over.add((entry.case_reference, parse_kind(entry.involvement)))
        elif isinstance(entry, TableRow):
            self._add(entry.place, read_row(entry, self._today))
        else:
            faulty = entry if isinstance(entry, FaultyRow) else FaultyRow("", "", (entry,))
            self._add(faulty.problems[0].place, _reading(faulty))

    def _add(self, place: Place, reading: RowReading) -> None:
        position = len(self._readings)
        if position == ROWS:
            raise ImportRefusedError(
                f"more than {ROWS:,} rows: load open and recently closed involvements only"
            )
        self._places.append(place)
        # A million rows fill their columns in a few ways: keep one copy of each.
        says = self._says.setdefault(reading.says, reading.says)
        self._readings.append(replace(reading, says=says))
        if reading.case_reference is None or reading.kind is None:
            return
        key = (reading.case_reference, reading.kind)
        first = self._first.setdefault(key, position)
        if first != position:
            self._repeated.setdefault(key, [first]).append(position)

    def content(self, description: str, listed: frozenset[Address]) -> FileContent:
        for positions in self._repeated.values():
            self._resolve(positions)
        taken = [row for reading in self._readings if (row := self._count(reading)) is not None]
        report, shared = self._builder.build(description), find_shared(taken, listed)
        over = CaseRows(frozenset(self._over))
        return FileContent(taken, report, self._left_out(), _purged(self._purged), over, shared)

    def _count(self, reading: RowReading) -> ParsedRow | None:
        """Count a row; return it if it is taken."""
        if [problem.done for problem in reading.problems] == [Done.NOT_USED]:
            self._builder.count_not_used(reading.problems[0])
            return None
        parsed, kind = reading.parsed, reading.kind
        if parsed is not None and kind is not None and self._is_over(parsed):
            self._builder.count_over()
            self._over.add((parsed.case_reference, kind))
            return None
        says = None if reading.parsed is None else reading.says
        self._builder.count(reading.problems, says)
        return reading.parsed

    def _is_over(self, row: ParsedRow) -> bool:
        begin = row.identity.date_of_birth or row.identity.due_date
        return expiry(row.involvement, begin) <= self._today

    def _resolve(self, positions: Sequence[int]) -> None:
        """Of rows with one key, take the first if all say the same, else none."""
        first, *others = positions
        is_one = all(
            _says_the_same(self._readings[first].parsed, self._readings[other].parsed)
            for other in others
        )
        for position in others:
            self._drop(position, first, is_one)
        if not is_one:
            self._drop(first, others[0], is_one)

    def _drop(self, position: int, other: int, is_one: bool) -> None:
        reading = self._readings[position]
        if is_one:
            reason, done = "says the same as {}: export it once", Done.TAKEN_ONCE
            problems: tuple[RowProblem, ...] = ()
        else:
            reason, done = _DIFFERS, Done.LEFT_OUT
            problems = tuple(replace(problem, done=done) for problem in reading.problems)
        problem = RowProblem(
            self._places[position], WHOLE_ROW, reason.format(self._places[other]), done
        )
        self._readings[position] = replace(reading, parsed=None, problems=(*problems, problem))

    def _left_out(self) -> LeftOut:
        keys, cases, unknown = set(), set(), 0
        for reading in self._readings:
            if not any(problem.done is Done.LEFT_OUT for problem in reading.problems):
                continue
            if reading.case_reference is None:
                unknown += 1
            elif reading.kind is None:
                cases.add(reading.case_reference)
            else:
                keys.add((reading.case_reference, reading.kind))
        return LeftOut(frozenset(keys), frozenset(cases), unknown)


_DIFFERS = (
    "{} has the same case_reference and involvement and says something else: keep the right "
    "one of the two, or give each child a reference of its own"
)


def _reading(faulty: FaultyRow) -> RowReading:
    kind = parse_kind(faulty.involvement) if faulty.involvement else None
    return RowReading(faulty.case_reference or None, kind, None, faulty.problems)


def _purged(entries: Sequence[PurgedCase]) -> CaseRows:
    return CaseRows(
        frozenset(
            (entry.case_reference, parse_kind(entry.involvement))
            for entry in entries
            if entry.involvement
        ),
        frozenset(entry.case_reference for entry in entries if not entry.involvement),
    )


def _says_the_same(one: ParsedRow | None, other: ParsedRow | None) -> bool:
    """Return whether two rows say the same; one that cannot be read says nothing."""
    return one is not None and other is not None and replace(one, line=other.line) == other
