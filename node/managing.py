"""What a team's manager sees: who has what to do, and how long councils take."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median

from node.accounts.model import Account
from node.clock import local_day
from node.post.callback_store import CallBack, CallBackKind
from node.post.words import OUTCOMES, outcome_of
from node.teams import team_key
from protocol.messages.callback import HOUR_MS

WEEKS = 12
WEEKS_MS = WEEKS * 7 * 24 * HOUR_MS
LISTED_MS = 7 * 24 * HOUR_MS
"""How far back a team's lookups are listed."""


@dataclass(frozen=True, slots=True)
class Load:
    """What somebody has to do, or waits for."""

    owner: str
    open: int
    overdue: int
    oldest_ms: int
    """When the oldest that is open was asked."""
    ages: Mapping[str, int]
    """How many were asked how long ago, in words."""


@dataclass(frozen=True, slots=True)
class Week:
    """What became of what was asked in one week."""

    begins: date
    """A Monday."""
    asked: int
    in_time: int
    late: int
    """Of which somebody rang or looked, too late."""
    open: int
    middle_ms: int | None
    """The time until somebody had rung or looked, of the one in the middle; None of none."""
    outcomes: Mapping[str, int]
    """How often what came of it, in words."""


def team_of(accounts: Iterable[Account], team: str) -> Sequence[Account]:
    """Return who is of a team, by name."""
    key = team_key(team)
    return sorted(
        (each for each in accounts if team_key(each.team) == key), key=lambda each: each.name
    )


def is_of_team(account: Account, asked: CallBack) -> bool:
    """Whether a request of ours is of the team that somebody manages."""
    return account.manages_team and is_by_team(account.team, asked)


def is_by_team(team: str, asked: CallBack) -> bool:
    """Whether somebody of a team waits for a request of ours."""
    return team_key(asked.request.team) == team_key(team)


def wants_a_look(
    account: Account, asked: CallBack, now_ms: int, unreached: Collection[bytes]
) -> bool:
    """Whether somebody should look at a request of ours: something was done about their own, or it
    is overdue or has not reached the other council, their own or of the team they manage."""
    is_own = asked.username == account.username
    if is_own and asked.is_new:
        return True
    is_late = asked.is_overdue(now_ms) or asked.request.id in unreached
    return is_late and (is_own or is_of_team(account, asked))


def takers(accounts: Iterable[Account], team: str, username: str) -> Sequence[Account]:
    """Return to whom of a team can be given what is somebody's: who asks, and can be rung."""
    return [
        each
        for each in team_of(accounts, team)
        if each.asks_as and each.can_be_rung and each.username != username
    ]


def loads(
    listed: Iterable[CallBack], owner_of: Callable[[CallBack], str], now_ms: int
) -> Sequence[Load]:
    """Return who has how much that is open, whoever has most overdue first."""
    by_owner: defaultdict[str, list[CallBack]] = defaultdict(list)
    for each in listed:
        if each.is_open:
            by_owner[owner_of(each)].append(each)
    found = [
        Load(
            owner,
            len(theirs),
            sum(each.is_overdue(now_ms) for each in theirs),
            min(each.request.asked_ms for each in theirs),
            _ages(theirs, now_ms),
        )
        for owner, theirs in by_owner.items()
    ]
    return sorted(found, key=lambda load: (-load.overdue, load.oldest_ms))


def _ages(listed: Iterable[CallBack], now_ms: int) -> Mapping[str, int]:
    days = [(now_ms - each.request.asked_ms) // (24 * HOUR_MS) for each in listed]
    return {
        "of the last day": sum(each < 1 for each in days),
        "of the last 7 days": sum(1 <= each < 7 for each in days),
        "older": sum(each >= 7 for each in days),
    }


def asker(asked: CallBack) -> str:
    """Return who waits for a call back."""
    return asked.request.name


def owner(asked: CallBack) -> str:
    """Return who here has taken on what another council asks, "" while nobody has."""
    return asked.last.owner if asked.last else ""


def weeks(listed: Iterable[CallBack], now_ms: int) -> Sequence[Week]:
    """Return the last weeks, the latest first: what was asked in each, and what became of it. For
    a correction nobody waits."""
    this_week = _monday(now_ms)
    by_week: defaultdict[date, list[CallBack]] = defaultdict(list)
    for each in listed:
        if each.kind is CallBackKind.CORRECTION:
            continue
        by_week[_monday(each.request.asked_ms)].append(each)
    mondays = [this_week - timedelta(weeks=number) for number in range(WEEKS)]
    return [_week(monday, by_week[monday]) for monday in mondays]


def last_week(now_ms: int) -> tuple[int, int]:
    """Return the Unix times between which the last week was that is over, where this node is."""
    this_monday = _monday(now_ms)
    return _begin_ms(this_monday - timedelta(weeks=1)), _begin_ms(this_monday)


def _begin_ms(day: date) -> int:
    return round(datetime.combine(day, time()).astimezone().timestamp() * 1000)


def _week(monday: date, asked: Sequence[CallBack]) -> Week:
    stopped = [(each, each.stopped_ms) for each in asked]
    times = [at_ms - each.request.asked_ms for each, at_ms in stopped if at_ms is not None]
    in_time = sum(at_ms is not None and at_ms <= each.due_ms for each, at_ms in stopped)
    return Week(
        monday,
        len(asked),
        in_time,
        len(times) - in_time,
        len(asked) - len(times),
        round(median(times)) if times else None,
        _outcomes(asked),
    )


def _outcomes(asked: Iterable[CallBack]) -> Mapping[str, int]:
    """Return how often what came of it, in the order of all outcomes that there are."""
    found = Counter(map(outcome_of, asked))
    return {outcome: found[outcome] for outcome in OUTCOMES if found[outcome]}


def _monday(time_ms: int) -> date:
    day = local_day(time_ms)
    return day - timedelta(days=day.weekday())
