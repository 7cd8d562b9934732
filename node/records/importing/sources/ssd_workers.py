"""Who works with a child of the Standard Safeguarding Dataset, and in which team."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from node.records.importing.cells import CellError
from node.records.importing.days import recent
from node.records.importing.problems import Note, RowProblem
from node.records.importing.sources.cleaning import clean, parse_day
from node.records.importing.sources.episodes import Episode, Episodes
from node.records.importing.sources.ssd_people import looked_up
from node.records.importing.sources.ssd_tables import DEPARTMENT, INVOLVEMENTS, PROFESSIONALS
from node.records.importing.sources.table_files import TableFiles
from node.records.importing.sources.table_lines import Line
from node.records.importing.table_row import Entry
from protocol import limits

_LEADING = ("allocated", "case worker", "caseworker", "key worker", "lead")
_LEADING_CODES = frozenset({"CW"})
"""What a role is called in which somebody leads the work with a child."""

_LEFT = Note("rows of a professional who is not in ssd_professionals: without a worker's name")
_LONG = Note(f"job titles of more than {limits.JOB_TITLE_BYTES} characters: left out")


@dataclass(frozen=True, slots=True, repr=False)
class _Work:
    """One involvement of a professional with a child."""

    professional: str
    team: str
    role: str
    referral: str
    began_on: date | None
    ended_on: date | None

    def rank(self, referral: str) -> tuple[bool, bool, date]:
        """Return what orders it behind a better one: current, of that referral, and latest."""
        last = self.ended_on or self.began_on or date.min
        return self.ended_on is None, referral == self.referral, last

    def leads(self, referral: str) -> bool:
        """Return whether this is who leads the work on what began with a referral, or without."""
        is_of_it = self.referral in ("", referral)
        words = any(word in self.role.lower() for word in _LEADING)
        return is_of_it and (words or self.role.upper() in _LEADING_CODES)


class _Professional(NamedTuple):
    name: str
    job_title: str
    department: str


class Workers:
    """Involvements by child, professionals and teams by id."""

    def __init__(self, today: date) -> None:
        self._today = today
        self._work: dict[str, list[_Work]] = {}
        self._professionals: dict[str, _Professional] = {}
        self._teams: dict[str, str] = {}
        self._problems: dict[str, RowProblem] = {}

    def read(self, files: TableFiles, episodes: Episodes) -> Iterator[Entry]:
        """Read the three tables, of involvements those of children who have an episode.

        Gives what is wrong with them.
        """
        for line in files.lines(DEPARTMENT):
            if not isinstance(line, Line):
                yield line
            else:
                self._teams[looked_up(line, "dept_team_id")] = clean(line.text("dept_team_name"))
        for line in files.lines(PROFESSIONALS):
            if not isinstance(line, Line):
                yield line
            else:
                self._take_professional(line)
        for line in files.lines(INVOLVEMENTS):
            if not isinstance(line, Line):
                yield line
            else:
                self._take_work(line, episodes)

    def cells(self, child: str, episode: Episode) -> tuple[Mapping[str, str], list[Note]]:
        """Return our cells for whom to ring about an episode, and what could not be said."""
        work = self._best(child, episode)
        is_current = episode.ended_on is None and work is not None and work.ended_on is None
        worker = (work.professional if work else "") or episode.worker
        professional = self._professionals.get(worker)
        notes = [_LEFT] if worker and professional is None and is_current else []
        named = professional if is_current else None
        job_title = named.job_title if named else ""
        if len(job_title.encode()) > limits.JOB_TITLE_BYTES:
            job_title = ""
            notes.append(_LONG)
        return {
            "team": self._team(work, episode),
            "worker_name": named.name if named else "",
            "role": job_title,
            "lead_practitioner": "yes"
            if is_current and work and work.leads(episode.referral)
            else "no",
        }, notes

    def problem(self, child: str) -> RowProblem | None:
        """Return why it cannot be said whom to ring about a child."""
        return self._problems.get(child)

    def last_work_on(self, child: str) -> date | None:
        """Return the last day on which anything of who works with a child changed."""
        days = [day for work in self._work.get(child, ()) for day in (work.began_on, work.ended_on)]
        return max((day for day in days if day), default=None)

    def _best(self, child: str, episode: Episode) -> _Work | None:
        work = self._work.get(child, ())
        return max(work, key=lambda each: each.rank(episode.referral), default=None)

    def _team(self, work: _Work | None, episode: Episode) -> str:
        """Return the first team that has a name: an id that is in no table of teams has none."""
        return (
            (self._team_name(work.team) or self._department(work.professional) if work else "")
            or self._team_name(episode.team)
            or self._department(episode.worker)
        )

    def _department(self, professional: str) -> str:
        found = self._professionals.get(professional)
        return found.department if found else ""

    def _team_name(self, team: str) -> str:
        return self._teams.get(team, "" if team.isdigit() else team)

    def _take_professional(self, line: Line) -> None:
        professional = _Professional(
            clean(line.text("prof_professional_name")),
            clean(line.text("prof_professional_job_title")),
            clean(line.text("prof_professional_department")),
        )
        # Some tables name them by the number that their own system gives them, some as staff.
        self._professionals.setdefault(looked_up(line, "prof_staff_id"), professional)
        self._professionals[looked_up(line, "prof_professional_id")] = professional
        self._professionals.pop("", None)

    def _take_work(self, line: Line, episodes: Episodes) -> None:
        child = looked_up(line, "invo_person_id")
        if child not in episodes:
            return
        days: list[date | None] = []
        for column in ("invo_involvement_start_date", "invo_involvement_end_date"):
            try:
                days.append(parse_day(line.text(column), recent(self._today)))
            except CellError as problem:
                self._problems.setdefault(child, RowProblem(line.place, column, str(problem)))
                return
        ended_on = days[1] if days[1] and days[1] <= self._today else None
        work = _Work(
            looked_up(line, "invo_professional_id"),
            looked_up(line, "invo_professional_team"),
            clean(line.text("invo_professional_role_id")),
            looked_up(line, "invo_referral_id"),
            days[0] if days[0] and days[0] <= self._today else None,
            ended_on,
        )
        self._work.setdefault(child, []).append(work)
