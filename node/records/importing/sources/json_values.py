"""The objects of a JSON file one by one, however many: of bounded length and depth each."""

import codecs
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO, NoReturn

from node.errors import ImportRefusedError

VALUE_CHARACTERS = 4 * 2**20
TEXT_CHARACTERS = 2**16
VALUE_DEPTH = 20
"""Longest object, longest text in it, and how deep it may be nested; a child's payload has some
thousand characters."""

_CHUNK_BYTES = 64 * 1024
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\]]|"', re.DOTALL)
"""A whole text, a bracket, or a quotation mark whose text goes on behind what has been read."""

_BETWEEN = re.compile(r"[\s,]*")


def read_values(stream: BinaryIO, name: str) -> Iterator[object]:
    """Give the elements of a file's list, or the objects that stand there one after the other.

    Numbers are given as the text that they are written with. `name` is what errors call the file.

    Raises:
        ImportRefusedError: not JSON in UTF-8, or too long or deep. Nothing of the file is in it.
    """
    splitter = _Splitter(name)
    for number, text in enumerate(splitter.split(_decoded(stream, name)), start=1):
        yield _parsed(text, f"{name}, object {number}")


def _decoded(stream: BinaryIO, name: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    while True:
        chunk = stream.read(_CHUNK_BYTES)
        text = _text(decoder, chunk)
        if text is None:
            raise ImportRefusedError(f"{name} is not UTF-8: export it as UTF-8")
        yield text
        if not chunk:
            return


def _text(decoder: codecs.IncrementalDecoder, chunk: bytes) -> str | None:
    """Return a chunk's text, None where it is not UTF-8; an empty chunk is the end.

    The error of that carries what was read: it is gone before anything is raised.
    """
    try:
        return decoder.decode(chunk, final=not chunk)
    except UnicodeDecodeError:
        return None


class _Splitter:
    """Finds where each object begins and ends, by brackets and texts alone."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._buffer = ""
        self._begin = 0
        self._at = 0
        self._depth = 0
        self._in_list = False

    def split(self, chunks: Iterator[str]) -> Iterator[str]:
        for chunk in chunks:
            self._buffer = self._buffer[self._begin :] + chunk
            self._at -= self._begin
            self._begin = 0
            yield from self._take()
            if len(self._buffer) - self._begin > VALUE_CHARACTERS:
                self._refuse(f"has an object of more than {VALUE_CHARACTERS:,} characters")
        if self._depth or self._in_list:
            self._refuse("is cut off: export it again")
        self._check_between(len(self._buffer))

    def _take(self) -> Iterator[str]:
        while token := _TOKEN.search(self._buffer, self._at):
            is_cut = token.group() == '"'
            end = len(self._buffer) if is_cut else token.end()
            if end - token.start() > TEXT_CHARACTERS:
                self._refuse(f"has a text of more than {TEXT_CHARACTERS:,} characters")
            if is_cut:
                self._at = token.start()
                return
            self._at = end
            if self._depth:
                yield from self._inside(token.group())
            else:
                self._between(token)
        self._at = len(self._buffer)

    def _inside(self, mark: str) -> Iterator[str]:
        if mark in "{[":
            self._depth += 1
            if self._depth > VALUE_DEPTH:
                self._refuse(f"is nested more than {VALUE_DEPTH} deep")
        elif mark in "}]":
            self._depth -= 1
            if not self._depth:
                yield self._buffer[self._begin : self._at]
                self._begin = self._at

    def _between(self, token: re.Match[str]) -> None:
        self._check_between(token.start())
        mark = token.group()
        if mark == "{":
            self._begin = token.start()
            self._depth = 1
        elif (mark == "[") is not self._in_list and mark in "[]":
            self._in_list = not self._in_list
            self._begin = self._at
        else:
            self._refuse("holds something else than objects")

    def _check_between(self, end: int) -> None:
        if not _BETWEEN.fullmatch(self._buffer, self._begin, end):
            self._refuse("holds something else than objects")

    def _refuse(self, what: str) -> NoReturn:
        raise ImportRefusedError(f"{self._name} {what}: give one JSON object a child, or a list")


def _parsed(text: str, name: str) -> object:
    # The error carries what was read: it is gone before anything is raised.
    with suppress(ValueError):
        return json.loads(
            text, object_pairs_hook=_once, parse_constant=_refuse, parse_int=str, parse_float=str
        )
    raise ImportRefusedError(f"{name}: is no JSON, or has one name twice: export it again")


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError
    return found


def _refuse(_: str) -> NoReturn:
    raise ValueError
