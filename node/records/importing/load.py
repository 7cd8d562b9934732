"""A whole file into typed rows and a report, and what an unchanged row is recognised by."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from node.records.importing.column_map import ColumnMap
from node.records.importing.problems import WHOLE_ROW, Done, RowProblem
from node.records.importing.report import ImportReport, ReportBuilder
from node.records.importing.rows import ParsedRow, RowReading, read_row
from node.records.importing.shared_addresses import (
    NONE_SHARED,
    Address,
    SharedAddresses,
    find_shared,
)
from node.records.importing.table import open_table
from node.records.importing.table_row import TableRow
from node.store_key import StoreKey
from protocol import labels
from protocol.matching.keys import MatchKey, record_keys
from protocol.messages.vocabulary import InvolvementKind


@dataclass(frozen=True, slots=True, repr=False)
class LeftOut:
    """Which rows held the rows left out may be: those stay as they are (spec 80 §3)."""

    keys: frozenset[tuple[str, InvolvementKind]] = frozenset()
    cases: frozenset[str] = frozenset()
    """Case references of rows whose involvement cannot be read: it may be any of the case's."""
    unknown: int = 0
    """How many rows have no case reference that can be read: each may be any row held."""

    def source_keys(self, store_key: StoreKey, source: str) -> set[bytes]:
        """Return the source keys of all rows that `keys` and `cases` may be."""
        pairs = {*self.keys, *((case, kind) for case in self.cases for kind in InvolvementKind)}
        return {source_key(case, kind, store_key, source) for case, kind in pairs}


@dataclass(frozen=True, slots=True, repr=False)
class FileContent:
    """The rows that are taken, in the file's order, what is left out, and the report on all.

    Whether a file with problems is loaded is for the caller to say: `acceptance`.
    """

    rows: Sequence[ParsedRow]
    report: ImportReport
    left_out: LeftOut = field(default_factory=LeftOut)
    shared: SharedAddresses = NONE_SHARED

    def keys(self, row: ParsedRow) -> tuple[MatchKey, ...]:
        """Return a row's match keys, without those of an address that many children share."""
        return record_keys(row.identity, self.shared.postcodes_of(row.identity))


def read_file(
    path: Path,
    today: date,
    column_map: ColumnMap | None = None,
    sheet: int | None = None,
    listed: frozenset[Address] = frozenset(),
) -> FileContent:
    """Return what a council's file says; row problems are in the report.

    Raises:
        ImportRefusedError: the file cannot be used as a whole.
    """
    table = open_table(path, column_map, sheet)
    return read_rows(table.rows(), today, table.found.description, listed)


def read_rows(
    rows: Iterable[TableRow | RowProblem],
    today: date,
    description: str = "",
    listed: frozenset[Address] = frozenset(),
) -> FileContent:
    """Return what rows under our own columns' names say; `description` says how they were read,
    `listed` which addresses a steward says are shared.

    Rows that say the same are taken once. Of rows that have one case reference and involvement and
    say different things none is taken: nobody knows which is right.
    """
    gathering = _Gathering()
    for row in rows:
        if isinstance(row, RowProblem):
            gathering.add(row.line, RowReading(None, None, None, (row,), ()))
        else:
            gathering.add(row.line, read_row(row, today))
    return gathering.content(description, listed)


def fingerprints(
    row: ParsedRow, keys: Iterable[MatchKey], store_key: StoreKey, source: str
) -> tuple[bytes, bytes]:
    """Return the source key and content key of a row with these match keys, 32 bytes each.

    The source key says which row of which source it is; the content key changes with anything that
    would be stored. Neither depends on the OPRF key: where that changed, nothing is unchanged.
    """
    content_key = store_key.fingerprint(
        labels.STORE_CONTENT,
        *(key.oprf_input for key in keys),
        row.involvement.encode(),
        row.case_reference.encode(),
    )
    return source_key(row.case_reference, row.involvement.kind, store_key, source), content_key


def source_key(
    case_reference: str, kind: InvolvementKind, store_key: StoreKey, source: str
) -> bytes:
    """Return the fingerprint that says which row of which source it is."""
    return store_key.fingerprint(
        labels.STORE_SOURCE_ID, source.encode(), case_reference.encode(), bytes([kind])
    )


class _Gathering:
    """Takes rows as they are read, and knows them by case reference and involvement."""

    def __init__(self) -> None:
        self._lines: list[int] = []
        self._readings: list[RowReading] = []
        self._first: dict[tuple[str, InvolvementKind], int] = {}
        self._repeated: dict[tuple[str, InvolvementKind], list[int]] = {}
        self._filled: dict[tuple[str, ...], tuple[str, ...]] = {}

    def add(self, line: int, reading: RowReading) -> None:
        position = len(self._readings)
        self._lines.append(line)
        # A million rows fill their columns in a few ways: keep one copy of each.
        filled = self._filled.setdefault(reading.filled, reading.filled)
        self._readings.append(replace(reading, filled=filled))
        if reading.case_reference is None or reading.kind is None:
            return
        key = (reading.case_reference, reading.kind)
        first = self._first.setdefault(key, position)
        if first != position:
            self._repeated.setdefault(key, [first]).append(position)

    def content(self, description: str, listed: frozenset[Address]) -> FileContent:
        for positions in self._repeated.values():
            self._resolve(positions)
        builder = ReportBuilder()
        for reading in self._readings:
            filled = None if reading.parsed is None else reading.filled
            builder.count(reading.problems, filled, reading.blank)
        taken = [reading.parsed for reading in self._readings if reading.parsed is not None]
        report, shared = builder.build(description), find_shared(taken, listed)
        return FileContent(taken, report, self._left_out(), shared)

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
            reason, done = "says the same as line {}: export it once", Done.TAKEN_ONCE
            problems: tuple[RowProblem, ...] = ()
        else:
            reason, done = _DIFFERS, Done.LEFT_OUT
            problems = tuple(replace(problem, done=done) for problem in reading.problems)
        problem = RowProblem(
            self._lines[position], WHOLE_ROW, reason.format(self._lines[other]), done
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
    "line {} has the same case_reference and involvement and says something else: keep the right "
    "one of the two, or give each child a reference of its own"
)


def _says_the_same(one: ParsedRow | None, other: ParsedRow | None) -> bool:
    """Return whether two rows say the same; one that cannot be read says nothing."""
    return one is not None and other is not None and replace(one, line=other.line) == other
