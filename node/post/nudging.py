"""Says by mail that something waits in the inbox: once when it has come, each time that somebody
else has it, and once when overdue; and once that another council is overdue."""

from dataclasses import dataclass

import structlog

from node.clock import Clock
from node.errors import MailError
from node.mail.nudge import Nudge, SendNudge
from node.post.callback_store import CallBack, CallBackKind
from node.post.callbacks import CallBacks
from node.post.handover import OUT_OF_HOURS_TEAM, OfficeHours
from protocol.messages.callback import HOUR_MS, Step

DAY_MS = 24 * HOUR_MS

_Said = tuple[bytes, int, int, bool]
"""What of one request is said once: its id, when more was added to it, how often it was passed on,
whether it is overdue."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class OutOfHours:
    """The out-of-hours team's own mailboxes, and when it is on."""

    hours: OfficeHours
    send: SendNudge

    def is_on(self, time_ms: int) -> bool:
        return self.hours.shift_at(time_ms).team == OUT_OF_HOURS_TEAM


class Nudging:
    """Remembers in this process what was said: after a restart it is said once more."""

    def __init__(
        self,
        call_backs: CallBacks,
        send: SendNudge,
        out_of_hours: OutOfHours | None,
        address: str,
        clock: Clock,
    ) -> None:
        """Without `out_of_hours` the same mailboxes are told by day and at night. `address` is that
        of the inbox, "" where it is not known."""
        self._call_backs = call_backs
        self._send = send
        self._out_of_hours = out_of_hours
        self._address = address
        self._clock = clock
        self._said: frozenset[_Said] = frozenset()
        self._said_by_day: frozenset[_Said] = frozenset()

    def work(self) -> None:
        """Send one nudge if anything is new in the inbox, or newly overdue. One that could not be
        sent is tried the next time.

        Raises:
            StoreError: the inbox cannot be read.
        """
        now_ms = self._clock()
        listed = self._call_backs.open_of_others()
        waiting = frozenset(
            (each.request.id, each.added_ms, _passed_on(each), each.is_overdue(now_ms))
            for each in listed
        )
        unrung = frozenset(
            (each.request.id, 0, 0, True)
            for each in self._call_backs.open_of_ours()
            # What has been for longer was said; who can act on it sees it under Call-backs.
            if each.kind is not CallBackKind.CORRECTION and 0 < now_ms - each.due_ms <= DAY_MS
        )
        found = waiting | unrung
        night = self._night_at(now_ms)
        # What came at night, and was not passed on in the morning, the duty team has yet to hear.
        if found - (self._said if night else self._said_by_day):
            send = night.send if night else self._send
            overdue = sum(is_overdue for *_, is_overdue in waiting)
            try:
                send(Nudge(len(waiting), overdue, len(unrung), self._address))
            except MailError as error:
                log.warning("nudge not sent", reason=str(error))
                return
        self._said = found
        if not night:
            self._said_by_day = found

    def _night_at(self, time_ms: int) -> OutOfHours | None:
        """Return who is told in the place of the duty team, if anybody is."""
        night = self._out_of_hours
        return night if night is not None and night.is_on(time_ms) else None


def _passed_on(found: CallBack) -> int:
    """Return how often somebody else was given it, at night the out-of-hours team."""
    return sum(done.step is Step.PASSED_ON for done in found.steps)
