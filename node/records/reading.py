"""The records' file as another process reads it: at one moment, and nothing but tokens."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from urllib.parse import quote

from node.errors import StoreError
from node.records.model import Record
from node.records.state import SOURCES, IndexState, state_of
from node.records.tokens import Tokens
from node.store_key import StoreKey
from protocol import labels

# By the plus the file is read from begin to end, not in the order of an index of days.
_UNEXPIRED = "SELECT id, sealed, source_key FROM record WHERE +expires_day > ?"


class Snapshot:
    """What the file held at one moment: a load that ends meanwhile is not in it."""

    def __init__(self, connection: sqlite3.Connection, key: StoreKey) -> None:
        self._connection = connection
        self._key = key
        self.state: IndexState | None = state_of(connection.execute(SOURCES).fetchall())

    def tokens(self, today: date) -> Iterator[tuple[int, Tokens]]:
        """Give the tokens of every unexpired record with its row id.

        Raises:
            StoreError: a record does not open with this store key.
            MalformedError: or is not of its form.
        """
        rows = self._connection.execute(_UNEXPIRED, (today.toordinal(),))
        for row_id, sealed, source_key in rows:
            content = self._key.open(labels.STORE_RECORD, sealed, source_key)
            yield row_id, Record.decode_tokens(content)


@contextmanager
def open_snapshot(path: Path, key: StoreKey) -> Iterator[Snapshot]:
    """Open a records' file to read it at one moment. Nothing is written to it or beside it.

    Raises:
        StoreError: it cannot be read.
    """
    try:
        uri = f"file:{quote(os.fsencode(path))}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
            connection.execute("BEGIN")
            yield Snapshot(connection, key)
    except sqlite3.Error as error:
        raise StoreError(f"store: {type(error).__name__}") from None
