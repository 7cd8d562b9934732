"""Looks through an .xlsx before it is parsed: how much it unpacks to, and which cells are errors.

Its reader would make a table as wide as the outermost cell, and shows an error as an empty cell.
"""

import posixpath
import re
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from node.errors import ImportRefusedError

UNPACKED_BYTES = 512 * 1024 * 1024
MEMBERS = 10_000
"""Most that a workbook may unpack to, by its directory; most files in it."""

CELLS = 20_000_000
"""Most cells of a sheet from its first to its outermost one, empty ones among them."""

_PIECE_BYTES = 1024 * 1024
_FORMULA_BYTES = 16 * 1024
_PARTS_BYTES = 4 * 1024 * 1024
"""Largest list of sheets."""

_WORKBOOK = "xl/workbook.xml"
_TAG = re.compile(rb"<(?:\w+:)?(?:c|row)\s[^<>]*>")
_PLACE = re.compile(rb"\sr=[\"']([A-Z]{0,3})([0-9]{1,7})[\"']")
_ERROR = re.compile(rb"\st=[\"']e[\"']")
_ERROR_WORD = re.compile(rb"<(?:\w+:)?v>(#[A-Z0-9/_!?]{2,20})</(?:\w+:)?v>")
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^<>]*?:id=\"([^\"<>]*)\"")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s[^<>]*>")
_1904 = re.compile(rb"<(?:\w+:)?workbookPr\s[^<>]*date1904=[\"'](?:1|true)[\"']")
_ID = re.compile(rb'\sId="([^"]*)"')
_TARGET = re.compile(rb'\sTarget="([^"]*)"')


_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError),
    *(KeyError, NotImplementedError),  # a member that is missing, a packing that is unknown
    RuntimeError,  # a member that is encrypted
)


@dataclass(frozen=True, slots=True)
class ScannedSheet:
    """What a sheet's parser does not tell."""

    errors: Mapping[int, Sequence[tuple[int, str]]] = field(default_factory=dict)
    """Of cells that hold one: by line (from 1) the places (from 0) and errors."""
    is_1904: bool = False
    """Whether its days are counted from 1904, as on a Mac once, and not from 1900."""


def scan_workbook(path: Path) -> list[ScannedSheet]:
    """Return what stands in each sheet, from the left.

    Raises:
        ImportRefusedError: no workbook, damaged, or larger than it may be.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _check_size(archive)
            is_1904 = bool(_1904.search(_part(archive, _WORKBOOK)))
            return [ScannedSheet(_errors(archive, name), is_1904) for name in _sheet_names(archive)]
    except _DAMAGED:
        raise ImportRefusedError(
            "the file is a damaged workbook, or none: open it in Excel, save it as .xlsx and load "
            "that"
        ) from None


def _check_size(archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    if unpacked > UNPACKED_BYTES or len(members) > MEMBERS:
        raise ImportRefusedError(
            f"the workbook unpacks to more than {UNPACKED_BYTES >> 20} MB: export it as CSV"
        )


def _sheet_names(archive: zipfile.ZipFile) -> Iterator[str]:
    """Give the archive's names of the sheets, in the workbook's order."""
    targets = {}
    for relation in _RELATION.findall(_part(archive, "xl/_rels/workbook.xml.rels")):
        name, target = _ID.search(relation), _TARGET.search(relation)
        if name and target:
            targets[name[1]] = target[1].decode()
    for name in _SHEET.findall(_part(archive, _WORKBOOK)):
        yield posixpath.normpath(posixpath.join("/xl", targets[name])).lstrip("/")


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as part:
        return part.read(_PARTS_BYTES)


def _errors(archive: zipfile.ZipFile, name: str) -> Mapping[int, Sequence[tuple[int, str]]]:
    errors: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
    last_row = last_column = row = column = 0
    for piece in _pieces(archive, name):
        for tag in _TAG.finditer(piece):
            place = _PLACE.search(tag[0])
            is_row = tag[0].split(None, 1)[0].endswith(b"row")
            if is_row:
                row, column = (int(place[2]) if place else row + 1), 0
            elif place:
                row, column = int(place[2]), _column(place[1])
            else:
                column += 1
            last_row, last_column = max(last_row, row), max(last_column, column)
            if not is_row and _ERROR.search(tag[0]):
                word = _ERROR_WORD.search(piece, tag.end(), tag.end() + _FORMULA_BYTES)
                errors[row].append((column - 1, word[1].decode() if word else "#N/A"))
    if last_row * last_column > CELLS:
        raise ImportRefusedError(
            "a sheet of the workbook has a cell far below or right of its table: delete the rows "
            "below and the columns right of it, or export the sheet as CSV"
        )
    return errors


def _pieces(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """Give the sheet's XML in pieces that end between two cells."""
    with archive.open(name) as sheet:
        begun = b""
        while read := sheet.read(_PIECE_BYTES):
            begun += read
            end = max(begun.rfind(b"</c>"), begun.rfind(b":c>")) + len(b"</c>")
            if end < len(b"</c>"):
                end = begun.rfind(b"<")
            yield begun[:end]
            begun = begun[end:]
        yield begun


def _column(letters: bytes) -> int:
    """Return 1 for A, 27 for AA."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
