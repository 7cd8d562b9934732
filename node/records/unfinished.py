"""What an import has had evaluated so far, so that it goes on where it was (spec 80 §2, §3)."""

from collections.abc import Sequence
from datetime import date, timedelta
from sqlite3 import Connection as SqliteConnection

from sqlalchemy import ColumnElement, Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from node.database import Database
from node.errors import StoreError
from node.records.evaluated import CHANGED, EvaluatedStrings
from node.records.schema import asked_batch, evaluated, evaluated_batch, unfinished
from node.records.source_keys import source_fingerprint
from node.store_key import StoreKey
from protocol import labels, limits

KEPT_FOR = timedelta(days=30)
"""How long tokens wait for an import that is not run again."""

# What every batch runs: see `Database.rows`.

_STILL = "SELECT id FROM unfinished WHERE id = ?"

_ASK = """
    INSERT INTO asked_batch (unfinished, strings_id, asked_ms, sealed) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET asked_ms = excluded.asked_ms, sealed = excluded.sealed
"""
_ASKED = "SELECT sealed FROM asked_batch WHERE unfinished = ? AND strings_id = ?"
_ANSWERED = "DELETE FROM asked_batch WHERE unfinished = ? AND strings_id = ?"
_FORGET_ASKED = "DELETE FROM asked_batch WHERE unfinished = ? AND asked_ms < ?"


class UnfinishedImports:
    """Those of all sources, one at most for each."""

    def __init__(self, database: Database, key: StoreKey) -> None:
        self._database = database
        self._key = key

    def begin(
        self, source: str, oprf_key: bytes, matching_version: int, today: date
    ) -> "UnfinishedImport":
        """Begin an import, or go on with the one that was interrupted.

        Of an import under another key or version nothing can be used, and it goes; so does what
        nobody has gone on with for 30 days, of any source.
        """
        fingerprint = source_fingerprint(self._key, source)
        is_ours = unfinished.c.source == fingerprint
        is_current = (unfinished.c.oprf_key == oprf_key) & (
            unfinished.c.matching_version == matching_version
        )
        values = {"oprf_key": oprf_key, "matching_version": matching_version}
        day = {"day": today.toordinal()}
        with self._database.writing() as connection:
            forget(connection, is_ours & ~is_current)
            forget(connection, unfinished.c.day < (today - KEPT_FOR).toordinal())
            statement = insert(unfinished).values(source=fingerprint, **values, **day)
            connection.execute(statement.on_conflict_do_update(index_elements=["source"], set_=day))
            number: int = connection.execute(select(unfinished.c.id).where(is_ours)).scalar_one()
        return UnfinishedImport(self._database, self._key, number)

    def days(self) -> dict[bytes, date]:
        """Return when each was begun or gone on with last, by the fingerprint of its source."""
        with self._database.reading() as connection:
            rows = connection.execute(select(unfinished.c.source, unfinished.c.day))
            return {row.source: date.fromordinal(row.day) for row in rows}

    def forget_old(self, today: date) -> None:
        """Let go of what nobody has gone on with for 30 days."""
        with self._database.writing() as connection:
            forget(connection, unfinished.c.day < (today - KEPT_FOR).toordinal())


class UnfinishedImport:
    """What one has had evaluated, and what of it is on its way."""

    def __init__(self, database: Database, key: StoreKey, number: int) -> None:
        self._database = database
        self._key = key
        self._number = number
        self._evaluated = EvaluatedStrings(database, key, number)

    def count(self) -> int:
        """Return how many strings are evaluated."""
        return self._evaluated.count()

    def ask(self, oprf_inputs: Sequence[bytes], request: bytes, now_ms: int) -> None:
        """Store what is about to be sent for a batch of strings, and drop what is too old to be
        sent again.

        Raises:
            StoreError: another import of the source has ended meanwhile.
        """
        strings_id = self._strings_id(oprf_inputs)
        sealed = self._key.seal(labels.STORE_EVALUATED, request, strings_id)
        with self._database.transaction() as connection:
            self._check(connection)
            connection.execute(_FORGET_ASKED, (self._number, now_ms - limits.FRESHNESS_MS))
            connection.execute(_ASK, (self._number, strings_id, now_ms, sealed))

    def asked(self, oprf_inputs: Sequence[bytes]) -> bytes | None:
        """Return what was sent last for exactly these strings, if their tokens never came."""
        strings_id = self._strings_id(oprf_inputs)
        rows = self._database.rows(_ASKED, self._number, strings_id)
        return self._key.open(labels.STORE_EVALUATED, rows[0][0], strings_id) if rows else None

    def keep(self, oprf_inputs: Sequence[bytes], tokens: Sequence[bytes]) -> None:
        """Store the tokens of a batch, in one transaction.

        Raises:
            StoreError: another import of the source has ended meanwhile.
        """
        strings_id = self._strings_id(oprf_inputs)
        with self._evaluated.keeping(strings_id, oprf_inputs, tokens) as connection:
            self._check(connection)
            connection.execute(_ANSWERED, (self._number, strings_id))

    def held(self, oprf_inputs: Sequence[bytes]) -> set[bytes]:
        """Return those of these strings that are evaluated."""
        return self._evaluated.held(oprf_inputs)

    def tokens(self, oprf_inputs: Sequence[bytes]) -> list[bytes]:
        """Return the tokens of these strings, in order.

        Raises:
            StoreError: one is not there: another import of the source has ended meanwhile.
        """
        if not self._database.rows(_STILL, self._number):
            raise StoreError(CHANGED)
        return self._evaluated.tokens(oprf_inputs)

    def _check(self, connection: SqliteConnection) -> None:
        """Check that the import goes on: what is kept under a number that is gone is nobody's."""
        if connection.execute(_STILL, (self._number,)).fetchone() is None:
            raise StoreError(CHANGED)

    def _strings_id(self, oprf_inputs: Sequence[bytes]) -> bytes:
        return self._key.fingerprint(labels.STORE_STRING_ID, *oprf_inputs)


def forget(connection: Connection, which: ColumnElement[bool]) -> None:
    """Delete unfinished imports, and what they have had evaluated."""
    numbers = select(unfinished.c.id).where(which)
    for table in (evaluated, evaluated_batch, asked_batch):
        connection.execute(delete(table).where(table.c.unfinished.in_(numbers)))
    connection.execute(delete(unfinished).where(which))
