"""The header line: which delimiter a file uses, and which column stands where."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass

from node.errors import ImportRefusedError
from node.records.importing.columns import COLUMNS, OPTIONAL, REQUIRED, normalise_word

DELIMITERS = ",;\t"

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_NAMES_SHOWN = 10
_FEWEST_KNOWN = 3
"""A first line with fewer known names is taken for a row of data, and nothing of it is shown."""


@dataclass(frozen=True, slots=True)
class Header:
    """A file's delimiter and its columns from left to right."""

    delimiter: str
    columns: tuple[str, ...]


def read_header(line: str) -> Header:
    """Return what the header line says.

    Raises:
        ImportRefusedError: unknown, missing or duplicate columns, all of them at once. A name from
            the file is repeated only where it cannot be a child's data.
    """
    candidates = [Header(delimiter, _names(line, delimiter)) for delimiter in DELIMITERS]
    header = max(candidates, key=lambda candidate: len(_known(candidate.columns)))
    if len(_known(header.columns)) < _FEWEST_KNOWN:
        raise ImportRefusedError(
            "the first line holds no column names: put them there, separated by commas, "
            f"semicolons or tabs. Required: {', '.join(REQUIRED)}. Optional: {', '.join(OPTIONAL)}"
        )
    faults = [
        *_fault("remove or rename these columns", _unknown(header.columns)),
        *_fault("add these columns", [name for name in REQUIRED if name not in header.columns]),
        *_fault(
            "keep only one of each of these columns",
            [name for name in COLUMNS if header.columns.count(name) > 1],
        ),
    ]
    if faults:
        raise ImportRefusedError("the header line is not usable: " + "; ".join(faults))
    return header


def _names(line: str, delimiter: str) -> tuple[str, ...]:
    """Return the normalised names, without the empty ones that Excel leaves at the end."""
    try:
        cells = next(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error:
        return ()
    names = [normalise_word(cell) for cell in cells]
    while names and not names[-1]:
        names.pop()
    return tuple(names)


def _known(names: Sequence[str]) -> set[str]:
    return set(names) & set(COLUMNS)


def _unknown(names: Sequence[str]) -> list[str]:
    """Return the unknown names; their places if one is no name: it may be a row of data."""
    unknown = [(place, name) for place, name in enumerate(names, start=1) if name not in COLUMNS]
    if all(_NAME.fullmatch(name) for _, name in unknown):
        return [name for _, name in unknown]
    return [f"number {place} from the left" for place, _ in unknown]


def _fault(what_to_do: str, names: Sequence[str]) -> list[str]:
    if not names:
        return []
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    return [f"{what_to_do}: {', '.join(names[:_NAMES_SHOWN])}{more}"]
