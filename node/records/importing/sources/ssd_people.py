"""The children of the Standard Safeguarding Dataset: names, numbers, and their families' adults."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from node.records.importing.cells import CellError
from node.records.importing.columns import normalise_word
from node.records.importing.days import adult_life
from node.records.importing.problems import Done, Note, RowProblem
from node.records.importing.sources.cleaning import (
    clean,
    clean_day,
    clean_id,
    clean_upn,
    clean_whole,
    parse_day,
)
from node.records.importing.sources.episodes import birth_cells
from node.records.importing.sources.ssd_tables import FAMILY, IDENTIFIERS, MOTHER, PERSON
from node.records.importing.sources.table_files import TableFiles
from node.records.importing.sources.table_lines import Line
from node.records.importing.table_row import Entry, Origin
from protocol import limits

ADULT_YEARS = 18
PARENT_YEARS = 16
"""An adult of a child's family who is at least so many years older is taken for a carer."""

_CARERS = ("carer", *(f"carer_{n}" for n in range(2, limits.IDENTITY_CARERS + 1)))

_NO_INVOLVEMENT = Note("persons with no involvement that a node answers of: left out")
_NOT_HERE = Note("members of families who are not in ssd_person: left out")

_IDENTIFIERS = {
    "nhs_number": "nhs_number",
    "unique_pupil_number": "upn",
    "former_unique_pupil_number": "former_upn",
}
_NAMES = {
    "case_reference": "pers_person_id",
    "surname": "pers_surname",
    "forename": "pers_forename",
    "date_of_birth": "pers_dob",
    "due_date": "pers_expected_dob",
    "nhs_number": "pers_single_unique_id",
    "upn": "pers_upn",
}


@dataclass(slots=True, repr=False)
class _Person:
    """One person, and where each of our cells was found."""

    line: Line
    cells: dict[str, str]
    origins: dict[str, Origin]
    born_on: date | None
    former_upn: str = ""
    families: set[str] = field(default_factory=set)


class People:
    """Children who have an episode, and the adults of their families."""

    def __init__(self, today: date) -> None:
        self._today = today
        self._persons: dict[str, _Person] = {}
        self._families: dict[str, list[str]] = {}
        self._mothers: dict[str, str] = {}
        self._twice: set[str] = set()

    def __contains__(self, child: object) -> bool:
        return child in self._persons

    def is_twice(self, person: str) -> bool:
        """Return whether two lines say different things of a person: neither is taken then."""
        return person in self._twice

    def read(self, files: TableFiles, children: Collection[str]) -> Iterator[Entry]:
        """Read the persons, their families and their numbers; gives what is wrong with them."""
        yield from self._read_families(files, children)
        adults = {person for members in self._families.values() for person in members}
        yield from self._read_persons(files, children, {*adults, *self._mothers.values()})
        yield from self._read_identifiers(files, children)
        relatives = adults | {*self._mothers.values()}
        if missing := len(relatives - self._persons.keys() - self._twice):
            yield Note(_NOT_HERE.text, missing)

    def date_of_birth(self, child: str) -> str:
        return self._persons[child].cells.get("date_of_birth", "")

    def cells(self, child: str) -> tuple[Mapping[str, str], Mapping[str, Origin]]:
        """Return our cells for who a child is and with whom it lives, and where they were."""
        person = self._persons[child]
        cells = {**person.cells, "upn": person.cells["upn"] or person.former_upn}
        origins = dict(person.origins)
        for carer, adult in zip(_CARERS, self._adults(child, person), strict=False):
            for column in ("forename", "surname", "date_of_birth"):
                cells[f"{carer}_{column}"] = adult.cells.get(column, "")
                origins[f"{carer}_{column}"] = adult.origins[column]
        return cells, origins

    def _adults(self, child: str, person: _Person) -> Iterator[_Person]:
        """Give the mother first, where she is known, then the other adults of the families."""
        mother = self._mothers.get(child, "")
        others = (member for family in sorted(person.families) for member in self._families[family])
        for adult_id in dict.fromkeys([mother, *others]):
            adult = self._persons.get(adult_id)
            if adult is None or adult_id == child:
                continue
            if adult_id == mother or _is_carer(adult.born_on, person.born_on, self._today):
                yield adult

    def _read_families(self, files: TableFiles, children: Collection[str]) -> Iterator[Entry]:
        of_children: dict[str, set[str]] = {}
        for line in files.lines(FAMILY):
            if not isinstance(line, Line):
                yield line
                continue
            person, family = looked_up(line, "fami_person_id"), looked_up(line, "fami_family_id")
            if person in children and family:
                of_children.setdefault(family, set()).add(person)
        self._families = {family: [] for family in of_children}
        for line in files.lines(FAMILY):
            if isinstance(line, Line):
                person, family = (
                    looked_up(line, "fami_person_id"),
                    looked_up(line, "fami_family_id"),
                )
                if family in self._families and person:
                    self._families[family].append(person)
        for line in files.lines(MOTHER):
            if not isinstance(line, Line):
                yield line
                continue
            child = looked_up(line, "moth_childs_person_id")
            mother = looked_up(line, "moth_person_id")
            if child in children and mother and mother != child:
                self._mothers[child] = mother

    def _read_persons(
        self, files: TableFiles, children: Collection[str], adults: Collection[str]
    ) -> Iterator[Entry]:
        for line in files.lines(PERSON):
            if not isinstance(line, Line):
                yield line
                continue
            try:
                person_id = clean_id(line.text("pers_person_id"))
            except CellError as problem:
                yield _not_used(line, str(problem))
                continue
            if not person_id:
                yield _not_used(line, "give each person an id")
            elif person_id not in children and person_id not in adults:
                yield _NO_INVOLVEMENT
            elif first := self._persons.get(person_id):
                reason = f"line {first.line.place.number} has the same id: keep one of the two"
                yield _not_used(line, reason)
                if first.cells != self._person(person_id, line).cells:
                    self._twice.add(person_id)
            else:
                self._persons[person_id] = self._person(person_id, line)
        for person_id in self._twice:
            del self._persons[person_id]
        for family, members in self._families.items():
            for member in members:
                if member in self._persons:
                    self._persons[member].families.add(family)

    def _person(self, person_id: str, line: Line) -> _Person:
        forename, surname = clean(line.text("pers_forename")), clean(line.text("pers_surname"))
        number = line.text("pers_single_unique_id") or line.text("pers_common_child_id")
        cells = {
            "case_reference": person_id,
            "forename": forename,
            "surname": surname,
            "nhs_number": clean_whole(number),
            "upn": clean_upn(line.text("pers_upn")),
            **birth_cells(
                clean_day(line.text("pers_dob")),
                clean_day(line.text("pers_expected_dob")),
                forename,
                surname,
                self._today,
            ),
        }
        origins = {column: Origin(line.place, name) for column, name in _NAMES.items()}
        return _Person(line, cells, origins, _born_on(cells.get("date_of_birth", ""), self._today))

    def _read_identifiers(self, files: TableFiles, children: Collection[str]) -> Iterator[Entry]:
        for line in files.lines(IDENTIFIERS):
            if not isinstance(line, Line):
                yield line
                continue
            child = looked_up(line, "link_person_id")
            kind = _IDENTIFIERS.get(normalise_word(line.text("link_identifier_type")))
            value = clean_upn(line.text("link_identifier_value"))
            if child not in children or child not in self._persons or kind is None or not value:
                continue
            self._take_identifier(self._persons[child], kind, value, line)

    def _take_identifier(self, person: _Person, kind: str, value: str, line: Line) -> None:
        if kind == "upn" and clean(line.text("link_valid_to_date")):
            kind = "former_upn"
        if kind == "former_upn":
            person.former_upn = person.former_upn or value
        elif not person.cells[kind]:
            person.cells[kind] = value
            person.origins[kind] = Origin(line.place, "link_identifier_value")


def _not_used(line: Line, reason: str) -> RowProblem:
    return RowProblem(line.place, "pers_person_id", reason, Done.NOT_USED)


def looked_up(line: Line, column: str) -> str:
    """Return an id that is only looked up: one that a spreadsheet has shortened finds nothing."""
    try:
        return clean_id(line.text(column))
    except CellError:
        return ""


def _is_carer(adult: date | None, child: date | None, today: date) -> bool:
    if adult is None or today.year - adult.year <= ADULT_YEARS:
        return False
    return child is None or child.year - adult.year >= PARENT_YEARS


def _born_on(text: str, today: date) -> date | None:
    """Return a date of birth; one that cannot be read is found by the checks of the row."""
    try:
        return parse_day(text, adult_life(today))
    except CellError:
        return None
