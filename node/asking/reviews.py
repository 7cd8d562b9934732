"""A few lookups of a team, drawn by lot each week, and what its manager says of them."""

from collections.abc import Iterable, Sequence

from pydantic import BaseModel, ConfigDict

from node.asking.activity import Asked
from node.clock import Clock
from node.database import Database
from node.store_key import StoreKey
from protocol import labels
from protocol.identifiers import RoundId

NOTE_BYTES = 400

SAMPLE = 5
"""How many of a team's lookups are looked at in a week."""

KEPT_MS = 365 * 86_400_000


def drawn(asked: Iterable[Asked]) -> Sequence[Asked]:
    """Return those that are looked at, in the order of their time. Their rounds were drawn at
    random before anybody knew of the questions: nobody chooses, and each time they are the same."""
    by_lot = sorted((each for each in asked if not each.entry.is_watch), key=lambda e: e.round_id)
    return sorted(by_lot[:SAMPLE], key=lambda each: each.asked_ms)


class Review(BaseModel):
    """What a manager says of one lookup."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: str
    is_in_order: bool
    note: str
    reviewed_ms: int


class Reviews:
    """All that managers have said, in the file of the kept lookups."""

    def __init__(self, database: Database, key: StoreKey, clock: Clock) -> None:
        self._database = database
        self._key = key
        self._clock = clock

    def keep(self, round_id: RoundId, by: str, is_in_order: bool, note: str) -> None:
        """Keep what was found; the last word counts."""
        now_ms = self._clock()
        said = Review(by=by, is_in_order=is_in_order, note=note, reviewed_ms=now_ms)
        sealed = self._key.seal(labels.STORE_REVIEW, said.model_dump_json().encode(), round_id)
        self._database.write(_KEEP, round_id, now_ms, sealed)

    def find(self, round_id: RoundId) -> Review | None:
        rows = self._database.rows("SELECT sealed FROM review WHERE round = ?", round_id)
        if not rows:
            return None
        return Review.model_validate_json(self._key.open(labels.STORE_REVIEW, rows[0][0], round_id))

    def forget_old(self) -> None:
        """Remove what was said a year ago."""
        self._database.write("DELETE FROM review WHERE reviewed_ms < ?", self._clock() - KEPT_MS)


_KEEP = "INSERT OR REPLACE INTO review (round, reviewed_ms, sealed) VALUES (?, ?, ?)"
