"""The records' file: sealed rows, replaced source by source, all or nothing (spec 80 §2)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from node.database import Database
from node.records.model import Record
from node.records.schema import record, state
from node.store_key import StoreKey
from protocol import labels
from protocol.encoding import Reader, Writer
from protocol.identifiers import OPRF_KEY_ID_BYTES

_INDEX = "index"


@dataclass(frozen=True, slots=True)
class IndexState:
    """What the stored tokens were made with, and a number that every load raises."""

    oprf_key: bytes
    matching_version: int
    load_number: int

    def encode(self) -> bytes:
        return (
            Writer()
            .fixed(self.oprf_key, OPRF_KEY_ID_BYTES)
            .integer(self.matching_version, 2)
            .integer(self.load_number, 8)
            .done()
        )

    @classmethod
    def decode(cls, content: bytes) -> "IndexState":
        reader = Reader(content, "index state")
        decoded = cls(reader.fixed(OPRF_KEY_ID_BYTES), reader.integer(2), reader.integer(8))
        reader.finish()
        return decoded


@dataclass(frozen=True, slots=True, repr=False)
class SourceRow:
    """One row of a source: its keyed fingerprints, and the record if it is new or changed."""

    source_key: bytes
    content_key: bytes
    record: Record | None


class RecordStore:
    """One node's records."""

    def __init__(self, path: Path, key: StoreKey) -> None:
        self._database = Database(path, Path(__file__).parent / "migrations")
        self._key = key

    def close(self) -> None:
        self._database.close()

    def index_state(self) -> IndexState | None:
        """Return what the stored tokens were made with; None before the first load."""
        with self._database.reading() as connection:
            return _index_state(connection)

    def count(self) -> int:
        with self._database.reading() as connection:
            return connection.execute(select(func.count()).select_from(record)).scalar_one()

    def records(self, today: date) -> Iterator[tuple[int, Record]]:
        """Give every unexpired record with its row id, in one consistent read."""
        statement = select(record.c.id, record.c.sealed, record.c.source_key).where(
            record.c.expires_day > today.toordinal()
        )
        with self._database.reading() as connection:
            for row in connection.execute(statement.order_by(record.c.id)):
                yield row.id, self._open(row.sealed, row.source_key)

    def read(self, row_ids: Sequence[int]) -> dict[int, Record]:
        """Return the records of these row ids that still exist."""
        statement = select(record.c.id, record.c.sealed, record.c.source_key).where(
            record.c.id.in_(row_ids)
        )
        with self._database.reading() as connection:
            rows = connection.execute(statement).all()
        return {row.id: self._open(row.sealed, row.source_key) for row in rows}

    def content_keys(self, source: str) -> Mapping[bytes, bytes]:
        """Return a source's content keys by source key."""
        statement = select(record.c.source_key, record.c.content_key).where(
            record.c.source == self.source_fingerprint(source)
        )
        with self._database.reading() as connection:
            return {row.source_key: row.content_key for row in connection.execute(statement)}

    def replace_source(
        self,
        source: str,
        rows: Sequence[SourceRow],
        oprf_key: bytes,
        matching_version: int,
    ) -> IndexState:
        """Make a source's records exactly `rows`, in one transaction.

        A row without a record stays as it is. What another key or version made goes.
        """
        fingerprint = self.source_fingerprint(source)
        with self._database.writing() as connection:
            before = _index_state(connection)
            if before and (before.oprf_key, before.matching_version) != (
                oprf_key,
                matching_version,
            ):
                connection.execute(delete(record).where(record.c.source != fingerprint))
            self._delete_missing(connection, fingerprint, {row.source_key for row in rows})
            self._upsert(connection, fingerprint, rows)
            after = IndexState(oprf_key, matching_version, before.load_number + 1 if before else 1)
            values = {"name": _INDEX, "value": after.encode()}
            connection.execute(
                insert(state)
                .values(values)
                .on_conflict_do_update(index_elements=["name"], set_={"value": after.encode()})
            )
        return after

    def source_fingerprint(self, source: str) -> bytes:
        return self._key.fingerprint(labels.STORE_SOURCE_ID, source.encode())

    def _delete_missing(self, connection: Connection, source: bytes, kept: set[bytes]) -> None:
        held = select(record.c.id, record.c.source_key).where(record.c.source == source)
        gone = [row.id for row in connection.execute(held) if row.source_key not in kept]
        for start in range(0, len(gone), 500):
            connection.execute(delete(record).where(record.c.id.in_(gone[start : start + 500])))

    def _upsert(self, connection: Connection, source: bytes, rows: Sequence[SourceRow]) -> None:
        values = [
            {
                "source_key": row.source_key,
                "content_key": row.content_key,
                "source": source,
                "expires_day": row.record.expires_on.toordinal(),
                "sealed": self._key.seal(labels.STORE_RECORD, row.record.encode(), row.source_key),
            }
            for row in rows
            if row.record is not None
        ]
        if not values:
            return
        statement = insert(record)
        changed = {
            name: statement.excluded[name]
            for name in ("content_key", "source", "expires_day", "sealed")
        }
        connection.execute(
            statement.on_conflict_do_update(index_elements=["source_key"], set_=changed), values
        )

    def _open(self, sealed: bytes, source_key: bytes) -> Record:
        return Record.decode(self._key.open(labels.STORE_RECORD, sealed, source_key))


def _index_state(connection: Connection) -> IndexState | None:
    value = connection.execute(
        select(state.c.value).where(state.c.name == _INDEX)
    ).scalar_one_or_none()
    return None if value is None else IndexState.decode(value)
