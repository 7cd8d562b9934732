"""The epoch table: tag, key id and record, sorted by tag, in memory that has no name on any disk.

About 20 bytes a tag: 8 of tag (big-endian order kept as uint64), 1 of key id, 8 of record row id,
and 2 to 4 of where each bucket begins. Tags are random: buckets of their first bits hold one or two
each, so that a tag is found with two looks at memory, not the 23 of a binary search.
"""

import mmap
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from node.records.model import Record
from protocol.identifiers import Epoch, MemberId
from protocol.matching.confidence import Tier, rank_of, tier_of
from protocol.matching.key_ids import KeyId
from protocol.tags import tag, tag_context

_BY_RANK = sorted(KeyId, key=rank_of)
_RANKS = np.zeros(256, np.int64)
_RANKS[_BY_RANK] = range(len(_BY_RANK))
"""Ranks by wire byte of the key's id."""

Scalar = TypeVar("Scalar", np.uint64, np.uint32, np.uint8, np.int64)


class TagMatch(NamedTuple):
    """A slot whose tag is in the table: nothing is proven until its mask opens the who-block."""

    key_id: KeyId
    slot: int


class RecordMatches:
    """Where one record's tags stand in a question, strongest key first, then by slot.

    A child that is known well matches on fifty, of which the first is enough: each is made as it is
    looked at.
    """

    def __init__(self, record_id: int, packed: Sequence[int]) -> None:
        """`packed` is sorted; in its last two bytes each has the key's rank, then the slot."""
        self.record_id = record_id
        self._packed = packed

    def of_tiers(self, tiers: Collection[Tier]) -> "RecordMatches":
        """Return those on keys of these tiers."""
        packed = [at for at in self._packed if tier_of(_key_id(at)) in tiers]
        return RecordMatches(self.record_id, packed)

    def __len__(self) -> int:
        return len(self._packed)

    def __iter__(self) -> Iterator[TagMatch]:
        for packed in self._packed:
            yield TagMatch(_key_id(packed), packed & 0xFF)


def _key_id(packed: int) -> KeyId:
    return _BY_RANK[packed >> 8 & 0xFF]


class EpochTable:
    """All tags of one epoch. Immutable: a new one is built and swapped in."""

    def __init__(
        self,
        tags: NDArray[np.uint64],
        key_ids: NDArray[np.uint8],
        record_ids: NDArray[np.int64],
    ) -> None:
        order = np.argsort(tags, kind="stable")
        self.size = len(tags)
        self._tags = _shared(tags[order])
        self._key_ids = _shared(key_ids[order])
        self._record_ids = _shared(record_ids[order])
        bits = max(1, self.size.bit_length() - 1)
        self._shift = np.uint64(64 - bits)
        self._begins = _shared(_begins(self._tags >> self._shift, 1 << bits))

    @classmethod
    def build(
        cls, records: Iterable[tuple[int, Record]], epoch: Epoch, member: MemberId
    ) -> "EpochTable":
        """Return the table of all records' tags for one epoch at this member."""
        context = tag_context(epoch, member)
        tags = bytearray()
        key_ids = bytearray()
        record_ids: list[int] = []
        for record_id, record in records:
            for keyed in record.tokens:
                tags += tag(keyed.token, context)
                key_ids.append(keyed.key_id)
                record_ids.append(record_id)
        return cls(
            np.frombuffer(bytes(tags), dtype=">u8").astype(np.uint64),
            np.frombuffer(bytes(key_ids), dtype=np.uint8),
            np.array(record_ids, dtype=np.int64),
        )

    def match(self, slot_tags: list[bytes]) -> list[RecordMatches]:
        """Return each record of which a tag is in a slot."""
        wanted = np.frombuffer(b"".join(slot_tags), dtype=">u8").astype(np.uint64)
        bucket = (wanted >> self._shift).astype(np.int64)
        begin, end = self._begins.take(bucket), self._begins.take(bucket + 1)
        # As far as the longest bucket reaches: behind the end of another stand other tags.
        places = begin[:, None] + np.arange((end - begin).max(initial=0), dtype=np.uint32)
        is_found = self._tags.take(places, mode="clip") == wanted[:, None]
        slots, offsets = np.nonzero(is_found & (places < self.size))
        at = places[slots, offsets]
        packed = self._record_ids[at] << 16 | _RANKS[self._key_ids[at]] << 8 | slots
        packed.sort()
        return [
            RecordMatches(record_id, list(matches))
            for record_id, matches in groupby(packed.tolist(), lambda packed: packed >> 16)
        ]


def _begins(buckets: NDArray[np.uint64], number: int) -> NDArray[np.uint32]:
    """Return where each bucket begins, and as one more where the last ends; they are sorted."""
    sizes = np.bincount(buckets.astype(np.int64), minlength=number)
    return np.concatenate(([0], np.cumsum(sizes))).astype(np.uint32)


def _shared(values: NDArray[Scalar]) -> NDArray[Scalar]:
    """Copy an array into anonymous shared memory, read-only."""
    if values.nbytes == 0:
        return values
    descriptor = os.memfd_create("epoch-table", os.MFD_CLOEXEC)
    try:
        os.truncate(descriptor, values.nbytes)
        memory = mmap.mmap(descriptor, values.nbytes)
    finally:
        os.close(descriptor)
    memory.write(values.tobytes())
    array: NDArray[Scalar] = np.frombuffer(memory, dtype=values.dtype)
    array.flags.writeable = False
    return array
