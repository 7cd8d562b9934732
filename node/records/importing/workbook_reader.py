"""Reads a workbook in a process of its own: `workbook_reader.py FILE [SHEET]`.

Its parser is compiled and meets whatever a file holds: a broken one may make it panic, and then it
prints what stands in a cell, or take all memory. Here that ends this process alone, which says
nothing but rows, as lines of JSON on standard output, or whether each sheet is one of cells.

Run by its path: only the standard library and the parser are imported.
"""

import json
import resource
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum

MEMORY_BYTES = 4 * 1024 * 1024 * 1024
CPU_SECONDS = 900
PROTECTED = 3
BROKEN = 4

_EXACT_DIGITS = 15
"""Excel keeps no more of a number."""

Value = float | str | bool | time | date | timedelta


def text_of(value: Value) -> str:
    """Return a cell as a CSV of dates in ISO form would have it."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _number(value: float) -> str:
    """Return a number in full: 9990000018, not 9990000018.0 nor 9.990000018e+09.

    One of more digits than Excel keeps stays in the form that is refused as rounded.
    """
    if abs(value) >= 10**_EXACT_DIGITS:
        return f"{value:.5E}"
    return f"{value:.0f}" if value.is_integer() else f"{Decimal(repr(value)):f}"


def _lines(path: str, sheet: int | None) -> Iterator[list[str] | list[bool]]:
    workbook = CalamineWorkbook.from_path(path)
    if sheet is None:
        yield [each.typ is SheetTypeEnum.WorkSheet for each in workbook.sheets_metadata]
        return
    for values in workbook.get_sheet_by_index(sheet - 1).iter_rows():
        yield [text_of(value) for value in values]


def main(path: str, sheet: int | None = None) -> int:
    """Print a sheet's rows, or without a number which sheets are of cells; return the status."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    try:
        for line in _lines(path, sheet):
            sys.stdout.write(f"{json.dumps(line)}\n")
    except PasswordError:
        return PROTECTED
    except CalamineError:
        return BROKEN
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *map(int, sys.argv[2:])))
