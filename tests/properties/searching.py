"""Looking for what must not be there: in bytes, in files, in the memory of a process."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

PIECE_BYTES = 1024 * 1024
MOST_NEEDLE_BYTES = 128


class MemoryUnreadableError(Exception):
    """This machine does not let the test read the memory of a process of its own user."""


def found_in(content: bytes, needles: Iterable[bytes]) -> set[bytes]:
    """Return the needles in some bytes; letters count in either case."""
    lowered = content.lower()
    return {needle for needle in needles if needle.lower() in lowered}


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
        MemoryUnreadableError: not allowed here, or nothing could be read.
    """
    needles = list(needles)
    found: set[bytes] = set()
    searched = 0
    for piece in _memory(pid):
        searched += len(piece)
        if piece.count(0) == len(piece):
            continue  # never written
        found |= found_in(piece, [needle for needle in needles if needle not in found])
    if searched == 0:
        raise MemoryUnreadableError(f"nothing of process {pid} could be read")
    return found


def grams(content: bytes, length: int = 8) -> set[bytes]:
    """Return every run of `length` bytes."""
    return {content[at : at + length] for at in range(len(content) - length + 1)}


def _memory(pid: int) -> Iterator[bytes]:
    try:
        maps = Path(f"/proc/{pid}/maps").read_text()
        memory = Path(f"/proc/{pid}/mem").open("rb", buffering=0)  # noqa: SIM115
    except OSError as error:
        raise MemoryUnreadableError(
            f"/proc/{pid}/mem: {error.strerror}: run the tests as root, or with "
            "kernel.yama.ptrace_scope = 0"
        ) from error
    with memory:
        for start, end in _writable(maps):
            for at in range(start, end, PIECE_BYTES):
                try:
                    memory.seek(at)
                    # Pieces overlap, so that nothing is missed at their edges.
                    yield memory.read(min(PIECE_BYTES + MOST_NEEDLE_BYTES, end - at))
                except OSError:
                    continue  # a mapping that is gone, or that holds nothing


def _writable(maps: str) -> Iterator[tuple[int, int]]:
    """Give the mappings that can hold what a process made: code and libraries read-only do not."""
    for line in maps.splitlines():
        region = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S{4}) (\S+ \S+) (\d+) *(.*)", line)
        if region is None:
            continue
        is_file = region[5] != "0" and not region[6].startswith(("/memfd:", "/dev/shm/"))  # noqa: S108
        if "w" in region[3] or ("r" in region[3] and not is_file):
            yield int(region[1], 16), int(region[2], 16)
