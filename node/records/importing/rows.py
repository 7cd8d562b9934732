"""One row of a file into a child's identity and an involvement, or all that is wrong with it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TypeVar

from node.records.importing import cells
from node.records.importing.columns import COLUMNS
from node.records.importing.problems import WHOLE_ROW, RowProblem
from node.records.importing.table import TableRow
from node.records.model import CASE_REFERENCE_BYTES
from protocol import limits
from protocol.errors import IdentityProblems
from protocol.matching.identity import FIELDS, Identity, parse_identity
from protocol.messages.involvement import ContactDetails, Involvement
from protocol.messages.vocabulary import InvolvementKind

FIELD_CHARACTERS = limits.IDENTITY_LIST_CHARACTERS
"""Longest cell of any column; most columns take much less."""

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True, repr=False)
class ParsedRow:
    """What one row says; `line` is where it begins, as an editor shows it."""

    line: int
    identity: Identity
    case_reference: str
    involvement: Involvement

    def __repr__(self) -> str:
        return f"ParsedRow(line {self.line}, ...)"


@dataclass(frozen=True, slots=True, repr=False)
class RowReading:
    """One row read: either `parsed` or `problems`.

    `key` (case reference, kind) is there wherever those two cells are right, so that a duplicate
    is found among faulty rows too. `filled` names the columns that say something, for a row
    without problems.
    """

    key: tuple[str, InvolvementKind] | None
    parsed: ParsedRow | None
    problems: tuple[RowProblem, ...]
    filled: tuple[str, ...]


def read_row(row: TableRow, today: date) -> RowReading:
    """Return what a row says, or every problem it has."""
    form = _Form(row)
    case_reference = form.read(
        "case_reference", partial(cells.parse_required_text, most_bytes=CASE_REFERENCE_BYTES)
    )
    identity = _identity(form, today)
    kind = form.read("involvement", cells.parse_kind)
    involvement = _involvement(form, kind, today)
    key = None if case_reference is None or kind is None else (case_reference, kind)
    if form.problems or case_reference is None or identity is None or involvement is None:
        return RowReading(key, None, tuple(form.problems), ())
    parsed = ParsedRow(row.line, identity, case_reference, involvement)
    return RowReading(key, parsed, (), tuple(_filled(row, identity)))


class _Form:
    """Reads a row cell by cell and collects the problems instead of stopping at the first."""

    def __init__(self, row: TableRow) -> None:
        self._row = row
        self.problems: list[RowProblem] = []

    def text(self, column: str) -> str:
        return self._row.cells.get(column, "")

    def read(self, column: str, parse: Callable[[str], _Value]) -> _Value | None:
        """Return a cell's value, None where it is wrong."""
        text = self.text(column)
        if len(text) > FIELD_CHARACTERS:
            self.refuse(column, "is far too long: check the quotation marks of this row")
            return None
        try:
            return parse(text)
        except cells.CellError as problem:
            self.refuse(column, str(problem))
            return None

    def refuse(self, column: str, reason: str) -> None:
        self.problems.append(RowProblem(self._row.line, column, reason))

    def is_refused(self, column: str) -> bool:
        return any(problem.column == column for problem in self.problems)


def _identity(form: _Form, today: date) -> Identity | None:
    fields = {field: form.text(field) for field in FIELDS}
    for field in (*_DATES, "due_date"):
        fields[field] = cells.without_midnight(fields[field])
    try:
        return parse_identity(fields, today)
    except IdentityProblems as found:
        for problem in found.problems:
            column = problem.field if problem.field in COLUMNS else WHOLE_ROW
            form.refuse(column, problem.reason)
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
    is_closed = form.read("status", cells.parse_is_closed)
    closed_on = form.read("closed_on", partial(cells.parse_past_day, today=today))
    if is_closed is True and closed_on is None and not form.is_refused("closed_on"):
        form.refuse("closed_on", "give the day on which it was closed, or change the status")
    if is_closed is False and closed_on is not None:
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


_DATES = tuple(field for field in FIELDS if field.endswith("date_of_birth"))

_HOLDS: dict[str, Callable[[Identity], object]] = {
    "surname": lambda identity: identity.surnames,
    "forename": lambda identity: identity.forenames,
    "date_of_birth": lambda identity: identity.date_of_birth,
    "postcode": lambda identity: identity.postcodes,
    "nhs_number": lambda identity: identity.nhs_number,
    "upn": lambda identity: identity.upn,
}
"""Whether a cell of these columns gave something: "0000000000" is no NHS number."""


def _filled(row: TableRow, identity: Identity) -> Iterator[str]:
    for column, text in row.cells.items():
        if text and (column not in _HOLDS or _HOLDS[column](identity)):
            yield column
