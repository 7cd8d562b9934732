"""The tables of a source: a folder or a zip file of CSV files that are named after them."""

import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO
from zipfile import BadZipFile, ZipFile

from node.errors import ImportRefusedError
from node.records.importing.problems import Note, RowProblem
from node.records.importing.sources.table_lines import Line, TableColumns, read_lines

TABLE_BYTES = 2**30
"""Largest table in a zip file, unpacked."""

_FILES = 1_000
_NAME = re.compile(r"(?:[a-z0-9_]+\.)?(?P<table>ssd_[a-z0-9_]+)\.csv", re.IGNORECASE)
"""A schema may stand before the table's name, as in "dbo.ssd_person.csv"."""


class TableFiles:
    """Reads tables by name, each as often as it is asked for."""

    def __init__(self, path: Path) -> None:
        """Look which tables are there.

        Raises:
            ImportRefusedError: no folder and no zip file, or two files for one table.
        """
        self._path = path
        self._is_zip = path.is_file()
        self._files = _by_table(_zip_names(path) if self._is_zip else _folder_names(path))

    def has(self, table: str) -> bool:
        return table in self._files

    def lines(self, columns: TableColumns) -> Iterator[Line | RowProblem | Note]:
        """Give a table's lines, and what is said of those below it; none where it is not there.

        Raises:
            ImportRefusedError: the table cannot be used as a whole.
        """
        if not self.has(columns.name):
            return
        try:
            with self._open(columns.name) as stream:
                yield from read_lines(stream, columns)
        except (BadZipFile, zlib.error, EOFError, RuntimeError):
            # RuntimeError: what zipfile says of a password or of a way of packing.
            raise ImportRefusedError(
                f"{columns.name} cannot be unpacked: make the zip file again, without a password"
            ) from None
        except OSError as error:
            raise ImportRefusedError(f"cannot read {columns.name}: {error.strerror}") from None

    @contextmanager
    def _open(self, table: str) -> Iterator[IO[bytes]]:
        name = self._files[table]
        if not self._is_zip:
            with (self._path / name).open("rb") as stream:
                yield stream
            return
        with ZipFile(self._path) as archive:
            if archive.getinfo(name).file_size > TABLE_BYTES:
                raise ImportRefusedError(f"{table} is larger than {TABLE_BYTES:,} bytes: split it")
            with archive.open(name) as packed:
                yield packed


def _folder_names(path: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in path.iterdir() if entry.is_file())
    except OSError as error:
        raise ImportRefusedError(
            f"cannot read {path}: {error.strerror}: give the folder or zip file of the tables"
        ) from None


def _zip_names(path: Path) -> list[str]:
    try:
        with ZipFile(path) as archive:
            return archive.namelist()
    except (BadZipFile, OSError):
        raise ImportRefusedError(
            f"cannot read {path}: give a folder or a zip file of the tables, one CSV file each"
        ) from None


def _by_table(names: list[str]) -> Mapping[str, str]:
    if len(names) > _FILES:
        raise ImportRefusedError(f"more than {_FILES:,} files: keep the tables only")
    files: dict[str, str] = {}
    for name in names:
        found = _NAME.fullmatch(PurePosixPath(name).name)
        if found is None or name.startswith("__MACOSX/"):
            continue
        table = found["table"].lower()
        if table in files:
            raise ImportRefusedError(f"two files are named after {table}: keep the newer one")
        files[table] = name
    return files
