"""Where the children of the Standard Safeguarding Dataset live and have lived."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from node.records.importing.cells import CellError
from node.records.importing.days import recent
from node.records.importing.places import Place
from node.records.importing.problems import Done, Note, RowProblem
from node.records.importing.sources.cleaning import clean, clean_postcode, clean_whole, parse_day
from node.records.importing.sources.ssd_people import looked_up
from node.records.importing.sources.ssd_tables import ADDRESS
from node.records.importing.sources.table_files import TableFiles
from node.records.importing.sources.table_lines import Line
from node.records.importing.table_row import Entry, Origin

_NO_JSON = Note("addresses whose addr_address_json is no JSON: without house and UPRN")


@dataclass(frozen=True, slots=True, repr=False)
class _Address:
    place: Place
    postcode: str
    house: str
    uprn: str
    began_on: date | None
    ended_on: date | None

    @property
    def rank(self) -> tuple[bool, date]:
        return self.ended_on is None, self.ended_on or self.began_on or date.min


class Addresses:
    """Addresses by child."""

    def __init__(self, today: date) -> None:
        self._today = today
        self._addresses: dict[str, list[_Address]] = {}
        self._faulty: set[str] = set()
        """Children of whose addresses one cannot be read: it may be the current one."""

    def read(self, files: TableFiles, children: Collection[str]) -> Iterator[Entry]:
        """Read the addresses of children who have an episode; gives what is wrong with them."""
        for line in files.lines(ADDRESS):
            if not isinstance(line, Line):
                yield line
                continue
            child = looked_up(line, "addr_person_id")
            if child in children:
                yield from self._take(child, line)

    def cells(self, child: str) -> tuple[Mapping[str, str], Mapping[str, Origin]]:
        """Return our cells for where a child lives and has lived, and where they were.

        A current address that is confidential, or cannot be read, says nothing, and no former one
        takes its place.
        """
        newest_first = sorted(
            self._addresses.get(child, ()), key=lambda address: address.rank, reverse=True
        )
        if not newest_first:
            return {}, {}
        current, former = newest_first[0], newest_first[1:]
        is_known = current.ended_on is None and child not in self._faulty
        if not is_known:
            former = newest_first
        others = dict.fromkeys(each.postcode for each in former if each.postcode)
        cells = {"other_postcodes": ";".join(others)}
        if is_known:
            cells |= {"postcode": current.postcode, "house": current.house, "uprn": current.uprn}
        origin = Origin(current.place, "addr_address_postcode")
        return cells, {"postcode": origin, "other_postcodes": origin}

    def _take(self, child: str, line: Line) -> Iterator[Entry]:
        days: list[date | None] = []
        for column in ("addr_address_start_date", "addr_address_end_date"):
            try:
                days.append(parse_day(line.text(column), recent(self._today)))
            except CellError as problem:
                self._faulty.add(child)
                yield RowProblem(line.place, column, str(problem), Done.NOT_USED)
                return
        postcode = clean_postcode(line.text("addr_address_postcode"))
        details = _details(line.text("addr_address_json"))
        if details is None:
            yield _NO_JSON
        house, uprn = _house(details or {}) if postcode else ("", "")
        ended_on = days[1] if days[1] and days[1] <= self._today else None
        address = _Address(line.place, postcode, house, uprn, days[0], ended_on)
        self._addresses.setdefault(child, []).append(address)


def _details(text: str) -> Mapping[str, str] | None:
    """Return the texts of an address by upper-case name, None where it is no JSON.

    Some scripts put it together from texts that may hold quotation marks.
    """
    if not clean(text):
        return {}
    try:
        found = json.loads(text, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    return {name.upper(): clean(value) for name, value in found.items() if isinstance(value, str)}


def _house(details: Mapping[str, str]) -> tuple[str, str]:
    """Return "Flat 2 14" or "Rose Cottage", and the unique property reference number."""
    flat = clean_whole(details.get("FLAT", ""))
    house = clean_whole(details.get("HOUSE", "")) or details.get("BUILDING", "")
    if flat and flat[0].isdigit():
        flat = f"Flat {flat}"
    return f"{flat} {house}".strip(), clean_whole(details.get("UPRN", ""))
