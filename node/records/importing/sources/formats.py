"""Which reader reads which format, and what may be laid over it (spec 80 §6)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from node.errors import ImportRefusedError
from node.records.importing.column_map import ColumnMap
from node.records.importing.columns import required_columns
from node.records.importing.content import FileContent
from node.records.importing.load import read_rows
from node.records.importing.shared_addresses import Address
from node.records.importing.sources.cin_census import read_census
from node.records.importing.sources.contacts import read_contacts, with_contacts
from node.records.importing.sources.csc_api import read_csc_api
from node.records.importing.sources.ssd import read_ssd
from node.records.importing.sources.statuses import with_statuses
from node.records.importing.table import open_table
from node.records.importing.table_row import Entry

PLAIN = "csv"
"""A file of one table, CSV or Excel."""

_CIN_CENSUS = "cin-census"


@dataclass(frozen=True, slots=True)
class NamedSource:
    """A source as the steward names it: its format, and the files that are laid over it.

    `column_map` and `sheet` (from 1) say how a plain file is read.
    """

    path: Path
    format: str = PLAIN
    statuses: Path | None = None
    contacts: Path | None = None
    column_map: ColumnMap | None = None
    sheet: int | None = None


def read_source(
    source: NamedSource, today: date, listed: frozenset[Address] = frozenset()
) -> FileContent:
    """Return what a source says; problems of its parts are in the report. `listed` are addresses
    of which a steward says that they are shared.

    Raises:
        ImportRefusedError: the source, or a file laid over it, cannot be used as a whole.
    """
    description, entries = _entries(source, today)
    if source.statuses:
        entries = with_statuses(entries, read_census(source.statuses, today), today)
    general_line = ""
    if source.contacts:
        contacts = read_contacts(source.contacts)
        entries, general_line = with_contacts(entries, contacts), contacts.general_line
    return replace(read_rows(entries, today, description, listed), general_line=general_line)


def _entries(source: NamedSource, today: date) -> tuple[str, Iterator[Entry]]:
    """Return how a source is read, for the report, and what it gives."""
    if source.format == PLAIN:
        required = required_columns(source.contacts is not None)
        table = open_table(source.path, source.column_map, source.sheet, required)
        return table.found.description, iter(table.rows())
    if source.format == _CIN_CENSUS:
        raise ImportRefusedError(
            "a CIN census has no names: give it as --statuses beside a source that has them"
        )
    read = _READERS.get(source.format)
    if read is None:
        raise ImportRefusedError(f"--format is one of: {', '.join((PLAIN, *_READERS))}")
    if source.sheet is not None:
        raise ImportRefusedError("--sheet is for workbooks: leave it away with this format")
    if source.contacts is None:
        raise ImportRefusedError(
            "this format has no telephone numbers: give a contact directory as --contacts"
        )
    return source.format, read(source.path, today)


_READERS: Mapping[str, Callable[[Path, date], Iterator[Entry]]] = {
    "standard-safeguarding-dataset": read_ssd,
    "csc-api": read_csc_api,
}
