"""What is recorded of somebody's questions: all they asked, whatever they have removed since."""

from collections.abc import Sequence
from dataclasses import dataclass

from node.clock import Clock
from node.ledger.entries import AskedEntry, open_asked
from node.ledger.ledger import Ledger
from node.store_key import StoreKey

SHOWN_MS = 28 * 86_400_000
"""How far back it is shown: four weeks."""


@dataclass(frozen=True, slots=True, repr=False)
class Asked:
    """One question, as the ledger has it."""

    asked_ms: int
    entry: AskedEntry


class Activity:
    """Reads what the ledger says of the questions of one person."""

    def __init__(self, ledger: Ledger, key: StoreKey, clock: Clock) -> None:
        self._ledger = ledger
        self._key = key
        self._clock = clock

    def of(self, username: str) -> Sequence[Asked]:
        """Return what somebody has asked, the latest first.

        Raises:
            StoreError: an entry cannot be opened.
        """
        found = (
            Asked(asked_ms, open_asked(self._key, sealed, round_id))
            for round_id, asked_ms, sealed in self._ledger.asked_since(self._clock() - SHOWN_MS)
        )
        return [each for each in found if each.entry.username == username]
