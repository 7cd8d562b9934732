"""Shields: identities of which nothing is answered, whatever is loaded (spec 50 §7.1, 80 §2)."""

import os
from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection, func, select, update

from node.database import Database
from node.errors import ShieldError
from node.records.growing import Growing, OtherKinds
from node.records.passing import Change, strip, unsettle
from node.records.schema import shield as table
from node.records.schema import source_table
from node.records.shield import SHIELD_ID_BYTES, Shield, Shielded, ShieldId, ShieldReview, name_key
from node.store_key import StoreKey
from protocol import labels


class RecordsChangedError(ShieldError):
    """Records that were loaded while a shield was made."""


class AlreadyShieldedError(ShieldError):
    """A child that is shielded already, under which case and by which shield."""

    def __init__(self, case_reference: str, id: ShieldId) -> None:
        super().__init__(f"the child is shielded already, as case {case_reference}")
        self.id = id


class Shields:
    """All shields of a node, in the file of its records: a load and what it adds to them are one
    transaction."""

    def __init__(self, database: Database, key: StoreKey, change: Change) -> None:
        """`change` opens a sealed record at its place, changes it, and seals it again."""
        self._database = database
        self._key = key
        self._change = change

    def begin(self, shield: Shield, load_number: int | None = None) -> ShieldId:
        """Shield an identity, from now on. `load_number` is that of the records by which it was
        made; None for whatever there is.

        Raises:
            AlreadyShieldedError: it is shielded already. A former identity may be separated under a
                shield that is none.
            RecordsChangedError: something was loaded since.
        """
        id = ShieldId(os.urandom(SHIELD_ID_BYTES))
        with self._database.writing() as connection:
            for each in self._in_force(connection):
                may_stand = shield.is_separated and not each.shield.is_separated
                if each.shield.identity.overlaps(shield.identity) and not may_stand:
                    raise AlreadyShieldedError(each.shield.case_reference, each.id)
            if load_number is not None and _last_load(connection) != load_number:
                raise RecordsChangedError("records are being loaded: try again in a minute")
            values = {"id": id, "is_in_force": 1, "sealed": self._seal(id, shield)}
            connection.execute(table.insert().values(changed=_next(connection), **values))
            if shield.is_separated:
                strip(connection, shield.rows, self._change)
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
            if shield.ended_by and shield.is_separated:
                unsettle(connection, shield.rows)
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

    def growing(
        self, connection: Connection, is_same_key: bool, other_kinds: OtherKinds
    ) -> Growing:
        """Return what takes in what is loaded in a transaction; see `Growing` for the others."""
        shields = self._in_force(connection)

        def write(id: ShieldId, shield: Shield) -> None:
            self._write(connection, id, shield)

        return Growing(shields, write, is_same_key, other_kinds)

    def add_namesake(self, id: ShieldId, case_reference: str) -> None:
        """Keep that a case is of another child of the name and date of birth of a former identity.

        Raises:
            ShieldError: there is none in force, or it is not separated.
        """
        with self._database.writing() as connection:
            held = self._standing(connection, id)
            if case_reference == held.case_reference:
                raise ShieldError("this is the case itself")
            if not held.is_separated:
                raise ShieldError("it is no former identity: its namesakes are answered")
            namesakes = tuple(sorted({*held.namesakes, case_reference}))
            self._write(connection, id, held.model_copy(update={"namesakes": namesakes}))

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


def _ending(shield: Shield, officer: str, now_ms: int) -> Shield:
    if not shield.end_asked_by:
        return shield.model_copy(update={"end_asked_by": officer})
    if name_key(shield.end_asked_by) == name_key(officer):
        raise ShieldError("a second officer ends it: you have asked for that already")
    return shield.model_copy(update={"ended_by": officer, "ended_ms": now_ms})


def _last_load(connection: Connection) -> int:
    found: int = connection.execute(
        select(func.coalesce(func.max(source_table.c.load_number), 0))
    ).scalar_one()
    return found


def _next(connection: Connection) -> int:
    found: int = connection.execute(
        select(func.coalesce(func.max(table.c.changed), 0))
    ).scalar_one()
    return found + 1
