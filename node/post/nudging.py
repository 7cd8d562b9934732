"""Says by mail that something waits in the inbox: once when it has come, each time that somebody
else has it, and once when overdue; and once that another council is overdue."""

import structlog

from node.clock import Clock
from node.errors import MailError
from node.mail.nudge import Nudge, SendNudge
from node.post.callback_store import CallBack, CallBackKind
from node.post.callbacks import CallBacks
from protocol.messages.callback import HOUR_MS, Step

DAY_MS = 24 * HOUR_MS

_Said = tuple[bytes, int, int, bool]
"""What of one request is said once: its id, when more was added to it, how often it was passed on,
whether it is overdue."""

log = structlog.get_logger()


class Nudging:
    """Remembers in this process what was said: after a restart it is said once more."""

    def __init__(self, call_backs: CallBacks, send: SendNudge, address: str, clock: Clock) -> None:
        """`address` is that of the inbox, "" where it is not known."""
        self._call_backs = call_backs
        self._send = send
        self._address = address
        self._clock = clock
        self._said: frozenset[_Said] = frozenset()

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
        if (waiting | unrung) - self._said:
            overdue = sum(is_overdue for *_, is_overdue in waiting)
            try:
                self._send(Nudge(len(waiting), overdue, len(unrung), self._address))
            except MailError as error:
                log.warning("nudge not sent", reason=str(error))
                return
        self._said = waiting | unrung


def _passed_on(found: CallBack) -> int:
    """Return how often somebody else was given it, at night the out-of-hours team."""
    return sum(done.step is Step.PASSED_ON for done in found.steps)
