"""What happened with a child, folded into one row for each kind of involvement (spec 80 §6)."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from node.records.importing.cells import CellError
from node.records.importing.days import recent, span_of
from node.records.importing.problems import RowProblem
from node.records.importing.sources.cleaning import parse_day
from node.records.importing.table_row import Origin
from node.records.model import CLOSED_FOR, LATER_AGE_LIMIT_YEARS
from protocol.matching.placeholders import is_placeholder_forename, is_placeholder_surname

CARE_LEAVER = "care leaver"
EHC_PLAN = "ehc plan"


@dataclass(frozen=True, slots=True, repr=False)
class Episode:
    """One stretch of an involvement. `updated_on` is the last day that anything is known of."""

    kind: str
    """As our column `involvement` has it."""
    began_on: date | None
    ended_on: date | None
    updated_on: date | None
    began: Origin
    ended: Origin
    person_column: str = ""
    """What the child's id is called there."""
    referral: str = ""
    team: str = ""
    worker: str = ""

    def worked_on(self, day: date | None) -> "Episode":
        """Return the episode as known of until a day of somebody's work, unless it has ended."""
        if day is None or self.ended_on is not None:
            return self
        return replace(self, updated_on=max(day, self.updated_on or day))

    @property
    def _rank(self) -> tuple[bool, date]:
        return self.ended_on is None, self.ended_on or self.began_on or date.min


@dataclass(slots=True)
class Episodes:
    """The episode that counts of each child and kind: the newest open one, or else the last."""

    _chosen: dict[str, dict[str, Episode]] = field(default_factory=dict)

    def add(self, child: str, episode: Episode) -> None:
        kinds = self._chosen.setdefault(child, {})
        known = kinds.get(episode.kind)
        if known is None or episode._rank > known._rank:
            kinds[episode.kind] = episode

    def __contains__(self, child: object) -> bool:
        return child in self._chosen

    def ids(self) -> Collection[str]:
        """Return the ids of the children."""
        return self._chosen.keys()

    def of(self, child: str) -> Iterator[Episode]:
        """Give one episode a kind."""
        yield from self._chosen.get(child, {}).values()


def read_episode(
    kind: str, began: tuple[Origin, str], ended: tuple[Origin, str], today: date
) -> Episode | list[RowProblem]:
    """Return an episode of two dates as the source has them, or what is wrong with them."""
    problems: list[RowProblem] = []
    began_on = _day(*began, today, problems)
    ended_on = _day(*ended, today, problems)
    if began_on and ended_on and ended_on < began_on:
        problems.append(_problem(ended[0], "is before the day on which it began: check both"))
    if began_on is None and not problems:
        problems.append(_problem(began[0], "give the day on which it began"))
    if problems:
        return problems
    known = [day for day in (began_on, ended_on) if day]
    return Episode(kind, began_on, ended_on, max(known), began[0], ended[0])


def is_over(episode: Episode, date_of_birth: str, today: date) -> bool:
    """Return whether no node answers of it any more: closed a year ago, or a care leaver or EHC
    plan past 25.

    Of these few sources say when it ends; of every other kind an adult is a fault.
    """
    if episode.ended_on is not None:
        return episode.ended_on + CLOSED_FOR <= today
    if episode.kind not in (CARE_LEAVER, EHC_PLAN):
        return False
    try:
        born_on = parse_day(date_of_birth, recent(today))
    except CellError:
        return False
    return born_on is not None and born_on.year + LATER_AGE_LIMIT_YEARS < today.year


def status_cells(ended_on: date | None) -> dict[str, str]:
    """Return our cells for an involvement that goes on, or ended on a day."""
    if ended_on is None:
        return {"status": "open", "closed_on": ""}
    return {"status": "closed", "closed_on": ended_on.isoformat()}


def birth_cells(
    date_of_birth: str, expected: str, forename: str, surname: str, today: date
) -> dict[str, str]:
    """Return our cells for when a child was or will be born.

    Where there is no date of birth, an expected one that has passed is taken for it if the child
    has names of its own: systems put an estimated date of birth there. Of an unborn child it is
    when it is due.
    """
    if date_of_birth or not expected:
        return {"date_of_birth": date_of_birth}
    try:
        day = parse_day(expected, span_of("due_date", today))
    except CellError:
        return {"due_date": expected}
    named = not (is_placeholder_forename(forename) or is_placeholder_surname(surname))
    if day and day <= today and named:
        return {"date_of_birth": expected}
    return {"due_date": expected}


def _day(origin: Origin, text: str, today: date, problems: list[RowProblem]) -> date | None:
    try:
        day = parse_day(text, recent(today))
    except CellError as problem:
        problems.append(_problem(origin, str(problem)))
        return None
    if day and day > today:
        problems.append(
            _problem(origin, "is in the future: check it, and leave it empty till then")
        )
        return None
    return day


def _problem(origin: Origin, reason: str) -> RowProblem:
    return RowProblem(origin.place, origin.column, reason)
