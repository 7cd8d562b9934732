"""Once somebody has found that it is the child, the team of the case is told who asked (spec 50
§5.3)."""

from collections.abc import Callable

import structlog

from node.clock import Clock
from node.errors import StoreError
from node.ledger.entries import open_answered
from node.ledger.ledger import AskedHere, Ledger
from node.post.callback_store import CallBack
from node.post.callbacks import CallBacks
from node.post.notices import Notices
from node.store_key import StoreKey
from protocol.directory.members import Directory

log = structlog.get_logger()

LATELY_MS = 7 * 24 * 3_600_000
"""How long after it was found it is told at the latest. To tell it twice is to tell it once."""


class Confirming:
    """Tells the teams of cases about checks that ended with a yes."""

    def __init__(
        self,
        ledger: Ledger,
        key: StoreKey,
        call_backs: CallBacks,
        notices: Notices,
        directory: Callable[[], Directory],
        clock: Clock,
    ) -> None:
        """`directory` raises DirectoryError where none is valid."""
        self._ledger = ledger
        self._key = key
        self._call_backs = call_backs
        self._notices = notices
        self._directory = directory
        self._clock = clock

    def work(self) -> None:
        """Have the notices kept of what was found of late. Where a question fitted several cases it
        is not said of which child somebody has found it: then nobody is told.

        Raises:
            DirectoryError: there is no valid directory; they are kept the next time.
            StoreError: the disk is full; likewise.
        """
        directory, since_ms = self._directory(), self._clock() - LATELY_MS
        for check in self._call_backs.of_late(LATELY_MS, ours=False):
            found = check.decision if check.is_the_child else None
            if found is not None and found.at_ms >= since_ms and _is_of_one_case(check):
                self._tell(check, directory)

    def _tell(self, check: CallBack, directory: Directory) -> None:
        request = check.request
        sealed = self._ledger.question(request.round_id, check.member)
        if sealed is None:
            return
        try:
            entry = open_answered(self._key, sealed, request.round_id)
        except StoreError as error:
            log.warning("question unreadable", reason=type(error).__name__)
            return
        row = AskedHere(0, request.round_id, check.member, request.asked_ms, sealed)
        self._notices.tell(row, entry, directory)


def _is_of_one_case(check: CallBack) -> bool:
    return len({*check.case_references}) == 1
