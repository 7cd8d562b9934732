"""A whole source into typed rows and a report."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from node.records.importing.column_map import ColumnMap
from node.records.importing.content import FileContent
from node.records.importing.gathering import Gathering
from node.records.importing.shared_addresses import Address
from node.records.importing.table import open_table
from node.records.importing.table_row import Entry


def read_file(
    path: Path,
    today: date,
    column_map: ColumnMap | None = None,
    sheet: int | None = None,
    listed: frozenset[Address] = frozenset(),
) -> FileContent:
    """Return what a council's file says; row problems are in the report.

    Raises:
        ImportRefusedError: the file cannot be used as a whole.
    """
    table = open_table(path, column_map, sheet)
    return read_rows(table.rows(), today, table.found.description, listed)


def read_rows(
    rows: Iterable[Entry],
    today: date,
    description: str = "",
    listed: frozenset[Address] = frozenset(),
) -> FileContent:
    """Return what rows under our own columns' names say; `description` says how they were read,
    `listed` which addresses a steward says are shared.

    Rows that say the same are taken once. Of rows that have one case reference and involvement and
    say different things none is taken: nobody knows which is right. Rows that no node answers of
    any more are not taken either.

    Raises:
        ImportRefusedError: more rows than a file may have, or the rows' own refusal.
    """
    gathering = Gathering(today)
    for row in rows:
        gathering.add(row)
    return gathering.content(description, listed)
