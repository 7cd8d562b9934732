"""One row of a file into a child's identity and an involvement, or all that is wrong with it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import TypeVar

from node.records.importing import cells
from node.records.importing.columns import COLUMNS, DAYS, LEAVABLE
from node.records.importing.days import iso_day, span_of
from node.records.importing.names import readable_name
from node.records.importing.nothing import is_nothing_in
from node.records.importing.problems import WHOLE_ROW, Done, RowProblem
from node.records.importing.table_row import TableRow
from protocol import limits
from protocol.errors import IdentityError, IdentityProblems
from protocol.matching.entries import parse_calendar_day
from protocol.matching.identity import FIELDS, Identity, parse_identity
from protocol.matching.placeholders import is_proxy_date
from protocol.messages.involvement import ContactDetails, Involvement
from protocol.messages.vocabulary import InvolvementKind

FIELD_CHARACTERS = limits.IDENTITY_LIST_CHARACTERS
"""Longest cell of any column; most columns take much less."""

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True, repr=False)
class ParsedRow:
    """What one row says; `line` is where it begins, as an editor shows it, in its own table."""

    line: int
    identity: Identity
    case_reference: str
    involvement: Involvement

    def __repr__(self) -> str:
        return f"ParsedRow(line {self.line}, ...)"


@dataclass(frozen=True, slots=True)
class RowSays:
    """The columns that are filled in a row that is taken, by whether they say something."""

    filled: tuple[str, ...] = ()
    placeholders: tuple[str, ...] = ()
    """With a word for "not known", or a number that is none."""
    proxy_dates: tuple[str, ...] = ()
    """With a date that stands for none."""


NOTHING_SAID = RowSays()


@dataclass(frozen=True, slots=True, repr=False)
class RowReading:
    """One row read; without `parsed` it is left out.

    `case_reference` and `kind` are there wherever their own cells are right, whatever else is
    wrong: they say which row held a faulty one is.
    """

    case_reference: str | None
    kind: InvolvementKind | None
    parsed: ParsedRow | None
    problems: tuple[RowProblem, ...]
    says: RowSays = NOTHING_SAID


def read_row(row: TableRow, today: date) -> RowReading:
    """Return what a row says, and every problem it has.

    Where all that is wrong can be left empty, and enough is there without it, the row is taken.
    """
    reading = _read(row, today)
    faulty = {problem.column for problem in reading.problems}
    if not faulty or not faulty.issubset(LEAVABLE):
        return reading
    right = {column: text for column, text in row.cells.items() if column not in faulty}
    without = _read(replace(row, cells=right, faults={}), today)
    if without.parsed is None:
        return replace(reading, problems=reading.problems + without.problems)
    left_empty = [replace(problem, done=Done.LEFT_EMPTY) for problem in reading.problems]
    return replace(without, problems=tuple(left_empty))


def _read(row: TableRow, today: date) -> RowReading:
    form = _Form(row)
    case_reference = form.read("case_reference", cells.parse_case_reference)
    identity = _identity(form, today)
    kind = form.read("involvement", cells.parse_kind)
    involvement = _involvement(form, kind, today)
    if form.problems or case_reference is None or identity is None or involvement is None:
        return RowReading(case_reference, kind, None, tuple(form.problems))
    parsed = ParsedRow(row.line, identity, case_reference, involvement)
    return RowReading(case_reference, kind, parsed, (), _says(row, identity, today))


class _Form:
    """Reads a row cell by cell and collects the problems instead of stopping at the first."""

    def __init__(self, row: TableRow) -> None:
        self._row = row
        self.problems: list[RowProblem] = []

    def has(self, column: str) -> bool:
        return self._row.has(column)

    def text(self, column: str) -> str:
        text = self._row.text(column)
        return "" if is_nothing_in(column, text) else text

    def read(self, column: str, parse: Callable[[str], _Value]) -> _Value | None:
        """Return a cell's value, None where it is wrong."""
        if self.refuse_fault(column):
            return None
        text = self.text(column)
        if len(text) > FIELD_CHARACTERS:
            self.refuse(column, "is far too long: check the quotation marks of this row")
            return None
        try:
            return parse(text)
        except cells.CellError as problem:
            self.refuse(column, str(problem))
            return None

    def refuse_fault(self, column: str) -> bool:
        """Refuse a cell that held no usable text; return whether it was one."""
        fault = self._row.faults.get(column)
        if fault is not None:
            self.refuse(column, fault)
        return fault is not None

    def refuse_faults(self, columns: Iterable[str]) -> bool:
        """Refuse every one of these cells that held no usable text; return whether any did."""
        return sum([self.refuse_fault(column) for column in columns]) > 0

    def refuse(self, column: str, reason: str) -> None:
        self.problems.append(self._row.problem(column, reason))

    def is_refused(self, column: str) -> bool:
        return any(problem.column == column for problem in self.problems)


def _identity(form: _Form, today: date) -> Identity | None:
    is_faulty = form.refuse_faults(FIELDS)
    fields = {field: text for field in FIELDS if (text := form.text(field))}
    for field in filter(fields.__contains__, _DATES):
        fields[field] = iso_day(fields[field], span_of(field, today))
    for field in filter(fields.__contains__, _NAMES):
        name = form.read(field, readable_name)
        is_faulty = is_faulty or name is None
        fields[field] = name or ""
    try:
        return parse_identity(fields, today)
    except IdentityProblems as found:
        for problem in found.problems:
            if problem.field in COLUMNS:
                form.refuse(problem.field, problem.reason)
            elif not is_faulty:
                form.refuse(WHOLE_ROW, problem.reason)
        return None


def _involvement(form: _Form, kind: InvolvementKind | None, today: date) -> Involvement | None:
    """Read every cell of an involvement; None where one of them is wrong."""
    closed_on = _closed_on(form, today)
    lead_practitioner = form.read("lead_practitioner", cells.parse_yes_or_no)
    updated_on = form.read("last_updated", partial(cells.parse_required_past_day, today=today))
    covers = form.read("covers", partial(cells.parse_text, most_bytes=limits.COVERS_BYTES))
    contact = _contact(form)
    if (
        kind is None
        or lead_practitioner is None
        or updated_on is None
        or covers is None
        or contact is None
    ):
        return None
    return Involvement(kind, closed_on, lead_practitioner, updated_on, covers, contact)


def _closed_on(form: _Form, today: date) -> date | None:
    """Return the day on which it was closed; where a source has no status, that day says it."""
    is_closed = form.read("status", cells.parse_is_closed)
    closed_on = form.read("closed_on", partial(cells.parse_past_day, today=today))
    if is_closed is True and closed_on is None and not form.is_refused("closed_on"):
        form.refuse("closed_on", "give the day on which it was closed, or change the status")
    if is_closed is False and closed_on is not None and form.has("status"):
        form.refuse("closed_on", "clear it, or write closed as the status: the case is open")
    return closed_on


def _contact(form: _Form) -> ContactDetails | None:
    texts = (
        form.read("organisation", partial(cells.parse_text, most_bytes=limits.ORGANISATION_BYTES)),
        form.read("team", partial(cells.parse_required_text, most_bytes=limits.TEAM_BYTES)),
        form.read("role", partial(cells.parse_text, most_bytes=limits.JOB_TITLE_BYTES)),
        form.read("worker_name", partial(cells.parse_text, most_bytes=limits.PERSON_BYTES)),
        form.read("telephone", cells.parse_required_telephone),
        form.read("out_of_hours_telephone", cells.parse_telephone),
        form.read("email", cells.parse_email),
    )
    given = [text for text in texts if text is not None]
    return ContactDetails(*given) if len(given) == len(texts) else None


_DAYS = frozenset(DAYS)
_DATES = tuple(field for field in FIELDS if field.endswith(("date_of_birth", "due_date")))
_NAMES = tuple(field for field in FIELDS if field.endswith(("name", "names")))

_HOLDS: dict[str, Callable[[Identity], object]] = {
    "surname": lambda identity: identity.surnames,
    "forename": lambda identity: identity.forenames,
    "postcode": lambda identity: identity.postcodes,
    "nhs_number": lambda identity: identity.nhs_number,
    "upn": lambda identity: identity.upn,
}
"""Whether a cell of these columns gave something: "0000000000" is no NHS number."""


def _says(row: TableRow, identity: Identity, today: date) -> RowSays:
    filled: list[str] = []
    placeholders: list[str] = []
    proxy_dates: list[str] = []
    for column, text in row.cells.items():
        if not text:
            continue
        day = _day(column, text, today) if column in _DAYS else None
        if day is not None and is_proxy_date(day):
            proxy_dates.append(column)
        elif day is not None or _says_something(column, text, identity):
            filled.append(column)
        else:
            placeholders.append(column)
    return RowSays(tuple(filled), tuple(placeholders), tuple(proxy_dates))


def _says_something(column: str, text: str, identity: Identity) -> bool:
    """Return whether a text says something; what is no day in a column of days does not."""
    if column in _DAYS or is_nothing_in(column, text):
        return False
    return column not in _HOLDS or bool(_HOLDS[column](identity))


def _day(column: str, text: str, today: date) -> date | None:
    try:
        return parse_calendar_day("date", iso_day(text, span_of(column, today)))
    except IdentityError:
        return None
