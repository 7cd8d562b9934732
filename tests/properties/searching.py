"""Looking for what must not be there: in bytes, in files, in the memory of a process."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from mmap import PAGESIZE
from pathlib import Path

import numpy as np

PIECE_BYTES = 1024 * 1024
MOST_NEEDLE_BYTES = 128
MOST_READINGS = 10
"""Of pages that a process takes and gives back between looking where they are and reading them."""

MANY_NEEDLES = 64
"""From this many on it pays to look first at what the content has."""


class MemoryUnreadableError(Exception):
    """This machine does not let the test read the memory of a process of its own user."""


def found_in(content: bytes, needles: Iterable[bytes]) -> set[bytes]:
    """Return the needles in some bytes; letters count in either case."""
    lowered = content.lower()
    wanted = [(needle, needle.lower()) for needle in needles]
    if len(wanted) >= MANY_NEEDLES:
        wanted = _that_may_begin(lowered, wanted)
    return {needle for needle, lowered_needle in wanted if lowered_needle in lowered}


def _that_may_begin(
    content: bytes, wanted: Sequence[tuple[bytes, bytes]]
) -> list[tuple[bytes, bytes]]:
    """Return the needles whose first three bytes are somewhere in the content: one pass for all."""
    first, second, third = (
        np.frombuffer(content, np.uint8)[place : max(0, len(content) - 2 + place)].astype(np.uint32)
        for place in range(3)
    )
    is_there = np.zeros(1 << 24, np.bool_)
    is_there[first << 16 | second << 8 | third] = True
    return [
        each for each in wanted if len(each[1]) < 3 or is_there[int.from_bytes(each[1][:3], "big")]
    ]


def found_in_files(folder: Path, needles: Iterable[bytes]) -> dict[str, set[bytes]]:
    """Return what each file below a folder has of the needles, in its path or its content."""
    needles = list(needles)
    found = {}
    for path in folder.rglob("*"):
        hits = found_in(str(path).encode(), needles)
        if path.is_file() and not path.is_symlink():
            try:
                hits |= found_in(path.read_bytes(), needles)
            except FileNotFoundError:
                continue  # gone meanwhile
        if hits:
            found[str(path)] = hits
    return found


def found_in_memory(pid: int, needles: Iterable[bytes]) -> set[bytes]:
    """Return the needles in all memory that a process has written or may write.

    Raises:
        MemoryUnreadableError: not allowed here, or some of it could not be read.
    """
    needles = list(needles)
    found: set[bytes] = set()
    with _memory_of(pid) as memory:
        wanted = _writable(pid)
        for _ in range(MOST_READINGS):
            unread: list[int] = []
            for start, end in wanted:
                for piece in pieces(memory, start, end, unread):
                    found |= _found_in_piece(piece, needles, found)
            # What the process has given back meanwhile is nobody's memory any more.
            held = _writable(pid)
            wanted = [
                (at, at + PAGESIZE)
                for at in unread
                if any(start <= at < end for start, end in held)
            ]
            if not wanted:
                return found
    raise MemoryUnreadableError(f"{len(wanted)} pages of process {pid} could not be read")


def grams(content: bytes, length: int = 8) -> set[bytes]:
    """Return every run of `length` bytes."""
    return {content[at : at + length] for at in range(len(content) - length + 1)}


def _found_in_piece(piece: bytes, needles: Iterable[bytes], found: set[bytes]) -> set[bytes]:
    if piece.count(0) == len(piece):
        return set()  # never written
    return found_in(piece, [needle for needle in needles if needle not in found])


@contextmanager
def _memory_of(pid: int) -> Iterator[int]:
    try:
        memory = os.open(f"/proc/{pid}/mem", os.O_RDONLY)
    except OSError as error:
        raise MemoryUnreadableError(
            f"/proc/{pid}/mem: {error.strerror}: run the tests as root, or with "
            "kernel.yama.ptrace_scope = 0"
        ) from error
    try:
        yield memory
    finally:
        os.close(memory)


def pieces(memory: int, start: int, end: int, unread: list[int]) -> Iterator[bytes]:
    """Give a mapping piece by piece; `unread` gets an address of each page that cannot be read."""
    at = start
    while at < end:
        try:
            # Pieces overlap, so that nothing is missed at their edges.
            piece = os.pread(memory, min(PIECE_BYTES + MOST_NEEDLE_BYTES, end - at), at)
        except OSError:
            piece = b""
        if piece:
            yield piece
            at += min(len(piece), PIECE_BYTES)
        else:
            unread.append(at)
            at += PAGESIZE - at % PAGESIZE


def _writable(pid: int) -> list[tuple[int, int]]:
    """Return the mappings that can hold what a process made.

    Code and libraries, which are read-only, do not; nor does what the kernel maps.
    """
    ranges = []
    for line in _maps(pid).splitlines():
        region = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S{4}) (\S+ \S+) (\d+) *(.*)", line)
        if region is None or region[6].startswith(("[vvar", "[vdso", "[vsyscall")):
            continue
        is_file = region[5] != "0" and not region[6].startswith(("/memfd:", "/dev/shm/"))  # noqa: S108
        if "w" in region[3] or ("r" in region[3] and not is_file):
            ranges.append((int(region[1], 16), int(region[2], 16)))
    return ranges


def _maps(pid: int) -> str:
    try:
        maps = Path(f"/proc/{pid}/maps").read_text()
    except OSError as error:
        raise MemoryUnreadableError(f"/proc/{pid}/maps: {error.strerror}") from error
    if not maps:
        raise MemoryUnreadableError(f"process {pid} has ended")
    return maps
