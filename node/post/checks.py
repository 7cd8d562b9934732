"""Questions that were answered *being checked*: somebody of ours looks, and says what he finds."""

from node.clock import Clock
from node.ledger.entries import AnsweredEntry
from node.ledger.ledger import AskedHere
from node.post.callback_store import CallBack, CallBackKind, CallBackStore, IsShielded
from protocol.directory.members import Directory
from protocol.identifiers import MemberId
from protocol.matching.confidence import Tier, tier_of
from protocol.matching.key_ids import KeyId
from protocol.messages.callback import CallBackRequest, check_id, check_urgency
from protocol.messages.vocabulary import Outcome

LATE_MS = 24 * 3_600_000
"""A question older than that is looked at no more: whoever asked it has rung long ago."""


class Checks:
    """Makes a check of each question that possibly is about a child of ours."""

    def __init__(
        self,
        member: MemberId,
        store: CallBackStore,
        clock: Clock,
        is_shielded: IsShielded,
    ) -> None:
        self._is_shielded = is_shielded
        self._member = member
        self._store = store
        self._clock = clock

    def see(self, row: AskedHere, entry: AnsweredEntry, directory: Directory) -> None:
        """Keep a check that is not there yet. A request that another council has named like it is
        none: every answerer of the round could work out its id."""
        check = self._check(row, entry, directory)
        if check is None:
            return
        found = self._store.find(check.request.id, ours=False)
        if found is None or not found.is_check:
            self._store.keep(check)

    def _check(self, row: AskedHere, entry: AnsweredEntry, directory: Directory) -> CallBack | None:
        purpose = directory.purposes.get(entry.purpose)
        asker = entry.asker
        if purpose is None or asker is None or not is_checked(entry):
            return None
        if row.received_ms < self._clock() - LATE_MS:
            return None
        if any(map(self._is_shielded, entry.case_references)):
            # It was hidden between the question and the look.
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
        return CallBack(
            request,
            False,
            row.sender,
            "",
            entry.case_references,
            (),
            CallBackKind.CHECK,
            protected_location=asker.protected_location,
        )


def is_checked(entry: AnsweredEntry) -> bool:
    """Whether somebody has to look: the child may be ours, and not only of the same household."""
    if entry.outcome != Outcome.BEING_CHECKED.name.lower() or not entry.key:
        return False
    return tier_of(KeyId[entry.key]) is not Tier.HOUSEHOLD
