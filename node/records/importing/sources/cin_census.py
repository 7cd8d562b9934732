"""A CIN census into statuses by child: which involvements go on, and when others ended."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

from node.errors import ImportRefusedError
from node.records.importing.cells import CellError
from node.records.importing.days import recent
from node.records.importing.places import Place
from node.records.importing.problems import Done, RowProblem
from node.records.importing.sources.cin_xml import CensusElement, CensusHead, read_census_xml
from node.records.importing.sources.cleaning import clean_id, clean_upn, is_yes, parse_day
from node.records.importing.sources.episodes import Episode, Episodes, read_episode
from node.records.importing.table_row import Origin

_REFERENCE_DATE = "write ReferenceDate into Header/CollectionDetails, as 2026-03-31"


@dataclass(frozen=True, slots=True, repr=False)
class CensusChild:
    """One child of a census: its ids, "" where there is none, when it was born if that is said,
    and for each kind of involvement the day on which it ended, None while it goes on."""

    id: str
    upn: str
    born_on: date | None
    ended_on: Mapping[str, date | None]


@dataclass(frozen=True, slots=True, repr=False)
class Census:
    """The children of a census by their ids, the day it is of, and all that is wrong with it."""

    reference_date: date
    by_id: Mapping[str, CensusChild]
    by_upn: Mapping[str, CensusChild | None]
    """None where several children have one UPN: it says of none of them who is meant."""
    problems: tuple[RowProblem, ...]


def read_census(path: Path, today: date) -> Census:
    """Return the statuses of a CIN census file; problems of its children are in it.

    Raises:
        ImportRefusedError: the file as a whole cannot be used.
    """
    try:
        with path.open("rb") as stream:
            return _census(read_census_xml(stream), today)
    except OSError as error:
        raise ImportRefusedError(f"cannot read {path}: {error.strerror}") from None


def _census(found: Iterator[CensusHead | CensusElement], today: date) -> Census:
    reference_date: date | None = None
    children: list[CensusChild] = []
    problems: list[RowProblem] = []
    places: dict[str, Place] = {}
    for element in found:
        if isinstance(element, CensusHead):
            reference_date = _reference_date(element, today)
            continue
        place = Place("census", "child", len(children) + 1)
        found_wrong: list[RowProblem] = []
        child = _child(element, place, today, found_wrong)
        first = places.setdefault(child.id, place)
        if child.id and first != place:
            reason = f"{first} has the same LAchildID: keep one of the two"
            found_wrong.append(RowProblem(place, "LAchildID", reason))
            children[first.number - 1] = replace(children[first.number - 1], ended_on={})
        # A faulty child is known and says nothing: an older episode of it may not stand for it.
        children.append(replace(child, ended_on={}) if found_wrong else child)
        problems += [replace(problem, done=Done.NOT_USED) for problem in found_wrong]
    if reference_date is None:
        raise ImportRefusedError(f"the census is of no day: {_REFERENCE_DATE}")
    by_id = {child.id: child for child in children if child.id}
    return Census(reference_date, by_id, _by_upn(children), tuple(problems))


def _by_upn(children: Sequence[CensusChild]) -> Mapping[str, CensusChild | None]:
    by_upn: dict[str, CensusChild | None] = {}
    for child in children:
        if child.upn:
            by_upn[child.upn] = None if child.upn in by_upn else child
    return by_upn


def _reference_date(head: CensusHead, today: date) -> date:
    try:
        day = parse_day(head.reference_date, recent(today))
    except CellError:
        day = None
    if day is None:
        raise ImportRefusedError(f"the census is of no day: {_REFERENCE_DATE}")
    return day


def _child(
    element: CensusElement, place: Place, today: date, problems: list[RowProblem]
) -> CensusChild:
    identifiers = next(iter(element.elements("ChildIdentifiers")), CensusElement())
    try:
        child_id = clean_id(identifiers.text("LAchildID"))
    except CellError as problem:
        child_id = ""
        problems.append(RowProblem(place, "LAchildID", str(problem)))
    upn = clean_upn(identifiers.text("UPN")).upper()
    if not (child_id or upn or identifiers.text("LAchildID")):
        problems.append(RowProblem(place, "LAchildID", "give each child its own"))
    episodes = Episodes()
    for episode in _episodes(element, place, today, problems):
        episodes.add("", episode)
    return CensusChild(
        child_id,
        upn,
        _born_on(identifiers, place, today, problems),
        {episode.kind: episode.ended_on for episode in episodes.of("")},
    )


def _born_on(
    identifiers: CensusElement, place: Place, today: date, problems: list[RowProblem]
) -> date | None:
    try:
        return parse_day(identifiers.text("PersonBirthDate"), recent(today))
    except CellError as problem:
        problems.append(RowProblem(place, "PersonBirthDate", str(problem)))
        return None


def _episodes(
    element: CensusElement, place: Place, today: date, problems: list[RowProblem]
) -> Iterator[Episode]:
    def read(kind: str, began: _Day, ended: _Day) -> Iterator[Episode]:
        origins = (Origin(place, began.name), began.text), (Origin(place, ended.name), ended.text)
        episode = read_episode(kind, *origins, today)
        if isinstance(episode, Episode):
            yield episode
        else:
            problems.extend(episode)

    for referral in element.elements("CINdetails"):
        referred = _Day.of(referral, "CINreferralDate")
        closed = _Day.of(referral, "CINclosureDate")
        # No further action and no closing: it was looked at on its day, and that was all.
        is_looked_at = is_yes(referral.text("ReferralNFA")) and not closed.text
        yield from read("child in need", referred, referred if is_looked_at else closed)
        for enquiry in referral.elements("Section47"):
            # The census has no day on which an enquiry ended: its conference, or the whole case.
            conference = _Day.of(enquiry, "DateOfInitialCPC")
            ended = conference if conference.text else closed
            if ended.text or not is_yes(enquiry.text("ICPCnotRequired")):
                began = _Day.of(enquiry, "S47ActualStartDate")
                yield from read("section 47 enquiry", began, ended)
        for plan in referral.elements("ChildProtectionPlans"):
            began, ended = _Day.of(plan, "CPPstartDate"), _Day.of(plan, "CPPendDate")
            yield from read("child protection plan", began, ended)


class _Day(NamedTuple):
    """A date as the census has it, and the name of its element."""

    name: str
    text: str

    @classmethod
    def of(cls, element: CensusElement, name: str) -> "_Day":
        return cls(name, element.text(name))
