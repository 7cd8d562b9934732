"""The contact directory: a duty line for each team, which no standard source has (spec 80 §6)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from node.errors import ImportRefusedError
from node.records.importing import cells
from node.records.importing.problems import Done, Note, RowProblem
from node.records.importing.sources.cleaning import clean
from node.records.importing.sources.table_lines import Line, TableColumns, read_lines
from node.records.importing.table_row import Entry, TableRow
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
        return self.lines.get(team_key(team)) if team else None

    @property
    def for_every_team(self) -> Mapping[str, str] | None:
        return self.lines.get(EVERY_TEAM)


def read_contacts(path: Path) -> ContactDirectory:
    """Return the duty lines of a file; problems of its lines are in it.

    Raises:
        ImportRefusedError: the file as a whole cannot be used.
    """
    lines: dict[str, Mapping[str, str]] = {}
    problems: list[RowProblem] = []
    first_lines: dict[str, int] = {}
    try:
        with path.open("rb") as stream:
            for line in read_lines(stream, _COLUMNS):
                if isinstance(line, RowProblem):
                    problems.append(line)
                elif isinstance(line, Line):
                    found = _problems(line, first_lines)
                    problems.extend(found)
                    # Of two lines of one team nobody knows which is right.
                    lines.pop(team_key(line.text("team")), None)
                    if not found:
                        lines[team_key(line.text("team"))] = _contact(line)
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
    if contact is None and row.text("telephone"):
        yield row
        return
    if contact is None and directory.for_every_team:
        contact = directory.for_every_team
        row = row if row.text("team") else row.with_cells({"team": DUTY_LINE})
        yield _BY_DEFAULT
    if contact is None:
        yield row.with_fault("telephone", _NO_LINE)
        return
    yield row.with_cells({name: text for name, text in contact.items() if not row.text(name)})


def _problems(line: Line, first_lines: dict[str, int]) -> list[RowProblem]:
    problems = []
    for column, check in _CHECKS.items():
        text = clean(line.text(column))
        if column == "team" and text == EVERY_TEAM:
            continue
        try:
            check(text)
        except cells.CellError as problem:
            problems.append(RowProblem(line.place, column, str(problem), Done.NOT_USED))
    team = team_key(line.text("team"))
    first = first_lines.setdefault(team, line.place.number)
    if first != line.place.number and (team == EVERY_TEAM or not is_placeholder(team)):
        reason = f"line {first} is of the same team: keep one of the two"
        problems.append(RowProblem(line.place, "team", reason, Done.NOT_USED))
    return problems


def _contact(line: Line) -> Mapping[str, str]:
    """Return what a row can be given: all but the team, which is the row's own."""
    texts = {column: clean(line.text(column)) for column in _CHECKS if column != "team"}
    return {column: text for column, text in texts.items() if text}
