"""A search that has not seen everything does not say that nothing is there."""

import ctypes
import os
from mmap import PAGESIZE, mmap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.properties.searching import (
    MANY_NEEDLES,
    MOST_NEEDLE_BYTES,
    PIECE_BYTES,
    MemoryUnreadableError,
    found_in,
    found_in_memory,
    pieces,
)

NEEDLES = [f"{number:04}-Needle".encode() for number in range(2 * MANY_NEEDLES)]


@given(
    st.lists(st.sampled_from(NEEDLES), max_size=4),
    st.binary(max_size=40),
    st.integers(1, len(NEEDLES)),
    st.booleans(),
)
def test_few_and_many_needles_are_found_alike(
    planted: list[bytes], beside: bytes, number: int, is_upper: bool
) -> None:
    content = beside + beside.join(planted)
    content = content.upper() if is_upper else content
    expected = {needle for needle in planted if needle in NEEDLES[:number]}
    assert found_in(content, NEEDLES[:number]) == expected


@pytest.mark.parametrize("needle", [b"", b"a", b"ab", b"abc"])
@pytest.mark.parametrize("content", [b"", b"a", b"ab", b"abc", b"xxAbCxx"])
def test_short_needles_and_contents(needle: bytes, content: bytes) -> None:
    found = found_in(content, [needle, *NEEDLES])
    assert found == ({needle} if needle in content.lower() else set())


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
