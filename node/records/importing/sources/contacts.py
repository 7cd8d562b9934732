"""The contact directory: a duty line for each team, which no standard source has (spec 80 §6)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from node.errors import ImportRefusedError
from node.records.importing import cells
from node.records.importing.cleaning import clean
from node.records.importing.header import headers
from node.records.importing.nothing import is_nothing
from node.records.importing.places import Place
from node.records.importing.problems import Done, Note, RowProblem
from node.records.importing.raw import RawRow
from node.records.importing.sources.table_lines import Line, TableColumns, read_lines
from node.records.importing.table_row import Entry, TableRow
from node.records.importing.workbook import is_workbook, workbook_tables
from node.teams import team_key
from protocol import limits
from protocol.matching.placeholders import is_placeholder

EVERY_TEAM = "*"
"""Stands in the column `team` of the line that is for all teams without one of their own."""

DUTY_LINE = "Duty line"
"""The team of a child whose source names none: the one for all teams answers for it."""

_COLUMNS = TableColumns(
    "contacts",
    ("team", "telephone"),
    ("out_of_hours_telephone", "email", "organisation"),
    is_exported=False,
)

_CHECKS: Mapping[str, Callable[[str], str]] = {
    "team": partial(cells.parse_required_text, most_bytes=limits.TEAM_BYTES),
    "telephone": cells.parse_required_telephone,
    "out_of_hours_telephone": cells.parse_telephone,
    "email": cells.parse_email,
    "organisation": partial(cells.parse_text, most_bytes=limits.ORGANISATION_BYTES),
}

_BY_DEFAULT = Note("rows of teams without a duty line: given the one for every team (*)")
_NO_LINE = (
    "there is no duty line for this team: add a line for it to the contact directory, or one for "
    f"every team, with {EVERY_TEAM} as its name"
)


@dataclass(frozen=True, slots=True)
class ContactDirectory:
    """Duty lines by team as `_key` writes it, and all that is wrong with the file."""

    lines: Mapping[str, Mapping[str, str]]
    problems: tuple[RowProblem, ...]

    def find(self, team: str) -> Mapping[str, str] | None:
        """Return a team's line, or None where only the one for every team is left."""
        return self.lines.get(_key(team)) if team else None

    @property
    def for_every_team(self) -> Mapping[str, str] | None:
        return self.lines.get(EVERY_TEAM)

    @property
    def general_line(self) -> str:
        """Return the telephone for every team as rows have it, "" where there is none."""
        line = self.for_every_team
        return cells.parse_telephone(line["telephone"]) if line else ""


def read_contacts(path: Path) -> ContactDirectory:
    """Return the duty lines of a file; problems of its lines are in it.

    Raises:
        ImportRefusedError: the file as a whole cannot be used.
    """
    lines: dict[str, Mapping[str, str]] = {}
    problems: list[RowProblem] = []
    first_lines: dict[str, int] = {}
    try:
        for line in _read_lines(path):
            if isinstance(line, RowProblem):
                problems.append(line)
            elif isinstance(line, Line):
                found = _problems(line, first_lines)
                problems.extend(found)
                # Of two lines of one team nobody knows which is right.
                lines.pop(_key(line.text("team")), None)
                if not found:
                    lines[_key(line.text("team"))] = _contact(line)
    except OSError as error:
        raise ImportRefusedError(f"cannot read {path}: {error.strerror}") from None
    if not (lines or problems):
        raise ImportRefusedError("contacts: there is no line in it: add one for each team")
    return ContactDirectory(lines, tuple(problems))


def with_contacts(entries: Iterable[Entry], directory: ContactDirectory) -> Iterator[Entry]:
    """Give the entries with telephone numbers by team; what a row says itself stays.

    A row without a number whose team has no line gets the one for every team, or a problem.
    """
    yield from directory.problems
    for entry in entries:
        if isinstance(entry, TableRow):
            yield from _with_contact(entry, directory)
        else:
            yield entry


def _with_contact(row: TableRow, directory: ContactDirectory) -> Iterator[Entry]:
    contact = directory.find(row.text("team"))
    if contact is None and not is_placeholder(row.text("telephone")):
        yield row
        return
    if contact is None and directory.for_every_team:
        contact = directory.for_every_team
        row = row.with_cells({"team": DUTY_LINE}) if is_placeholder(row.text("team")) else row
        yield _BY_DEFAULT
    if contact is None:
        yield row.with_fault("telephone", _NO_LINE)
        return
    yield row.with_cells(
        {name: text for name, text in contact.items() if is_placeholder(row.text(name))}
    )


def _problems(line: Line, first_lines: dict[str, int]) -> list[RowProblem]:
    problems = []
    for column, check in _CHECKS.items():
        if column == "team" and line.text(column) == EVERY_TEAM:
            continue
        try:
            check(_text(line, column))
        except cells.CellError as problem:
            problems.append(RowProblem(line.place, column, str(problem), Done.NOT_USED))
    team = _key(line.text("team"))
    first = first_lines.setdefault(team, line.place.number)
    if first != line.place.number and (team == EVERY_TEAM or not is_placeholder(team)):
        reason = f"line {first} is of the same team: keep one of the two"
        problems.append(RowProblem(line.place, "team", reason, Done.NOT_USED))
    return problems


def _contact(line: Line) -> Mapping[str, str]:
    """Return what a row can be given: all but the team, which is the row's own."""
    texts = {column: _text(line, column) for column in _CHECKS if column != "team"}
    return {column: text for column, text in texts.items() if text}


def _text(line: Line, column: str) -> str:
    """Return a cell's text.

    Raises:
        CellError: an error of a formula, or a number that a spreadsheet shortened.
    """
    text = clean(column, line.text(column))
    return "" if is_nothing(text) else text


def _key(team: str) -> str:
    return team_key(cells.tidy(team))


def _read_lines(path: Path) -> Iterator[Line | RowProblem | Note]:
    if is_workbook(path):
        yield from _sheet_lines(path)
        return
    with path.open("rb") as stream:
        yield from read_lines(stream, _COLUMNS)


def _sheet_lines(path: Path) -> Iterator[Line]:
    """Give the lines below the header of a workbook's only sheet that has one."""
    known = {*_COLUMNS.required, *_COLUMNS.optional}
    found = [
        (table, header)
        for table in workbook_tables(path)
        for header in headers(table.read(), known.__contains__)
        if all(header.names.count(name) == 1 for name in _COLUMNS.required)
    ]
    if len(found) != 1:
        raise ImportRefusedError(
            "contacts: one line of one sheet has to name the columns team and telephone, each once"
        )
    [(table, header)] = found
    for row in table.read():
        if isinstance(row, RawRow) and row.line > header.line:
            named = zip(header.names, row.cells, strict=False)
            place = Place(_COLUMNS.name, "line", row.line)
            yield Line(place, {name: cell for name, cell in named if cell and name in known})
