"""The epoch table: tag, key id and record, sorted by tag, in memory that has no name on any disk.

About 16 bytes a tag: 8 of tag (big-endian order kept as uint64), 1 of key id, 4 of record row id,
and 2 to 4 of where each bucket begins. Tags are random: buckets of their first bits hold one or two
each, so that a tag is found with two looks at memory, not the 23 of a binary search.
"""

from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from node.answering.columns import Columns, bucket_bits, map_columns, shortest, write_columns
from node.records.tokens import Tokens
from protocol.identifiers import Epoch, MemberId
from protocol.matching.confidence import Tier, rank_of, tier_of
from protocol.matching.key_ids import KeyId
from protocol.tags import joined_tags, tag_context

_BY_RANK = sorted(KeyId, key=rank_of)
_RANKS = {int(key_id): rank for rank, key_id in enumerate(_BY_RANK)}
"""Ranks by wire byte of the key's id."""


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
        """`packed` is sorted; each has the key's rank, then the slot, in a byte each."""
        self.record_id = record_id
        self._packed = packed

    def of_tiers(self, tiers: Collection[Tier]) -> "RecordMatches":
        """Return those on keys of these tiers."""
        packed = [at for at in self._packed if tier_of(_key_id(at)) in tiers]
        return RecordMatches(self.record_id, packed)

    def of_keys(self, key_ids: Collection[KeyId]) -> "RecordMatches":
        """Return those on these keys."""
        return RecordMatches(self.record_id, [at for at in self._packed if _key_id(at) in key_ids])

    def __len__(self) -> int:
        return len(self._packed)

    def __iter__(self) -> Iterator[TagMatch]:
        for packed in self._packed:
            yield TagMatch(_key_id(packed), packed & 0xFF)


def _key_id(packed: int) -> KeyId:
    return _BY_RANK[packed >> 8]


class EpochTable:
    """All tags of one epoch. Immutable: a new one is built and swapped in."""

    def __init__(self, columns: Columns) -> None:
        self.size = len(columns.tags)
        # A question looks at few places of each, for which numpy's calls take twice the time.
        self._columns = tuple(column.data for column in columns)
        self._shift = 64 - bucket_bits(self.size)

    @classmethod
    def build(
        cls, records: Iterable[tuple[int, Tokens]], epoch: Epoch, member: MemberId
    ) -> "EpochTable":
        """Return the table of all records' tags for one epoch at this member."""
        return cls(map_columns(build_columns(records, epoch, member)))

    def match(self, slot_tags: Iterable[int]) -> list[RecordMatches]:
        """Return each record of which a tag is in a slot; tags are read big-endian."""
        tags, key_ids, record_ids, begins = self._columns
        found: defaultdict[int, list[int]] = defaultdict(list)
        for slot, tag in enumerate(slot_tags):
            bucket = tag >> self._shift
            for at in range(begins[bucket], begins[bucket + 1]):
                if tags[at] == tag:
                    found[record_ids[at]].append(_RANKS[key_ids[at]] << 8 | slot)
        return [RecordMatches(record_id, sorted(found[record_id])) for record_id in sorted(found)]


def build_columns(
    records: Iterable[tuple[int, Tokens]], epoch: Epoch, member: MemberId
) -> list[int]:
    """Return the columns of such a table, to be handed on: see `write_columns`."""
    context = tag_context(epoch, member)
    tags, key_ids = bytearray(), bytearray()
    record_ids, sizes = array("q"), array("q")
    for record_id, tokens in records:
        tags += joined_tags(tokens.joined(), context)
        key_ids += tokens.key_ids()
        record_ids.append(record_id)
        sizes.append(len(tokens))
    sorted_later = np.frombuffer(tags, dtype=">u8").astype(np.uint64)
    del tags
    return write_columns(
        sorted_later,
        np.frombuffer(key_ids, dtype=np.uint8),
        shortest(np.frombuffer(record_ids, np.int64)).repeat(np.frombuffer(sizes, np.int64)),
    )
