"""Records that come to their end: gone from their source's export, or expired (spec 80 §2, §3)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import Connection, bindparam, delete, select, update

from node.records.model import CLOSED_FOR, Record
from node.records.schema import record

GONE = bytes(32)
"""Content key of a record that its source no longer gives: that of no row."""

ROWS_AT_ONCE = 500
"""How many rows one statement takes."""


def erase(connection: Connection, row_ids: Sequence[int]) -> None:
    """Delete records."""
    for some in _some_at_once(row_ids):
        connection.execute(delete(record).where(record.c.id.in_(some)))


def close(
    connection: Connection,
    row_ids: Sequence[int],
    on: date,
    change: Callable[[bytes, bytes, Callable[[Record], Record]], bytes],
) -> None:
    """Close records whose case is open, and let each be answered for its time as a closed one.

    `change` opens a sealed record at its place, changes it, and seals it again.
    """

    def closed(held: Record) -> Record:
        involvement = held.involvement
        closed_on = involvement.closed_on or on
        return replace(held, involvement=replace(involvement, closed_on=closed_on))

    columns = (record.c.id, record.c.source_key, record.c.expires_day, record.c.sealed)
    statement = update(record).where(record.c.id == bindparam("row"))
    for some in _some_at_once(row_ids):
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


def _some_at_once(row_ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(row_ids), ROWS_AT_ONCE):
        yield row_ids[start : start + ROWS_AT_ONCE]
