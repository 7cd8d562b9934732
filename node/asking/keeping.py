"""What somebody asked and was told, for some days: outcomes and contacts, no tokens, no child."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NewType

from pydantic import BaseModel, ConfigDict
from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert

from node.asking.answers import MemberAnswer
from node.asking.schema import lookup
from node.clock import Clock
from node.database import Database
from node.store_key import StoreKey
from protocol import labels
from protocol.messages.callback import Urgency

LookupId = NewType("LookupId", bytes)
LOOKUP_ID_BYTES = 16


class AskedCase(BaseModel):
    """The case of ours that a lookup was about, and what it takes to ask about it again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reference: str
    id: str
    """Of the case among those of its reference, in base64url."""
    purpose: int
    protected_location: bool


class AskedLookup(BaseModel):
    """A lookup as whoever asked it knows it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    asked_ms: int
    purpose: str
    reference: str
    members: int
    """How many were asked."""
    check_urgency: Urgency = Urgency.WITHIN_AN_HOUR
    """How soon a council that possibly knows the child is to have looked."""
    caller: str = ""
    """For whom on the telephone, if for anybody."""
    case: AskedCase | None = None

    @property
    def checked_by_ms(self) -> int:
        return self.asked_ms + self.check_urgency.within_ms


class KeptLookup(BaseModel):
    """A lookup that has come to its end."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    asked: AskedLookup
    answers: tuple[MemberAnswer, ...]
    problem: str = ""
    """Why nobody was asked; every member is among the answers all the same."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A kept lookup and where it is."""

    id: LookupId
    lookup: KeptLookup


class KeptLookups:
    """The lookups of one node's people, in a file of their own, sealed."""

    def __init__(self, path: Path, key: StoreKey, kept_ms: int, clock: Clock) -> None:
        self.database = Database(path, Path(__file__).parent / "migrations")
        """Of all that is kept in the same file."""
        self.kept_ms = kept_ms
        """How long answers are kept: whoever asked rings in that time."""
        self._key = key
        self._clock = clock

    def close(self) -> None:
        self.database.close()

    def keep(self, lookup_id: LookupId, username: str, kept: KeptLookup) -> None:
        """Store a lookup under its id, in the place of what was there."""
        content = kept.model_dump_json().encode()
        values = {
            "id": lookup_id,
            "username": username,
            "asked_ms": kept.asked.asked_ms,
            "sealed": self._key.seal(labels.STORE_LOOKUP, content, lookup_id),
        }
        with self.database.writing() as connection:
            statement = insert(lookup).values(values)
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["id"], set_={"sealed": values["sealed"]}
                )
            )

    def find(self, lookup_id: LookupId, username: str) -> KeptLookup | None:
        """Return a lookup, None if there is none of that id that is this person's."""
        rows = self.database.rows(_FIND, lookup_id, username, self._clock() - self.kept_ms)
        return self._open(lookup_id, rows[0][0]) if rows else None

    def all_of(self, username: str) -> Sequence[Listed]:
        """Return somebody's lookups, the latest first."""
        of_them = (lookup.c.username == username) & (
            lookup.c.asked_ms > self._clock() - self.kept_ms
        )
        with self.database.reading() as connection:
            rows = connection.execute(
                select(lookup.c.id, lookup.c.sealed)
                .where(of_them)
                .order_by(lookup.c.asked_ms.desc())
            ).all()
        return [Listed(LookupId(id), self._open(LookupId(id), sealed)) for id, sealed in rows]

    def remove(self, lookup_id: LookupId, username: str) -> None:
        """Remove a lookup of this person, if it is there."""
        is_it = (lookup.c.id == lookup_id) & (lookup.c.username == username)
        with self.database.writing() as connection:
            connection.execute(delete(lookup).where(is_it))

    def forget_old(self) -> None:
        with self.database.writing() as connection:
            is_old = lookup.c.asked_ms <= self._clock() - self.kept_ms
            connection.execute(delete(lookup).where(is_old))

    def _open(self, lookup_id: LookupId, sealed: bytes) -> KeptLookup:
        return KeptLookup.model_validate_json(
            self._key.open(labels.STORE_LOOKUP, sealed, lookup_id)
        )


_FIND = "SELECT sealed FROM lookup WHERE id = ? AND username = ? AND asked_ms > ?"
