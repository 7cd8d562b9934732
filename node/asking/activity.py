"""What is recorded of somebody's questions: all they asked, whatever they have removed since."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from node.clock import Clock
from node.ledger.entries import AskedEntry, open_asked
from node.ledger.ledger import Ledger
from node.store_key import StoreKey
from node.teams import team_key
from protocol.identifiers import RoundId

SHOWN_MS = 28 * 86_400_000
"""How far back it is shown: four weeks."""


@dataclass(frozen=True, slots=True, repr=False)
class Asked:
    """One question, as the ledger has it."""

    round_id: RoundId
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
        found = self._since(self._clock() - SHOWN_MS)
        return [each for each in found if each.entry.username == username]

    def at_a_terminal(self, name: str) -> Sequence[Asked]:
        """Return what somebody without an account has asked, by the name that was typed, the
        latest first.

        Raises:
            StoreError: an entry cannot be opened.
        """
        found, sought = self._since(self._clock() - SHOWN_MS), name.casefold()
        return [
            each
            for each in found
            if not each.entry.username and each.entry.asker.name.casefold() == sought
        ]

    def of_team(self, team: str, begin_ms: int, end_ms: int) -> Sequence[Asked]:
        """Return what was asked for a team from one Unix time to another, the latest first.

        Raises:
            StoreError: an entry cannot be opened.
        """
        key, found = team_key(team), self._since(begin_ms)
        return [
            each
            for each in found
            if each.asked_ms < end_ms and team_key(each.entry.asker.team) == key
        ]

    def _since(self, since_ms: int) -> Iterator[Asked]:
        for round_id, asked_ms, sealed in self._ledger.asked_since(since_ms):
            yield Asked(round_id, asked_ms, open_asked(self._key, sealed, round_id))
