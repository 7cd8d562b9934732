"""Which encoding a text file has: by its byte-order mark, else by what decodes strictly."""

import codecs
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from node.errors import ImportRefusedError

PIECE_BYTES = 64 * 1024
"""A longer line is looked at in pieces; it is refused for its length afterwards."""

SAVE_AGAIN = "export it again, as 'CSV UTF-8' or as .xlsx"


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoding: its name in Python, and in the report."""

    codec: str
    name: str


MARK = "\ufeff"
"""The byte-order mark: a file that was put together of several has it again and again."""

UTF_8 = Encoding("utf-8-sig", "UTF-8")
UTF_16 = Encoding("utf-16", "UTF-16")
WINDOWS_1252 = Encoding("cp1252", "Windows-1252")


def detect_encoding(stream: IO[bytes]) -> Encoding:
    """Return the encoding of a text, all of which was decoded strictly to tell.

    The stream stands at its start afterwards.

    A file in which some lines are UTF-8 and others are not is refused: read as either, names in it
    would be wrong.

    Raises:
        ImportRefusedError: no encoding fits; names the line.
        OSError: it cannot be read.
    """
    start = stream.read(4)
    stream.seek(0)
    encoding = _detect(stream, start)
    stream.seek(0)
    return encoding


def _detect(stream: IO[bytes], start: bytes) -> Encoding:
    if start in {codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE}:
        raise ImportRefusedError(f"the file is UTF-32: {SAVE_AGAIN}")
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        _check_utf_16(stream)
        return UTF_16
    return _detect_8_bit(stream, is_marked=start.startswith(codecs.BOM_UTF8))


def _check_utf_16(stream: IO[bytes]) -> None:
    text = io.TextIOWrapper(stream, UTF_16.codec, newline="")
    try:
        while text.read(PIECE_BYTES):
            pass
    except UnicodeError:
        raise ImportRefusedError(f"the file is damaged UTF-16, or cut off: {SAVE_AGAIN}") from None
    finally:
        # The stream stays open.
        text.detach()


def _detect_8_bit(stream: IO[bytes], is_marked: bool) -> Encoding:
    has_utf_8 = is_marked
    not_utf_8 = not_1252 = 0
    last_is_cut = has_line_feed = False
    for number, line in _lines(stream):
        if b"\0" in line:
            raise ImportRefusedError(
                f"line {number} holds a NUL byte: the file is damaged or no text; {SAVE_AGAIN}"
            )
        last_is_cut = False
        has_line_feed = has_line_feed or line.endswith(b"\n")
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
            has_utf_8 = True
        except UnicodeDecodeError as error:
            last_is_cut = error.end == len(line) and error.reason == "unexpected end of data"
            not_utf_8 = not_utf_8 or number
        if not not_1252 and not _is_1252(line):
            not_1252 = number
    if not not_utf_8:
        return UTF_8
    if has_utf_8 or last_is_cut or not_1252:
        line_number = not_utf_8 if has_utf_8 or last_is_cut else not_1252
        raise ImportRefusedError(
            f"line {line_number} is not of one encoding with the others, or cut off: {SAVE_AGAIN}"
        )
    if not has_line_feed:
        raise ImportRefusedError(f"the file is old Macintosh text: {SAVE_AGAIN}")
    return WINDOWS_1252


def _lines(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Give numbered lines; of a long one pieces that part no letter of UTF-8."""
    number = 1
    begun = b""
    while read := stream.readline(PIECE_BYTES):
        piece, begun = begun + read, b""
        if len(read) == PIECE_BYTES and not read.endswith(b"\n"):
            cut = next((-back for back in (1, 2, 3) if piece[-back] >= 0xC0), len(piece))
            piece, begun = piece[:cut], piece[cut:]
        yield number, piece
        number += piece.endswith(b"\n")
    if begun:
        yield number, begun


def _is_1252(line: bytes) -> bool:
    try:
        line.decode(WINDOWS_1252.codec)
    except UnicodeDecodeError:
        return False
    return True
