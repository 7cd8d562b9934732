"""Reads .xlsx and .xls: a workbook's sheets as tables of text, guarded before they are parsed."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from node.errors import ImportRefusedError
from node.records.importing.raw import RawRow, RawTable
from node.records.importing.workbook_reader import PROTECTED
from node.records.importing.workbook_scan import ScannedSheet, scan_workbook

OLD_WORKBOOK_BYTES = 256 * 1024 * 1024
"""Largest .xls; 65,536 rows of 256 cells bound what it unpacks to."""

_ZIP = b"PK\x03\x04"
_OLD = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")

_READER = Path(__file__).with_name("workbook_reader.py")

_BROKEN = "the workbook is damaged: open it in Excel, save it as .xlsx and load that"
_PROTECTED = "the workbook needs a password: save it without one, or export it as CSV"


def is_workbook(path: Path) -> bool:
    """Return whether a file begins as a workbook does, whatever its name says."""
    with path.open("rb") as file:
        return file.read(8).startswith((_ZIP, _OLD))


def workbook_tables(path: Path) -> list[RawTable]:
    """Return a workbook's sheets, from the left.

    Raises:
        ImportRefusedError: damaged, protected, of another kind, or too large to be unpacked.
        OSError: it cannot be read.
    """
    scanned = _guard(path)
    sheets: list[bool] = [is_of_cells for line in _read(path) for is_of_cells in line]
    if not sheets or (scanned and len(scanned) != len(sheets)):
        raise ImportRefusedError(_BROKEN)
    return [
        RawTable(
            f"workbook, sheet {number} of {len(sheets)}",
            partial(_rows, path, number, sheet),
            sheet=number,
            is_1904=sheet.is_1904,
        )
        for number, (is_of_cells, sheet) in enumerate(
            zip(sheets, scanned or [ScannedSheet()] * len(sheets), strict=True), start=1
        )
        if is_of_cells
    ]


def _guard(path: Path) -> list[ScannedSheet]:
    """Return what an .xlsx has in its sheets that its parser does not tell; of an .xls nothing."""
    with path.open("rb") as file:
        if file.read(8).startswith(_ZIP):
            return scan_workbook(path)
        if path.stat().st_size > OLD_WORKBOOK_BYTES:
            raise ImportRefusedError(
                f"the workbook is larger than {OLD_WORKBOOK_BYTES >> 20} MB: export it as CSV"
            )
        file.seek(0)
        if _ENCRYPTED in file.read():
            raise ImportRefusedError(_PROTECTED)
    return []


def _rows(path: Path, number: int, scanned: ScannedSheet) -> Iterator[RawRow]:
    for line, cells in enumerate(_read(path, number), start=1):
        for place, error in scanned.errors.get(line, ()):
            if place < len(cells):
                cells[place] = error
        if any(cells):
            yield RawRow(line, tuple(cells))


def _read(path: Path, *sheet: int) -> Iterator[list[Any]]:
    """Give what a process of its own reads: see `workbook_reader`."""
    command = [sys.executable, "-P", str(_READER), str(path), *map(str, sheet)]
    environment = os.environ | {"RUST_BACKTRACE": "0"}
    with subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as reader:
        try:
            for line in reader.stdout or ():
                yield json.loads(line)
        except GeneratorExit:
            # No more than the first lines are wanted.
            reader.kill()
            raise
        except ValueError:
            # It ended within a line.
            raise ImportRefusedError(_BROKEN) from None
        status = reader.wait()
    if status:
        raise ImportRefusedError(_PROTECTED if status == PROTECTED else _BROKEN)
