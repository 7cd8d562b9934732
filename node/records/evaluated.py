"""The tokens of an unfinished import: kept by the batch, found by the string (spec 80 §2)."""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from sqlite3 import Connection as SqliteConnection

from node.database import Database
from node.errors import StoreError
from node.store_key import StoreKey
from protocol import labels, limits
from protocol.oprf.voprf import TOKEN_BYTES

CHANGED = "another import has changed this source meanwhile: run it again"

STRING_ID_BYTES = 16
"""Of the 32 of a string's fingerprint: two strings of ten million meet with a chance of 2^-82."""

PLACES = 1024
"""Tokens have places: the number of their batch times this, and which of it they are."""

MOST_WAITING = 32 * limits.IMPORT_INPUTS
"""Strings that wait to be put into the index together. Each falls on any of its pages, and a page
costs the same to write with one of them or with all that fall on it."""

_REMEMBERED = 4 * limits.IMPORT_INPUTS
"""How many strings' ids are remembered: those on their way are named again when they are kept."""

_BATCHES_OPEN = 32
"""How many batches' tokens are in memory: those of one row stand in few, one behind the other."""

# What every batch and every row runs: see `Database.rows`.

_KEEP = """
    INSERT INTO evaluated_batch (unfinished, strings_id, string_ids, is_indexed, sealed)
    VALUES (?, ?, ?, 0, ?)
    ON CONFLICT DO UPDATE SET is_indexed = 0 RETURNING id
"""
_INDEX = "INSERT INTO evaluated VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_INDEXED = "UPDATE evaluated_batch SET is_indexed = 1 WHERE id = ?"
_WAITING = "SELECT id, string_ids FROM evaluated_batch WHERE unfinished = ? AND is_indexed = 0"
_COUNT = "SELECT coalesce(sum(length(string_ids)), 0) FROM evaluated_batch WHERE unfinished = ?"
_BATCH = "SELECT string_ids, sealed FROM evaluated_batch WHERE id = ? AND unfinished = ?"


class EvaluatedStrings:
    """Those of one unfinished import. They are named by keyed fingerprints: none is in it."""

    def __init__(self, database: Database, key: StoreKey, number: int) -> None:
        self._database = database
        self._key = key
        self._number = number
        self._id = lru_cache(_REMEMBERED)(partial(_string_id, key))
        self._batch = lru_cache(_BATCHES_OPEN)(self._open)
        self._keeping = threading.Lock()
        self._waiting: Mapping[bytes, int] = {
            string_id: place
            for batch, string_ids in database.rows(_WAITING, number)
            for string_id, place in _places(batch, _ids_of(string_ids))
        }
        """The places of what is not indexed yet. It is replaced and never changed: others read."""

    def count(self) -> int:
        """Return how many there are."""
        all_bytes: int = self._database.rows(_COUNT, self._number)[0][0]
        return all_bytes // STRING_ID_BYTES

    @contextmanager
    def keeping(
        self, strings_id: bytes, oprf_inputs: Sequence[bytes], tokens: Sequence[bytes]
    ) -> Iterator[SqliteConnection]:
        """Store the tokens of a batch, named by its strings' id, in a transaction that is given.

        Raises:
            StoreError: they cannot be stored.
        """
        ids = list(map(self._id, oprf_inputs))
        string_ids = b"".join(ids)
        sealed = self._key.seal(labels.STORE_EVALUATED, b"".join(tokens), string_ids)
        with self._keeping:
            with self._database.transaction() as connection:
                yield connection
                row = self._number, strings_id, string_ids, sealed
                batch = connection.execute(_KEEP, row).fetchone()[0]
                waiting = {**self._waiting, **dict(_places(batch, ids))}
                is_much = len(waiting) >= MOST_WAITING
                if is_much:
                    self._index(connection, waiting)
            self._waiting = {} if is_much else waiting

    def held(self, oprf_inputs: Sequence[bytes]) -> set[bytes]:
        """Return those of these strings that are there."""
        ids = {self._id(oprf_input): oprf_input for oprf_input in oprf_inputs}
        return {ids[string_id] for string_id in self._found(ids)}

    def tokens(self, oprf_inputs: Sequence[bytes]) -> list[bytes]:
        """Return the tokens of these strings, in order.

        Raises:
            StoreError: one is not there: another import of the source has ended meanwhile.
        """
        ids = list(map(self._id, oprf_inputs))
        places = self._found(ids)
        if not places.keys() >= set(ids):
            raise StoreError(CHANGED)
        return [self._token(string_id, places[string_id]) for string_id in ids]

    def _index(self, connection: SqliteConnection, waiting: Mapping[bytes, int]) -> None:
        """Put into the index what waits, in its own order."""
        rows = ((self._number, string_id, place) for string_id, place in sorted(waiting.items()))
        connection.executemany(_INDEX, rows)
        batches = {place // PLACES for place in waiting.values()}
        connection.executemany(_INDEXED, ((batch,) for batch in sorted(batches)))

    def _found(self, ids: Iterable[bytes]) -> dict[bytes, int]:
        """Return the places of those that are there."""
        # Read once, and first: what leaves it has come into the index.
        waiting = self._waiting
        found = {string_id: waiting[string_id] for string_id in ids if string_id in waiting}
        others = [string_id for string_id in ids if string_id not in found]
        marks = ", ".join("?" * len(others))
        statement = (
            "SELECT string_id, place FROM evaluated "  # noqa: S608
            f"WHERE unfinished = ? AND string_id IN ({marks})"
        )
        return {**dict(self._database.rows(statement, self._number, *others)), **found}

    def _token(self, string_id: bytes, place: int) -> bytes:
        batch, position = divmod(place, PLACES)
        string_ids, tokens = self._batch(batch)
        if _piece(string_ids, position, STRING_ID_BYTES) != string_id:
            raise StoreError("the store is altered: a token is not of the string it is kept for")
        return _piece(tokens, position, TOKEN_BYTES)

    def _open(self, batch: int) -> tuple[bytes, bytes]:
        """Return the ids of a batch's strings, and their tokens."""
        rows = self._database.rows(_BATCH, batch, self._number)
        if not rows:
            raise StoreError(CHANGED)
        string_ids, sealed = rows[0]
        return string_ids, self._key.open(labels.STORE_EVALUATED, sealed, string_ids)


def _string_id(key: StoreKey, oprf_input: bytes) -> bytes:
    return key.fingerprint(labels.STORE_STRING_ID, oprf_input)[:STRING_ID_BYTES]


def _places(batch: int, ids: Iterable[bytes]) -> Iterable[tuple[bytes, int]]:
    return ((string_id, batch * PLACES + position) for position, string_id in enumerate(ids))


def _ids_of(string_ids: bytes) -> Iterable[bytes]:
    number = len(string_ids) // STRING_ID_BYTES
    return (_piece(string_ids, position, STRING_ID_BYTES) for position in range(number))


def _piece(content: bytes, position: int, size: int) -> bytes:
    return content[position * size : (position + 1) * size]
