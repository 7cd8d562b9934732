"""Questions that were answered *being checked*: somebody of ours looks, and says what he finds.

Found by a look over the ledger on this node's own clock, which every question moves on alike:
nothing is written, and no round is there, because something matched.
"""

from collections.abc import Callable

import structlog

from node.clock import Clock
from node.errors import StoreError
from node.ledger.entries import AnsweredEntry, open_answered
from node.ledger.ledger import AskedHere, Ledger
from node.post.callback_store import CallBack, CallBackStore
from node.store_key import StoreKey
from protocol.directory.members import Directory
from protocol.identifiers import MemberId
from protocol.matching.confidence import Tier, tier_of
from protocol.matching.key_ids import KeyId
from protocol.messages.callback import CallBackRequest, check_id, check_urgency
from protocol.messages.vocabulary import Outcome

log = structlog.get_logger()

MOST_AT_ONCE = 500

LATE_MS = 24 * 3_600_000
"""A question older than that is looked at no more: whoever asked it has rung long ago."""


class Checks:
    """Makes a check of each question that possibly is about a child of ours."""

    def __init__(
        self,
        member: MemberId,
        ledger: Ledger,
        key: StoreKey,
        store: CallBackStore,
        directory: Callable[[], Directory],
        clock: Clock,
    ) -> None:
        """`directory` raises DirectoryError where none is valid."""
        self._member = member
        self._ledger = ledger
        self._key = key
        self._store = store
        self._directory = directory
        self._clock = clock

    def look(self) -> None:
        """Look at the questions that came since the last look.

        Raises:
            DirectoryError: there is no valid directory; they are looked at the next time.
            StoreError: the disk is full; likewise.
        """
        directory, looked = self._directory(), self._begin()
        while rows := self._ledger.questions_after(looked, MOST_AT_ONCE):
            looked = rows[-1].row_id
            checks = [check for row in rows if (check := self._check(row, directory))]
            with self._store.changing():
                for check in checks:
                    self._keep(check)
                self._store.look(looked, rows[-1].round_id)

    def _begin(self) -> int:
        """Return the row behind which to look: of a ledger that began anew, all are new."""
        row, round_id = self._store.looked()
        return row if self._ledger.is_round_of(row, round_id) else 0

    def _keep(self, check: CallBack) -> None:
        """Keep a check that is not there yet. A request that another council has named like it is
        none: every answerer of the round could work out its id."""
        found = self._store.find(check.request.id, ours=False)
        if found is None or not found.is_check:
            self._store.keep(check)

    def _check(self, row: AskedHere, directory: Directory) -> CallBack | None:
        if row.received_ms < self._clock() - LATE_MS:
            return None
        try:
            entry = open_answered(self._key, row.entry, row.round_id)
        except StoreError as error:
            log.warning("question unreadable", reason=type(error).__name__)
            return None
        purpose = directory.purposes.get(entry.purpose)
        asker = entry.asker
        if purpose is None or asker is None or not is_checked(entry):
            return None
        request = CallBackRequest(
            check_id(row.round_id, self._member),
            row.round_id,
            check_urgency(purpose),
            row.received_ms,
            asker.name,
            asker.telephone,
            asker.team,
            asker.reference,
            "",
        )
        return CallBack(request, False, row.sender, "", entry.case_references, (), True)


def is_checked(entry: AnsweredEntry) -> bool:
    """Whether somebody has to look: possibly the child, and not only of the same household."""
    if entry.outcome != Outcome.BEING_CHECKED.name.lower() or not entry.key:
        return False
    return tier_of(KeyId[entry.key]) is Tier.POSSIBLE
