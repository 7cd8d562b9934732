"""What is mapped is a table, whoever handed it over."""

import ctypes
import fcntl
import gc
import mmap
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
import pytest
from numpy.typing import NDArray

from node.answering import columns as module
from node.answering.columns import map_columns, sealed, shortest, write_columns
from node.errors import TableError
from protocol.matching.key_ids import KeyId

TAGS = np.array([5, 2**63, 7, 1], np.uint64)


def columns() -> list[int]:
    ids = shortest(np.array([10, 11, 12, 13], np.int64))
    return write_columns(TAGS, np.full(4, KeyId.A1, np.uint8), ids)


def memory(content: bytes, is_sealed: bool = True) -> int:
    """Return such a file as a column is in, with this in it."""
    descriptor = os.memfd_create("made up", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.write(descriptor, content)
    if is_sealed:
        seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, seals)
    return descriptor


def bytes_of(values: Sequence[int], kind: type[np.uint64] | type[np.uint32]) -> bytes:
    return np.array(values, kind).tobytes()


def test_columns_are_sorted_by_tag_together() -> None:
    mapped = map_columns(columns())
    assert mapped.tags.tolist() == [1, 5, 7, 2**63]
    assert mapped.record_ids.tolist() == [13, 10, 12, 11]
    assert mapped.begins.tolist() == [0, 3, 3, 4, 4]


@pytest.mark.parametrize(
    ("row_id", "kind"),
    [
        pytest.param(2**32 - 1, np.uint32, id="the last in four bytes"),
        pytest.param(2**32, np.int64, id="the first in eight"),
    ],
)
def test_row_ids_are_kept_however_large(row_id: int, kind: type) -> None:
    ids = shortest(np.array([row_id], np.int64))
    mapped = map_columns(write_columns(TAGS[:1], np.full(1, KeyId.A1, np.uint8), ids))
    assert mapped.record_ids.dtype == kind
    assert mapped.record_ids.tolist() == [row_id]


def _replace(place: int, content: bytes, is_sealed: bool = True) -> Callable[[list[int]], None]:
    def replace(made: list[int]) -> None:
        os.close(made[place])
        made[place] = memory(content, is_sealed)

    return replace


def _drop(made: list[int]) -> None:
    os.close(made.pop())


def _pipe(made: list[int]) -> None:
    os.close(made[0])
    made[0], other = os.pipe()
    os.close(other)


FAULTS = {
    "one is missing": _drop,
    "one is no memory": _pipe,
    "one can still be written to": _replace(1, bytes([KeyId.A1]) * 4, is_sealed=False),
    "tags are fewer": _replace(0, bytes_of([1, 5, 7], np.uint64)),
    "tags are not sorted": _replace(0, bytes_of([5, 1, 7, 9], np.uint64)),
    "a key id is unknown": _replace(1, bytes([KeyId.A1] * 3 + [255])),
    "key ids are more": _replace(1, bytes([KeyId.A1]) * 5),
    "row ids are of no known length": _replace(2, bytes(24)),
    "all are empty but the tags": _replace(1, b""),
    "buckets are fewer": _replace(3, bytes_of([0, 4], np.uint32)),
    "buckets do not begin at the begin": _replace(3, bytes_of([1, 3, 3, 4, 4], np.uint32)),
    "buckets do not end at the end": _replace(3, bytes_of([0, 3, 3, 4, 5], np.uint32)),
    "buckets go back": _replace(3, bytes_of([0, 3, 2, 4, 4], np.uint32)),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_what_is_no_table_is_refused_and_nothing_stays_open(
    fault: Callable[[list[int]], None],
) -> None:
    made = columns()
    fault(made)
    # What other tests have left to be collected is open still, and would close in between.
    gc.collect()
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(TableError, match="something else"):
        map_columns(made)
    assert len(os.listdir("/proc/self/fd")) == before - len(made)


def test_handed_over_column_can_no_longer_be_changed() -> None:
    made = columns()
    with pytest.raises(PermissionError):
        os.pwrite(made[0], b"x", 0)
    with pytest.raises(PermissionError):
        os.ftruncate(made[0], 0)
    _close(made)


class _Vector(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


@contextmanager
def held_page() -> Iterator[tuple[int, Callable[[], None]]]:
    """Give a file of memory with a page that a pipe holds (vmsplice(2)), and how to let go of it.

    To the system that looks as a page does that it is moving elsewhere.
    """
    descriptor = memory(bytes(mmap.PAGESIZE), is_sealed=False)
    reading, writing = os.pipe()
    with mmap.mmap(descriptor, mmap.PAGESIZE) as mapped:
        page = _Vector(ctypes.addressof(ctypes.c_char.from_buffer(mapped)), mmap.PAGESIZE)
        assert ctypes.CDLL(None).vmsplice(writing, ctypes.byref(page), 1, 0) == mmap.PAGESIZE
    try:
        yield descriptor, lambda: _read(reading, mmap.PAGESIZE)
    finally:
        _close([descriptor, reading, writing])


def _read(descriptor: int, length: int) -> None:
    os.read(descriptor, length)


def test_column_whose_memory_is_in_use_just_now_is_sealed_after() -> None:
    with held_page() as (descriptor, let_go), ThreadPoolExecutor(1) as other:
        waiting = other.submit(sealed, descriptor)
        # As often as Linux has waited for a page and said no, the other has been told so as well.
        for _ in range(3):
            with pytest.raises(OSError, match="busy"):
                fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE)
        let_go()
        waiting.result()
        with pytest.raises(PermissionError):
            os.pwrite(descriptor, b"x", 0)


def test_column_whose_memory_stays_in_use_is_no_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SEAL_ATTEMPTS", 2)
    with held_page() as (descriptor, _), pytest.raises(TableError, match="stays in use"):
        sealed(descriptor)


def test_mapped_column_cannot_be_written_to() -> None:
    mapped: NDArray[np.uint64] = map_columns(columns()).tags
    with pytest.raises(ValueError, match="read-only"):
        mapped[0] = 1


def _close(made: Sequence[int]) -> None:
    for descriptor in made:
        os.close(descriptor)
