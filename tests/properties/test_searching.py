"""A search that has not seen everything does not say that nothing is there."""

import ctypes
import os
from mmap import PAGESIZE, mmap

import pytest

from tests.properties.searching import (
    MOST_NEEDLE_BYTES,
    PIECE_BYTES,
    MemoryUnreadableError,
    found_in_memory,
    pieces,
)


@pytest.mark.parametrize("at", [0, PIECE_BYTES - 8, PIECE_BYTES + MOST_NEEDLE_BYTES - 8])
def test_needle_at_any_edge_is_whole_in_a_piece(at: int) -> None:
    unread: list[int] = []
    with mmap(-1, 2 * PIECE_BYTES) as mapping:
        mapping[at : at + 16] = bytes(range(1, 17))
        start = ctypes.addressof(ctypes.c_char.from_buffer(mapping))
        memory = os.open("/proc/self/mem", os.O_RDONLY)
        try:
            found = list(pieces(memory, start, start + len(mapping), unread))
        finally:
            os.close(memory)
    assert any(bytes(range(1, 17)) in piece for piece in found)
    assert not unread


def test_memory_that_cannot_be_read_is_no_memory_without_the_needle() -> None:
    descriptor = os.memfd_create("short")
    try:
        os.ftruncate(descriptor, 2 * PAGESIZE)
        with mmap(descriptor, 2 * PAGESIZE):
            os.ftruncate(descriptor, PAGESIZE)
            with pytest.raises(MemoryUnreadableError, match="1 pages"):
                found_in_memory(os.getpid(), [b"needle"])
    finally:
        os.close(descriptor)
