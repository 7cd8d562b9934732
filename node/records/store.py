"""The records' file: sealed rows, replaced source by source, all or nothing (spec 80 §2)."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from node.database import Database
from node.errors import StoreError
from node.records.applications import Applications
from node.records.cases import CaseRow, HeldCase, cases_of
from node.records.evaluated import CHANGED
from node.records.growing import Growing
from node.records.model import Record, StoredRecord
from node.records.passing import GONE, ROWS_AT_ONCE, close, erase, some_at_once
from node.records.schema import record, source_table, unfinished
from node.records.shields import Shields
from node.records.source_keys import source_fingerprint, source_key
from node.records.state import SOURCES, IndexState, state_of
from node.records.tokens import Tokens
from node.records.unfinished import UnfinishedImports, forget
from node.store_key import FINGERPRINT_BYTES, StoreKey
from protocol import labels
from protocol.messages.vocabulary import InvolvementKind

# What every question runs: see `Database.rows`.

_READ = """
    SELECT 1, id, sealed, source_key FROM record WHERE id IN ({})
    UNION ALL SELECT 0, load_number, oprf_key, matching_version FROM source
    UNION ALL SELECT 2, coalesce(max(changed), 0), NULL, NULL FROM shield
"""
_IS_OF_SOURCE, _IS_RECORD, _IS_OF_SHIELDS = range(3)


_TOKENS_OF = """
    SELECT content_key, sealed FROM record JOIN source USING (source)
    WHERE source_key = ? AND oprf_key = ? AND matching_version = ?
"""

_NAMES = """
    SELECT source, sealed_name FROM source
    WHERE oprf_key = ? AND matching_version = ? AND sealed_name IS NOT NULL
"""

_SOURCES = """
    SELECT source, sealed_name, oprf_key, matching_version, load_number FROM source
    WHERE sealed_name IS NOT NULL
"""

_OF_CASE = """
    SELECT source, source_key, content_key, sealed FROM record
    WHERE source_key IN ({}) AND expires_day > ? ORDER BY id
"""

_REFERENCES = "SELECT source_key, sealed FROM record WHERE source_key IN ({})"

READ_AT_ONCE = 1000
"""Records of one statement: SQLite takes a limited number of values."""


class ReadRecords(NamedTuple):
    """Records, and what else was so at the moment they were read."""

    state: IndexState | None
    """The `index_state`; None too if sources were loaded while so many were read."""
    shields: int
    """The number of the last change of a shield."""
    records: dict[int, StoredRecord]


@dataclass(frozen=True, slots=True, repr=False)
class SourceRow:
    """One row of a source: its keyed fingerprints, and its record if it is new or changed.

    From `expires_on` the record is no longer answered.
    """

    source_key: bytes
    content_key: bytes
    expires_on: date
    make_record: Callable[[], Record] | None
    """Made when it is stored: the records of a file are never in memory together."""


class RecordStore:
    """One node's records."""

    def __init__(self, path: Path, key: StoreKey) -> None:
        self._database = Database(path, Path(__file__).parent / "migrations")
        self._key = key
        self.unfinished = UnfinishedImports(self._database, key)
        self.shields = Shields(self._database, key, self._change)
        self.applications = Applications(self._database, key)

    def close(self) -> None:
        self._database.close()

    def index_state(self) -> IndexState | None:
        """Return what the stored tokens were made with.

        None before the first load, and while sources are of different keys or versions: an index
        of some of them would say *not known* of children that the others hold.
        """
        return state_of(self._database.rows(SOURCES))

    def sources(self) -> dict[str, IndexState]:
        """Return what the tokens of each source were made with, by its name."""
        return {
            self._key.open(labels.STORE_SOURCE_NAME, sealed_name, fingerprint).decode(): IndexState(
                oprf_key, matching_version, load_number
            )
            for fingerprint, sealed_name, oprf_key, matching_version, load_number in (
                self._database.rows(_SOURCES)
            )
        }

    def count(self) -> int:
        with self._database.reading() as connection:
            return connection.execute(select(func.count()).select_from(record)).scalar_one()

    def count_besides(self, source: str) -> int:
        """Return the number of records of all sources but one."""
        besides = record.c.source != self.source_fingerprint(source)
        with self._database.reading() as connection:
            counted = connection.execute(select(func.count()).select_from(record).where(besides))
            return counted.scalar_one()

    def records(self, today: date) -> Iterator[tuple[int, Record]]:
        """Give every unexpired record with its row id, in one consistent read."""
        statement = select(record.c.id, record.c.sealed, record.c.source_key).where(
            record.c.expires_day > today.toordinal()
        )
        with self._database.reading() as connection:
            for row in connection.execute(statement.order_by(record.c.id)):
                yield row.id, Record.decode(self._open(row.sealed, row.source_key))

    def tokens(self) -> Iterator[tuple[bytes, Tokens]]:
        """Give the source key and the tokens of every record, in one consistent read."""
        with self._database.reading() as connection:
            for row in connection.execute(select(record.c.sealed, record.c.source_key)):
                opened = self._open(row.sealed, row.source_key)
                yield row.source_key, Record.decode_tokens(opened)

    def read(self, row_ids: Sequence[int]) -> ReadRecords:
        """Return those of these records that exist."""
        states: set[IndexState | None] = set()
        records: dict[int, StoredRecord] = {}
        shields = 0
        for start in range(0, len(row_ids) or 1, READ_AT_ONCE):
            wanted = row_ids[start : start + READ_AT_ONCE]
            rows = self._database.rows(_READ.format(",".join("?" * len(wanted))), *wanted)
            states.add(state_of([row[1:] for row in rows if row[0] == _IS_OF_SOURCE]))
            shields = next(row[1] for row in rows if row[0] == _IS_OF_SHIELDS)
            records |= {
                row[1]: StoredRecord.decode(self._open(row[2], row[3]), row[3])
                for row in rows
                if row[0] == _IS_RECORD
            }
        return ReadRecords(states.pop() if len(states) == 1 else None, shields, records)

    def tokens_of(
        self, source_key: bytes, of_child: bytes, oprf_key: bytes, matching_version: int
    ) -> Tokens:
        """Return the tokens of a row held: those of this child, by the first half of its content
        key, made with this key and version.

        Raises:
            StoreError: it is not held, or no longer: another import came between.
        """
        rows = self._database.rows(_TOKENS_OF, source_key, oprf_key, matching_version)
        if not rows or not rows[0][0].startswith(of_child):
            raise StoreError(CHANGED)
        return Record.decode_tokens(self._open(rows[0][1], source_key))

    def find_cases(
        self, case_reference: str, oprf_key: bytes, matching_version: int, today: date
    ) -> Sequence[HeldCase]:
        """Return the unexpired cases of this reference, of all sources whose tokens were made with
        this key and version: one for each child."""
        sources = {
            fingerprint: self._key.open(labels.STORE_SOURCE_NAME, sealed, fingerprint).decode()
            for fingerprint, sealed in self._database.rows(_NAMES, oprf_key, matching_version)
        }
        wanted = [
            source_key(case_reference, kind, self._key, source)
            for source in sorted(sources.values())
            for kind in InvolvementKind
        ]
        found: list[CaseRow] = []
        for start in range(0, len(wanted), READ_AT_ONCE):
            some = wanted[start : start + READ_AT_ONCE]
            statement = _OF_CASE.format(",".join("?" * len(some)))
            for row in self._database.rows(statement, *some, today.toordinal()):
                found.append(self._case_row(sources, *row))
        return cases_of(case_reference, found)

    def references(self, source_keys: Collection[bytes]) -> frozenset[str]:
        """Return the case references of rows, of those that are still here."""
        found = set()
        for some in some_at_once([*source_keys]):
            rows = self._database.rows(_REFERENCES.format(",".join("?" * len(some))), *some)
            found |= {
                StoredRecord.decode(self._open(sealed, source_key)).case_reference
                for source_key, sealed in rows
            }
        return frozenset(found)

    def other_kinds(self, source_keys: Collection[bytes]) -> AbstractSet[bytes]:
        """Return the source keys that the cases of these rows would have as involvements of other
        kinds, but for those of rows that stand and are not among them: of another child."""
        with self._database.reading() as connection:
            return self._other_kinds(connection, source_keys)

    def _other_kinds(
        self, connection: Connection, source_keys: Collection[bytes]
    ) -> AbstractSet[bytes]:
        names = {
            row.source: self._key.open(labels.STORE_SOURCE_NAME, row.sealed_name, row.source)
            for row in connection.execute(
                select(source_table.c.source, source_table.c.sealed_name).where(
                    source_table.c.sealed_name.is_not(None)
                )
            )
        }
        found: set[bytes] = set()
        for some in some_at_once([*source_keys]):
            columns = (record.c.source, record.c.source_key, record.c.sealed)
            for row in connection.execute(select(*columns).where(record.c.source_key.in_(some))):
                if row.source not in names:
                    continue
                held = StoredRecord.decode(self._open(row.sealed, row.source_key))
                source = names[row.source].decode()
                found |= {
                    source_key(held.case_reference, kind, self._key, source)
                    for kind in InvolvementKind
                }
        for some in some_at_once([*found]):
            standing = select(record.c.source_key).where(record.c.source_key.in_(some))
            found -= {row.source_key for row in connection.execute(standing)}
        return found.difference(source_keys)

    def is_shielded(self, case_reference: str) -> bool:
        """Whether a case is of a child that is shielded now."""
        for each in self.shields.in_force():
            shield = each.shield
            if case_reference == shield.case_reference:
                return True
            if case_reference in self.references(shield.rows):
                return True
        return False

    def _case_row(
        self,
        sources: Mapping[bytes, str],
        source: bytes,
        source_key: bytes,
        content_key: bytes,
        sealed: bytes,
    ) -> CaseRow:
        held = Record.decode(self._open(sealed, source_key))
        of_child = b"" if content_key == GONE else content_key[:FINGERPRINT_BYTES]
        return CaseRow(source_key, of_child, sources[source], held.involvement, held.tokens)

    def content_keys(
        self, source: str, oprf_key: bytes, matching_version: int
    ) -> dict[bytes, bytes]:
        """Return a source's content keys by source key; none where another key or version made
        its tokens."""
        fingerprint = self.source_fingerprint(source)
        current = select(source_table.c.source).where(
            source_table.c.source == fingerprint,
            source_table.c.oprf_key == oprf_key,
            source_table.c.matching_version == matching_version,
        )
        statement = select(record.c.source_key, record.c.content_key).where(
            record.c.source.in_(current)
        )
        with self._database.reading() as connection:
            return {row.source_key: row.content_key for row in connection.execute(statement)}

    def replace_source(
        self,
        source: str,
        rows: Sequence[SourceRow],
        oprf_key: bytes,
        matching_version: int,
        closing: date | None = None,
        erased: Collection[bytes] = (),
    ) -> int:
        """Make a source's records exactly `rows`, in one transaction; return the load's number.

        A row without a record stays as it is. Records that are in none are closed on `closing`, or
        without it erased, as are those that another key or version made, and those with the source
        keys of `erased`. What was kept of the unfinished import goes.

        Raises:
            RowsRefusedError: rows would join a separated identity to what is not of it.
            StoreError: such a row is not there: another import came between. Nothing is changed.
        """
        fingerprint = self.source_fingerprint(source)
        with self._database.writing() as connection:
            self._check_unchanged(connection, fingerprint, rows, (oprf_key, matching_version))
            missing = _missing(connection, fingerprint, {row.source_key for row in rows})
            is_current = _is_of(connection, fingerprint, oprf_key, matching_version)
            if closing is not None and is_current:
                ended = [row_id for key, row_id in missing.items() if key not in erased]
                close(connection, ended, closing, self._change)
                missing = {key: row_id for key, row_id in missing.items() if key in erased}
            erase(connection, list(missing.values()))
            # Before anybody is answered from what is loaded: a shield is of the child, not of rows.
            growing = self.shields.growing(
                connection, is_current, lambda rows: self._other_kinds(connection, rows)
            )
            self._upsert(connection, fingerprint, rows, growing)
            growing.finish(lambda: self._rows(connection))
            highest = select(func.coalesce(func.max(source_table.c.load_number), 0))
            load_number: int = connection.execute(highest).scalar_one() + 1
            made_with = {
                "oprf_key": oprf_key,
                "matching_version": matching_version,
                "load_number": load_number,
                "sealed_name": self._key.seal(
                    labels.STORE_SOURCE_NAME, source.encode(), fingerprint
                ),
            }
            statement = insert(source_table).values(source=fingerprint, **made_with)
            connection.execute(
                statement.on_conflict_do_update(index_elements=["source"], set_=made_with)
            )
            forget(connection, unfinished.c.source == fingerprint)
        return load_number

    def forget_expired(self, today: date) -> None:
        """Delete what is no longer answered. Its tags are in no table of today."""
        is_over = record.c.expires_day <= today.toordinal()
        with self._database.writing() as connection:
            connection.execute(delete(record).where(is_over))

    def source_fingerprint(self, source: str) -> bytes:
        return source_fingerprint(self._key, source)

    def _check_unchanged(
        self,
        connection: Connection,
        source: bytes,
        rows: Sequence[SourceRow],
        made_with: tuple[bytes, int],
    ) -> None:
        """Check that every row to be left as it is stands there, made with this key and version."""
        oprf_key, matching_version = made_with
        held = connection.execute(
            select(record.c.source_key, record.c.content_key)
            .join(source_table, source_table.c.source == record.c.source)
            .where(
                record.c.source == source,
                source_table.c.oprf_key == oprf_key,
                source_table.c.matching_version == matching_version,
            )
        )
        standing = {(row.source_key, row.content_key) for row in held}
        unchanged = {(row.source_key, row.content_key) for row in rows if row.make_record is None}
        if not unchanged <= standing:
            raise StoreError(CHANGED)

    def _upsert(
        self, connection: Connection, source: bytes, rows: Sequence[SourceRow], growing: Growing
    ) -> None:
        statement = insert(record)
        changed = {
            name: statement.excluded[name]
            for name in ("content_key", "source", "expires_day", "sealed")
        }
        upsert = statement.on_conflict_do_update(index_elements=["source_key"], set_=changed)
        values = (
            self._values(source, row, row.make_record, growing) for row in rows if row.make_record
        )
        while some := list(islice(values, ROWS_AT_ONCE)):
            connection.execute(upsert, some)

    def _values(
        self, source: bytes, row: SourceRow, make_record: Callable[[], Record], growing: Growing
    ) -> dict[str, bytes | int]:
        made = make_record()
        kept = growing.take(row.source_key, made.tokens, made.case_reference)
        made = replace(made, tokens=kept)
        return {
            "source_key": row.source_key,
            "content_key": row.content_key,
            "source": source,
            "expires_day": row.expires_on.toordinal(),
            "sealed": self._key.seal(labels.STORE_RECORD, made.encode(), row.source_key),
        }

    def rows(self) -> Iterator[tuple[bytes, Tokens, str]]:
        """Give source key, tokens and case reference of every record, in one consistent read."""
        with self._database.reading() as connection:
            yield from self._rows(connection)

    def _rows(self, connection: Connection) -> Iterator[tuple[bytes, Tokens, str]]:
        for row in connection.execute(select(record.c.sealed, record.c.source_key)):
            held = StoredRecord.decode(self._open(row.sealed, row.source_key))
            yield row.source_key, held.tokens, held.case_reference

    def _change(
        self, sealed: bytes, source_key: bytes, change: Callable[[Record], Record]
    ) -> bytes:
        changed = change(Record.decode(self._open(sealed, source_key)))
        return self._key.seal(labels.STORE_RECORD, changed.encode(), source_key)

    def _open(self, sealed: bytes, source_key: bytes) -> bytes:
        return self._key.open(labels.STORE_RECORD, sealed, source_key)


def _missing(connection: Connection, source: bytes, kept: set[bytes]) -> dict[bytes, int]:
    """Return the row ids of a source's records that are not kept, by source key."""
    held = select(record.c.id, record.c.source_key).where(record.c.source == source)
    return {
        row.source_key: row.id for row in connection.execute(held) if row.source_key not in kept
    }


def _is_of(connection: Connection, source: bytes, oprf_key: bytes, matching_version: int) -> bool:
    """Return whether a source's tokens were made with this key and version."""
    statement = select(source_table.c.source).where(
        source_table.c.source == source,
        source_table.c.oprf_key == oprf_key,
        source_table.c.matching_version == matching_version,
    )
    return connection.execute(statement).one_or_none() is not None
