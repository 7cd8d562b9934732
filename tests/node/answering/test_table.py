from pathlib import Path

import numpy as np
import pytest

from node.answering.table import EpochTable, TagMatch
from node.records.model import Record
from node.records.tokens import KeyedToken, Tokens
from protocol.identifiers import Epoch
from protocol.matching.key_ids import KeyId
from protocol.tags import tag, tag_context
from tests.node.small_federation import council, involvement

HERE, ELSEWHERE = council(2).id, council(3).id
NOW, NEXT = Epoch(486_111), Epoch(486_112)
MARY, JOHN, BOTH = bytes([1]) * 32, bytes([2]) * 32, bytes([3]) * 32
NOTHING = bytes(8)


def record(*tokens: tuple[KeyId, bytes]) -> Record:
    return Record("C", Tokens.of(KeyedToken(*keyed) for keyed in tokens), involvement())


RECORDS = [
    (7, record((KeyId.A1, MARY), (KeyId.C1, BOTH))),
    (9, record((KeyId.A1, JOHN), (KeyId.C1, BOTH))),
]
TABLE = EpochTable.build(RECORDS, NOW, HERE)


def tag_of(token: bytes, epoch: Epoch = NOW, recipient: str = HERE) -> bytes:
    return tag(token, tag_context(epoch, type(HERE)(recipient)))


def test_finds_the_record_behind_a_tag() -> None:
    assert TABLE.match([tag_of(MARY)]) == [TagMatch(0, KeyId.A1, 7)]


def test_finds_every_record_behind_one_tag() -> None:
    assert sorted(match.record_id for match in TABLE.match([tag_of(BOTH)])) == [7, 9]


def test_finds_one_record_under_one_tag_of_two_keys() -> None:
    twice = EpochTable.build([(1, record((KeyId.A3, MARY), (KeyId.C1, MARY)))], NOW, HERE)
    assert {match.key_id for match in twice.match([tag_of(MARY)])} == {KeyId.A3, KeyId.C1}


def test_names_the_slot_of_each_match_in_slot_order() -> None:
    slots = [NOTHING, tag_of(JOHN), NOTHING, tag_of(MARY), tag_of(JOHN)]
    found = [(match.slot, match.record_id) for match in TABLE.match(slots)]
    assert found == [(1, 9), (3, 7), (4, 9)]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(tag_of(bytes([4]) * 32), id="another token"),
        pytest.param(tag_of(MARY, NEXT), id="another epoch"),
        pytest.param(tag_of(MARY, recipient=ELSEWHERE), id="another recipient"),
        pytest.param(tag_of(MARY)[::-1], id="the other byte order"),
        pytest.param(bytes(8), id="zeros"),
        pytest.param(b"\xff" * 8, id="ones"),
    ],
)
def test_finds_nothing_behind_another_tag(other: bytes) -> None:
    assert TABLE.match([other]) == []


def test_empty_table_matches_nothing() -> None:
    empty = EpochTable.build([], NOW, HERE)
    assert empty.size == 0
    assert empty.match([tag_of(MARY)] * 64) == []


def test_finds_the_smallest_and_the_largest_tag() -> None:
    ends = np.array([2**64 - 1, 0, 2**63], dtype=np.uint64)
    table = EpochTable(ends, np.full(3, KeyId.A1, np.uint8), np.array([1, 2, 3], np.int64))
    slots = [bytes(8), b"\xff" * 8, b"\x80" + bytes(7)]
    assert [match.record_id for match in table.match(slots)] == [2, 1, 3]


def test_finds_each_of_many() -> None:
    tokens = [number.to_bytes(32, "big") for number in range(5000)]
    table = EpochTable.build(
        ((number, record((KeyId.C1, token))) for number, token in enumerate(tokens)), NOW, HERE
    )
    found = table.match([tag_of(token) for token in tokens[::50]])
    assert [match.record_id for match in found] == list(range(0, 5000, 50))


def test_table_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        TABLE._tags[0] = 1


def test_table_is_in_memory_that_has_no_name_on_any_disk() -> None:
    mapped = Path("/proc/self/maps").read_text()
    lines = [line for line in mapped.splitlines() if "epoch-table" in line]
    assert lines
    assert all("/memfd:" in line for line in lines)
