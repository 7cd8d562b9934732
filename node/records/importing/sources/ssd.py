"""An extract of the Standard Safeguarding Dataset into rows of our columns (spec 80 §6)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

from node.errors import ImportRefusedError
from node.records.importing.cells import CellError
from node.records.importing.problems import Note, RowProblem
from node.records.importing.sources.cleaning import clean, clean_id, is_yes
from node.records.importing.sources.episodes import (
    CARE_LEAVER,
    Episode,
    Episodes,
    is_over,
    read_episode,
    status_cells,
)
from node.records.importing.sources.ssd_addresses import Addresses
from node.records.importing.sources.ssd_people import People, looked_up
from node.records.importing.sources.ssd_tables import EPISODES, OPTIONAL, REQUIRED, EpisodeTable
from node.records.importing.sources.ssd_workers import Workers
from node.records.importing.sources.table_files import TableFiles
from node.records.importing.sources.table_lines import Line
from node.records.importing.table_row import Entry, FaultyRow, Origin, OverCase, TableRow

_OVER = Note("episodes that ended over a year ago, or of care leavers past 25: left out")
_NO_FURTHER_ACTION = Note("referrals with no further action: left out")
_NOT_ELIGIBLE = Note("rows of care leavers with no current eligibility: left out")
_NO_PERSON = "add this person to ssd_person, which has nobody of this id, or remove the row"
_TWO_PERSONS = "ssd_person has two persons of this id: keep one of the two"
_NO_CONTACT = "give the last contact: nothing else says when this was last known"
_NOT_NOW = "no current eligibility"


def read_ssd(path: Path, today: date) -> Iterator[Entry]:
    """Give the rows of a folder or zip file of the dataset's tables, one CSV file each.

    Raises:
        ImportRefusedError: tables are missing, or one cannot be used as a whole.
    """
    files = TableFiles(path)
    missing = [table.name for table in REQUIRED if not files.has(table.name)]
    if missing:
        raise ImportRefusedError(
            f"these tables are missing: {', '.join(missing)}: add them, named ssd_person.csv and "
            "so on, with their header line even where they have no rows"
        )
    absent = [table.name for table in OPTIONAL if not files.has(table.name)]
    if absent:
        yield Note(f"tables that are not there ({', '.join(absent)})", len(absent))
    episodes = Episodes()
    of_anybody: dict[str, RowProblem] = {}
    for table in EPISODES:
        for entry in _read_episodes(files, table, episodes, today):
            if isinstance(entry, RowProblem):
                of_anybody.setdefault(table.kind, entry)
            yield entry
    people, addresses, workers = People(today), Addresses(today), Workers(today)
    yield from people.read(files, episodes.ids())
    yield from addresses.read(files, episodes.ids())
    yield from workers.read(files, episodes)
    for child in episodes.ids():
        for episode in episodes.of(child):
            if child not in people:
                reason = _TWO_PERSONS if people.is_twice(child) else _NO_PERSON
                origin = Origin(episode.began.place, episode.person_column)
                yield _faulty(child, episode, _problem(origin, reason))
            elif problem := workers.problem(child):
                yield _faulty(child, episode, problem)
            elif is_over(episode, people.date_of_birth(child), today):
                yield _OVER
                yield OverCase(child, episode.kind)
            elif episode.ended_on and (problem := of_anybody.get(episode.kind)):
                # The episode that cannot be read may be this child's, and open.
                yield _faulty(child, episode, problem)
            else:
                yield from _row(child, episode, people, addresses, workers)


def _read_episodes(
    files: TableFiles, table: EpisodeTable, episodes: Episodes, today: date
) -> Iterator[Entry]:
    for line in files.lines(table.columns):
        if not isinstance(line, Line):
            yield line
        elif table.no_further_action and is_yes(line.text(table.no_further_action)):
            yield _NO_FURTHER_ACTION
        elif table.eligibility and clean(line.text(table.eligibility)).lower() == _NOT_NOW:
            yield _NOT_ELIGIBLE
        else:
            yield from _read_line(table, line, episodes, today)


def _read_line(table: EpisodeTable, line: Line, episodes: Episodes, today: date) -> Iterator[Entry]:
    try:
        child = clean_id(line.text(table.person))
    except CellError as problem:
        yield RowProblem(line.place, table.person, str(problem))
        return
    if not child:
        yield RowProblem(line.place, table.person, "give the id of a person of ssd_person")
        return
    found = _episode(table, line, today)
    if not isinstance(found, Episode):
        yield FaultyRow(child, table.kind, tuple(found))
    elif is_over(found, "", today):
        yield _OVER
        yield OverCase(child, found.kind)
    else:
        episodes.add(
            child,
            replace(
                found,
                person_column=table.person,
                referral=looked_up(line, table.referral),
                team=looked_up(line, table.team),
                worker=looked_up(line, table.worker),
            ),
        )


def _episode(table: EpisodeTable, line: Line, today: date) -> Episode | list[RowProblem]:
    began, ended = Origin(line.place, table.began), Origin(line.place, table.ended)
    text = clean(line.text(table.began))
    if table.kind == CARE_LEAVER and not text:
        return Episode(table.kind, None, None, None, began, ended)
    return read_episode(table.kind, (began, text), (ended, line.text(table.ended)), today)


def _row(
    child: str, episode: Episode, people: People, addresses: Addresses, workers: Workers
) -> Iterator[Entry]:
    updated_on = episode.worked_on(workers.last_work_on(child)).updated_on
    if updated_on is None:
        yield _faulty(child, episode, _problem(episode.began, _NO_CONTACT))
        return
    person, origins = people.cells(child)
    address, address_origins = addresses.cells(child)
    worker, notes = workers.cells(child, episode)
    yield from notes
    cells = {
        **person,
        **address,
        **worker,
        **status_cells(episode.ended_on),
        "involvement": episode.kind,
        "last_updated": updated_on.isoformat(),
    }
    team = Origin(episode.began.place, "team")
    yield TableRow(
        episode.began.place,
        cells,
        origins={**origins, **address_origins, "team": team, "closed_on": episode.ended},
    )


def _faulty(child: str, episode: Episode, problem: RowProblem) -> FaultyRow:
    return FaultyRow(child, episode.kind, (problem,))


def _problem(origin: Origin, reason: str) -> RowProblem:
    return RowProblem(origin.place, origin.column, reason)
