"""Records that come to their end: gone from their source's export, or expired (spec 80 §2, §3)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import TypeVar

from sqlalchemy import Connection, bindparam, delete, func, select, update

from node.records.model import CLOSED_FOR, Record
from node.records.schema import record
from node.records.tokens import Tokens

GONE = bytes(32)
"""Content key of a record that its source no longer gives: that of no row."""

ROWS_AT_ONCE = 500
"""How many rows one statement takes."""

Change = Callable[[bytes, bytes, Callable[[Record], Record]], bytes]
"""Opens a sealed record at its place, changes it, and seals it again."""

_Id = TypeVar("_Id", int, bytes)


def erase(connection: Connection, row_ids: Sequence[int]) -> None:
    """Delete records."""
    for some in some_at_once(row_ids):
        connection.execute(delete(record).where(record.c.id.in_(some)))


def strip(connection: Connection, source_keys: Sequence[bytes], change: Change) -> None:
    """Keep nothing of the tokens of rows: nothing is answered of them, or joined to them."""

    def stripped(held: Record) -> Record:
        return replace(held, tokens=Tokens(b""))

    statement = update(record).where(record.c.id == bindparam("row"))
    for some in some_at_once(source_keys):
        held = select(record.c.id, record.c.source_key, record.c.sealed).where(
            record.c.source_key.in_(some)
        )
        values = [
            {"row": row.id, "sealed": change(row.sealed, row.source_key, stripped)}
            for row in connection.execute(held).all()
        ]
        if values:
            connection.execute(statement, values)


def unsettle(connection: Connection, source_keys: Sequence[bytes]) -> None:
    """Have rows be loaded anew with their source: they lack tokens."""
    for some in some_at_once(source_keys):
        of_some = update(record).where(record.c.source_key.in_(some), record.c.content_key != GONE)
        # At random, so that none is taken for another one's.
        connection.execute(of_some.values(content_key=func.randomblob(len(GONE))))


def close(connection: Connection, row_ids: Sequence[int], on: date, change: Change) -> None:
    """Close records whose case is open, and let each be answered for its time as a closed one."""

    def closed(held: Record) -> Record:
        involvement = held.involvement
        closed_on = involvement.closed_on or on
        return replace(held, involvement=replace(involvement, closed_on=closed_on))

    columns = (record.c.id, record.c.source_key, record.c.expires_day, record.c.sealed)
    statement = update(record).where(record.c.id == bindparam("row"))
    for some in some_at_once(row_ids):
        still_given = select(*columns).where(record.c.id.in_(some), record.c.content_key != GONE)
        values = [
            {
                "row": row.id,
                "content_key": GONE,
                "expires_day": min(row.expires_day, (on + CLOSED_FOR).toordinal()),
                "sealed": change(row.sealed, row.source_key, closed),
            }
            for row in connection.execute(still_given).all()
        ]
        if values:
            connection.execute(statement, values)


def some_at_once(ids: Sequence[_Id]) -> Iterator[Sequence[_Id]]:
    for start in range(0, len(ids), ROWS_AT_ONCE):
        yield ids[start : start + ROWS_AT_ONCE]
