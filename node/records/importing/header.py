"""The header line: where it is among a file's first lines, and whether our names are in order."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile, zip_longest

from node.errors import ImportRefusedError
from node.records.importing.columns import COLUMNS, REQUIRED, normalise_word, or_contacts
from node.records.importing.problems import RowProblem
from node.records.importing.raw import RawRow

HEADER_LINES = 20
"""The header is among these; above it may stand titles."""

FEWEST_KNOWN = 3
"""A line with fewer known names is taken for a title or a row of data; nothing of it is shown."""

NO_NAMES = (
    "the export has no line of column names: export it with one, and without titles above it where "
    "the names are none that are known here"
)

_DATA = re.compile(
    r"""
    [^a-z]*[0-9][^a-z]*                           # a number of any kind, a date
    | [0-9]{1,2}[-/. ]*[a-z]{3,9}[-/., ]+[0-9]{2,4}\b.*        # 4-Mar-15
    | [a-z]{3,9}[. ]+[0-9]{1,2},?\ +[0-9]{4}\b.*               # Mar 4 2015
    | [a-z]{1,2}[0-9][0-9a-z]?\ *[0-9][a-z]{2}                 # a postcode
    | [a-z][0-9]{11}[0-9a-z]                                   # a UPN
    | .*@.*
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""What no name of a column is."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_NAMES_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Header:
    """The header's line, its normalised names from left to right, and how many are known.

    `headings` are the names as they stand there, for a person at a terminal alone. Where it is no
    header, all of them are a child's data: no repr has them.
    """

    line: int
    names: tuple[str, ...] = field(repr=False)
    known: int
    headings: tuple[str, ...] = field(default=(), repr=False)


def find_header(
    rows: Iterable[RawRow | RowProblem], is_known: Callable[[str], bool]
) -> Header | None:
    """Return the line with the most known names among the first lines, of several the first.

    A name that is missing in it and stands above it, as in cells merged downwards, is taken from
    there; a name below that of a group, as "Surname" below "Mother", is both where that is known.
    """
    best: Header | None = None
    for header in headers(rows, is_known):
        if header.known >= FEWEST_KNOWN and (best is None or header.known > best.known):
            best = header
    return best


def headers(
    rows: Iterable[RawRow | RowProblem], is_known: Callable[[str], bool]
) -> Iterator[Header]:
    """Give each of the first lines as the header that it would be."""
    groups: tuple[str, ...] = ()
    above: tuple[str, ...] = ()
    for row in takewhile(lambda row: row.line <= HEADER_LINES, rows):
        if isinstance(row, RowProblem):
            continue
        filled = _filled(row.cells, above, is_known)
        headings = tuple(_grouped(filled, groups, is_known))
        names = normalised(headings)
        known = len(set(filter(is_known, names)))
        yield Header(row.line, names, known, headings[: len(names)])
        groups, above = row.cells, filled


def first_line(rows: Iterable[RawRow | RowProblem]) -> Header | None:
    """Return the first line in which anything stands, as the header that it would be, of no known
    names."""
    lines = (row for row in rows if isinstance(row, RawRow))
    first = next((row for row in lines if normalised(row.cells)), None)
    if first is None:
        return None
    names = normalised(first.cells)
    return Header(first.line, names, 0, first.cells[: len(names)])


def check_no_data(headings: Sequence[str]) -> None:
    """Check that headings of which none is known are not those of a child's row.

    Raises:
        ImportRefusedError: one of them looks like data.
    """
    if any(map(_DATA.fullmatch, headings)):
        raise ImportRefusedError(NO_NAMES)


def normalised(cells: Sequence[str]) -> tuple[str, ...]:
    """Return the normalised names of a line, without the empty ones at its end."""
    names = [normalise_word(cell) for cell in cells]
    while names and not names[-1]:
        names.pop()
    return tuple(names)


def check_own_columns(names: Sequence[str], required: Sequence[str] = REQUIRED) -> None:
    """Check the header of a file under our own columns' names, of which some are required.

    Raises:
        ImportRefusedError: unknown, missing or duplicate columns, all of them at once. A name from
            the file is repeated only where it cannot be a child's data.
    """
    missing = [name for name in required if name not in names]
    faults = [
        *name_list("remove or rename these columns", _unknown(names)),
        *(each + or_contacts(missing) for each in name_list("add these columns", missing)),
        *name_list(
            "keep only one of each of these columns",
            [name for name in COLUMNS if names.count(name) > 1],
        ),
    ]
    if faults:
        raise ImportRefusedError(
            f"the header line is not usable: {'; '.join(faults)}. Or say once with --map which "
            "column is which"
        )


def name_list(what: str, names: Sequence[str]) -> list[str]:
    """Return one sentence that lists the first names, none where there are no names."""
    if not names:
        return []
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    return [f"{what}: {', '.join(names[:_NAMES_SHOWN])}{more}"]


def _filled(
    cells: tuple[str, ...], above: tuple[str, ...], is_known: Callable[[str], bool]
) -> tuple[str, ...]:
    pairs = zip_longest(cells, above, fillvalue="")
    return tuple(cell or (high if is_known(normalise_word(high)) else "") for cell, high in pairs)


def _grouped(
    cells: tuple[str, ...], groups: tuple[str, ...], is_known: Callable[[str], bool]
) -> Iterator[str]:
    """Give the names with that of the group, which stands above the first of its names."""
    group = ""
    for cell, above in zip_longest(cells, groups, fillvalue=""):
        group = above or group
        named = f"{group} {cell}"
        yield named if cell and is_known(normalise_word(named)) else cell


def _unknown(names: Sequence[str]) -> list[str]:
    """Return the unknown names; their places if one is no name: it may be a row of data."""
    unknown = [(place, name) for place, name in enumerate(names, start=1) if name not in COLUMNS]
    if all(_NAME.fullmatch(name) for _, name in unknown):
        return [name for _, name in unknown]
    return [f"number {place} from the left" for place, _ in unknown]
