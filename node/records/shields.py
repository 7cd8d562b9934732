"""Shields: identities of which nothing is answered, whatever is loaded (spec 50 §7.1, 80 §2)."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NewType

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, func, select, update

from node.database import Database
from node.errors import ShieldError
from node.records.identity import Identity
from node.records.schema import shield as table
from node.records.tokens import JOINING, Tokens
from node.store_key import StoreKey
from protocol import labels

ShieldId = NewType("ShieldId", bytes)
SHIELD_ID_BYTES = 8


class AlreadyShieldedError(ShieldError):
    """A child that is shielded already, under which case and by which shield."""

    def __init__(self, case_reference: str, id: ShieldId) -> None:
        super().__init__(f"the child is shielded already, as case {case_reference}")
        self.id = id


class ShieldReview(BaseModel):
    """What an officer found who looked whether a shield is still needed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: str
    reviewed_ms: int
    note: str


class Shield(BaseModel):
    """An identity that is shielded, by whom and why."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64"
    )

    case_reference: str
    """Under which it was shielded: what an officer knows it by."""
    reason: str
    begun_by: str
    begun_ms: int
    review_on: date
    """When an officer looks whether it is still needed; it never ends by itself."""
    tokens: bytes
    """All that are known of the identity, as `Tokens` writes them."""
    rows: tuple[bytes, ...]
    """The source keys of its rows, for tokens that all change at once, as at a new key."""
    end_asked_by: str = ""
    """The officer who wants it to end; a second one ends it."""
    ended_by: str = ""
    ended_ms: int = 0
    reviews: tuple[ShieldReview, ...] = ()
    """The oldest first."""

    @property
    def identity(self) -> Identity:
        return Identity(Tokens(self.tokens), frozenset(self.rows))


@dataclass(frozen=True, slots=True, repr=False)
class Shielded:
    """A shield, and what names it."""

    id: ShieldId
    shield: Shield


class Shields:
    """All shields of a node, in the file of its records: a load and what it adds to them are one
    transaction."""

    def __init__(self, database: Database, key: StoreKey) -> None:
        self._database = database
        self._key = key

    def begin(self, shield: Shield) -> ShieldId:
        """Shield an identity, from now on.

        Raises:
            AlreadyShieldedError: it is shielded already.
        """
        id = ShieldId(os.urandom(SHIELD_ID_BYTES))
        with self._database.writing() as connection:
            for each in self._in_force(connection):
                if each.shield.identity.overlaps(shield.identity):
                    raise AlreadyShieldedError(each.shield.case_reference, each.id)
            values = {"id": id, "is_in_force": 1, "sealed": self._seal(id, shield)}
            connection.execute(table.insert().values(changed=_next(connection), **values))
        return id

    def all(self) -> Sequence[Shielded]:
        """Return every shield, those that have ended too, the latest first."""
        with self._database.reading() as connection:
            rows = connection.execute(select(table.c.id, table.c.sealed)).all()
        found = [Shielded(ShieldId(row.id), self._open(row.id, row.sealed)) for row in rows]
        return sorted(found, key=lambda each: each.shield.begun_ms, reverse=True)

    def in_force(self) -> Sequence[Shielded]:
        with self._database.reading() as connection:
            return self._in_force(connection)

    def find(self, id: ShieldId) -> Shield | None:
        """Return a shield, in force or not."""
        found = self._database.rows("SELECT sealed FROM shield WHERE id = ?", id)
        return self._open(id, found[0][0]) if found else None

    def case_of(self, id: str) -> str:
        """Return the case reference of a shield, by its id in hexadecimal; "" if there is none."""
        found = (each for each in self.all() if each.id.hex() == id)
        return next((each.shield.case_reference for each in found), "")

    def end(self, id: ShieldId, officer: str, now_ms: int) -> Shield:
        """Note that an officer wants a shield to end, or end it if another one has wanted that.

        Raises:
            ShieldError: there is none in force, or the same officer asks twice.
        """
        with self._database.writing() as connection:
            shield = _ending(self._standing(connection, id), officer, now_ms)
            self._write(connection, id, shield)
        return shield

    def review(self, id: ShieldId, review: ShieldReview, review_on: date) -> None:
        """Keep that an officer has found a shield still needed, until the next look at it. Whoever
        wanted it to end is overruled, and may want it again.

        Raises:
            ShieldError: there is none in force.
        """
        with self._database.writing() as connection:
            held = self._standing(connection, id)
            seen = {"reviews": (*held.reviews, review), "review_on": review_on, "end_asked_by": ""}
            self._write(connection, id, held.model_copy(update=seen))

    def growing(self, connection: Connection) -> "Growing":
        """Return what takes in what is loaded in a transaction."""
        shields = self._in_force(connection)
        return Growing(shields, lambda id, shield: self._write(connection, id, shield))

    def _standing(self, connection: Connection, id: ShieldId) -> Shield:
        for each in self._in_force(connection):
            if each.id == id:
                return each.shield
        raise ShieldError("there is no such shield in force")

    def _in_force(self, connection: Connection) -> Sequence[Shielded]:
        statement = select(table.c.id, table.c.sealed).where(table.c.is_in_force == 1)
        return [
            Shielded(ShieldId(row.id), self._open(row.id, row.sealed))
            for row in connection.execute(statement)
        ]

    def _write(self, connection: Connection, id: ShieldId, shield: Shield) -> None:
        values = {
            "changed": _next(connection),
            "is_in_force": 0 if shield.ended_by else 1,
            "sealed": self._seal(id, shield),
        }
        connection.execute(update(table).where(table.c.id == id).values(**values))

    def _seal(self, id: ShieldId, shield: Shield) -> bytes:
        return self._key.seal(labels.STORE_SHIELD, shield.model_dump_json().encode(), id)

    def _open(self, id: bytes, sealed: bytes) -> Shield:
        return Shield.model_validate_json(self._key.open(labels.STORE_SHIELD, sealed, id))


class Growing:
    """Adds to shielded identities what rows say that are loaded: another name, a number."""

    def __init__(
        self, shields: Iterable[Shielded], write: Callable[[ShieldId, Shield], None]
    ) -> None:
        self._shields = {each.id: each.shield for each in shields}
        self._identities = {id: shield.identity for id, shield in self._shields.items()}
        self._of: defaultdict[bytes, set[ShieldId]] = defaultdict(set)
        """The shields that a source key or a joining token is of."""
        self._write = write
        for id, identity in self._identities.items():
            self._index(id, identity)

    def see(self, source_key: bytes, tokens: Tokens) -> None:
        """Look at a row that is being loaded."""
        telling = (source_key, *tokens.with_keys(JOINING))
        for id in set().union(*(self._of[each] for each in telling if each in self._of)):
            self._identities[id] = self._identities[id].with_row(source_key, tokens)
            self._index(id, self._identities[id])

    def keep(self) -> None:
        """Write the shields that have grown."""
        for id, identity in self._identities.items():
            shield = self._shields[id]
            if identity != shield.identity:
                grown = {"tokens": identity.tokens.content, "rows": tuple(sorted(identity.rows))}
                self._write(id, shield.model_copy(update=grown))

    def _index(self, id: ShieldId, identity: Identity) -> None:
        for telling in identity.rows | identity.joining:
            self._of[telling].add(id)


def _ending(shield: Shield, officer: str, now_ms: int) -> Shield:
    if not shield.end_asked_by:
        return shield.model_copy(update={"end_asked_by": officer})
    if _name_key(shield.end_asked_by) == _name_key(officer):
        raise ShieldError("a second officer ends it: you have asked for that already")
    return shield.model_copy(update={"ended_by": officer, "ended_ms": now_ms})


def _name_key(name: str) -> str:
    """Return what all spellings of a name have in common: no regard to case and spaces."""
    return " ".join(name.split()).casefold()


def _next(connection: Connection) -> int:
    found: int = connection.execute(
        select(func.coalesce(func.max(table.c.changed), 0))
    ).scalar_one()
    return found + 1
