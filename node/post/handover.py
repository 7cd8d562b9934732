"""Who minds what other councils wait for: the duty team by day, the out-of-hours team at night."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial

from node.clock import Clock, local_day
from node.errors import CallBackError
from node.post.callback_store import CallBack, CallBackKind
from node.post.callbacks import CallBacks
from protocol.messages.callback import HOUR_MS, Step

DUTY_TEAM = "Duty team"
OUT_OF_HOURS_TEAM = "Out-of-hours team"

SATURDAY = 5
AROUND_DAYS = 60
"""Within so many days the office is open on one, before and behind."""

LATE_MS = 24 * HOUR_MS
"""What is overdue for longer, and was before the shift that ends, is handed over no more: it has
been with both teams."""


@dataclass(frozen=True, slots=True)
class Shift:
    """A time in which one team minds the inbox."""

    begins_ms: int
    ends_ms: int
    team: str
    before_ms: int
    """When the shift before it began, which over a weekend is days ago."""


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """When the office is open from Monday to Friday, by the time where this node is."""

    opens: time
    closes: time
    closed_days: frozenset[date] = frozenset()
    """Bank holidays, and whatever other days nobody is there."""

    def shift_at(self, time_ms: int) -> Shift:
        """Return the shift of a Unix time."""
        changes = [*self._changes(local_day(time_ms))]
        number = max(place for place, (begins_ms, _) in enumerate(changes) if begins_ms <= time_ms)
        begins_ms, team = changes[number]
        return Shift(begins_ms, changes[number + 1][0], team, before_ms=changes[number - 1][0])

    def _changes(self, today: date) -> Iterator[tuple[int, str]]:
        """Give the changes of shift around a day, in order: each with the team that comes on."""
        for days in range(-AROUND_DAYS, AROUND_DAYS):
            day = today + timedelta(days=days)
            if day.weekday() < SATURDAY and day not in self.closed_days:
                yield _ms(day, self.opens), DUTY_TEAM
                yield _ms(day, self.closes), OUT_OF_HOURS_TEAM


def _ms(day: date, at: time) -> int:
    return round(datetime.combine(day, at).astimezone().timestamp() * 1000)


class Handover:
    """Hands over what is due before the next change of shift, and tells who waits for it."""

    def __init__(self, call_backs: CallBacks, hours: OfficeHours, clock: Clock) -> None:
        self._call_backs = call_backs
        self._hours = hours
        self._clock = clock

    def work(self) -> None:
        """Hand over what has not been since the shift began.

        Raises:
            StoreError: it cannot be kept.
        """
        shift = self._hours.shift_at(self._clock())
        passes = partial(is_handed_over, shift=shift)
        for found in filter(passes, self._call_backs.open_of_others()):
            # Somebody may have answered it, or closed it, since it was read.
            with suppress(CallBackError):
                self._call_backs.do(found.request.id, Step.PASSED_ON, shift.team, "", passes)


def is_handed_over(found: CallBack, shift: Shift) -> bool:
    """Whether something passes to the team whose shift has begun."""
    touched_ms = found.last.at_ms if found.last else found.request.asked_ms
    since_ms = min(shift.before_ms, shift.begins_ms - LATE_MS)
    return (
        found.is_open
        and found.kind is not CallBackKind.CORRECTION
        and touched_ms < shift.begins_ms
        and since_ms <= found.due_ms < shift.ends_ms
    )
