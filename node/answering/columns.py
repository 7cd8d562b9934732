"""An epoch table's columns, each a file in memory that has no name on any disk.

Whoever makes them seals them for good: a process they are handed to can rely on what it has looked
at once.
"""

import errno
import fcntl
import mmap
import os
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from node.errors import TableError
from protocol.matching.key_ids import KEY_IDS

BEGINS_AT_ONCE = 1 << 16

SEAL_ATTEMPTS = 30
"""Each waits a sixth of a second where the memory is in use."""

_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL
_KNOWN = np.zeros(256, np.bool_)
_KNOWN[list(KEY_IDS)] = True

Number = TypeVar("Number", bound=np.integer[Any])

RecordIds = NDArray[np.uint32] | NDArray[np.int64]


class Columns(NamedTuple):
    """What `EpochTable` looks into, read-only."""

    tags: NDArray[np.uint64]
    """Sorted."""
    key_ids: NDArray[np.uint8]
    record_ids: RecordIds
    begins: NDArray[np.uint32]
    """Where each bucket of tags begins, and as one more where the last ends."""


def bucket_bits(size: int) -> int:
    """Return how many first bits of a tag say its bucket, in a table of so many tags."""
    return max(1, size.bit_length() - 1)


def shortest(record_ids: NDArray[np.int64]) -> RecordIds:
    """Return row ids in 4 bytes each where they fit, as they do for a long time."""
    return record_ids.astype(np.uint32) if record_ids.max(initial=0) < 1 << 32 else record_ids


def write_columns(
    tags: NDArray[np.uint64], key_ids: NDArray[np.uint8], record_ids: RecordIds
) -> list[int]:
    """Sort by tag; return a descriptor of each column, in the order of `Columns`.

    Beside what it is given and what it returns it takes 8 bytes a tag.

    Raises:
        TableError: the memory stays in use elsewhere, and cannot be sealed.
    """
    order = np.argsort(tags)
    sorted_tags = _sorted(tags, order)
    return [
        sorted_tags,
        _sorted(key_ids, order),
        _sorted(record_ids, order),
        _begins(_mapped(sorted_tags, np.uint64)),
    ]


def map_columns(descriptors: Sequence[int]) -> Columns:
    """Map what `write_columns` returned, whoever ran it, and close the descriptors.

    Raises:
        TableError: they are not the columns of one table.
    """
    try:
        return _checked(descriptors)
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def _checked(descriptors: Sequence[int]) -> Columns:
    if len(descriptors) != len(Columns._fields) or not all(map(_is_sealed, descriptors)):
        raise TableError(_NO_TABLE)
    lengths = [os.fstat(descriptor).st_size for descriptor in descriptors]
    size = lengths[1]
    buckets = 1 << bucket_bits(size)
    if lengths not in ([8 * size, size, each * size, 4 * (buckets + 1)] for each in (4, 8)):
        raise TableError(_NO_TABLE)
    is_short = lengths[2] == 4 * size
    columns = Columns(
        _mapped(descriptors[0], np.uint64),
        _mapped(descriptors[1], np.uint8),
        _mapped(descriptors[2], np.uint32) if is_short else _mapped(descriptors[2], np.int64),
        _mapped(descriptors[3], np.uint32),
    )
    if not (
        _is_sorted(columns.tags)
        and _is_sorted(columns.begins)
        and (columns.begins[0], columns.begins[-1]) == (0, size)
        and _KNOWN[columns.key_ids].all()
    ):
        raise TableError(_NO_TABLE)
    return columns


_NO_TABLE = "the process that builds a table handed over something else"


def _is_sorted(values: NDArray[Number]) -> bool:
    return bool((values[1:] >= values[:-1]).all())


def _is_sealed(descriptor: int) -> bool:
    try:
        return fcntl.fcntl(descriptor, fcntl.F_GET_SEALS) & _SEALS == _SEALS
    except OSError:
        # Not of memory.
        return False


def _sorted(values: NDArray[Number], order: NDArray[np.intp]) -> int:
    descriptor = _memory_file(values.nbytes)
    if values.nbytes:
        with mmap.mmap(descriptor, values.nbytes) as memory:
            column = np.frombuffer(memory, values.dtype)
            # Indices of a sort are in range; to raise, numpy would copy all first.
            np.take(values, order, out=column, mode="clip")
            del column
    return sealed(descriptor)


def _begins(tags: NDArray[np.uint64]) -> int:
    bits = bucket_bits(len(tags))
    shift, buckets = np.uint64(64 - bits), 1 << bits
    length = 4 * (buckets + 1)
    descriptor = _memory_file(length)
    with mmap.mmap(descriptor, length) as memory:
        begins = np.frombuffer(memory, np.uint32)
        for start in range(0, buckets, BEGINS_AT_ONCE):
            end = min(start + BEGINS_AT_ONCE, buckets)
            firsts = np.arange(start, end, dtype=np.uint64) << shift
            begins[start:end] = np.searchsorted(tags, firsts)
        begins[buckets] = len(tags)
        del begins
    return sealed(descriptor)


def _memory_file(length: int) -> int:
    descriptor = os.memfd_create("epoch-table", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.truncate(descriptor, length)
    return descriptor


def sealed(descriptor: int) -> int:
    """Seal a column, also one whose memory the system is moving just now.

    To a page that is being moved somebody else may still write: Linux waits a sixth of a second for
    it, then calls the file busy (fcntl(2), F_SEAL_WRITE).
    """
    for _ in range(SEAL_ATTEMPTS):
        try:
            fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, _SEALS)
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
        else:
            return descriptor
    raise TableError("the memory of a table stays in use elsewhere")


def _mapped(descriptor: int, kind: type[Number]) -> NDArray[Number]:
    length = os.fstat(descriptor).st_size
    if not length:
        return np.empty(0, kind)
    # Private, though nobody writes: older kernels map a sealed file in no other way.
    memory = mmap.mmap(descriptor, length, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ)
    return np.frombuffer(memory, kind)
