from pathlib import Path

import numpy as np
import pytest

from node.answering.columns import map_columns, write_columns
from node.answering.table import EpochTable, TagMatch
from node.records.tokens import KeyedToken, Tokens
from protocol.identifiers import Epoch
from protocol.limits import QUESTION_SLOTS
from protocol.matching.confidence import Tier
from protocol.matching.key_ids import KeyId
from protocol.tags import tag, tag_context
from tests.node.small_federation import council

HERE, ELSEWHERE = council(2).id, council(3).id
NOW, NEXT = Epoch(486_111), Epoch(486_112)
MARY, JOHN, BOTH = bytes([1]) * 32, bytes([2]) * 32, bytes([3]) * 32
NOTHING = bytes(8)


def record(*tokens: tuple[KeyId, bytes]) -> Tokens:
    return Tokens.of(KeyedToken(*keyed) for keyed in tokens)


RECORDS = [
    (7, record((KeyId.A1, MARY), (KeyId.C1, BOTH))),
    (9, record((KeyId.A1, JOHN), (KeyId.C1, BOTH))),
]
TABLE = EpochTable.build(RECORDS, NOW, HERE)


def tag_of(token: bytes, epoch: Epoch = NOW, recipient: str = HERE) -> bytes:
    return tag(token, tag_context(epoch, type(HERE)(recipient)))


def number_of(tag: bytes) -> int:
    return int.from_bytes(tag, "big")


def found(table: EpochTable, slots: list[bytes]) -> dict[int, list[TagMatch]]:
    return {matches.record_id: list(matches) for matches in table.match(map(number_of, slots))}


def test_finds_the_record_behind_a_tag() -> None:
    assert found(TABLE, [tag_of(MARY)]) == {7: [TagMatch(KeyId.A1, 0)]}


def test_finds_every_record_behind_one_tag() -> None:
    match = TagMatch(KeyId.C1, 0)
    assert found(TABLE, [tag_of(BOTH)]) == {7: [match], 9: [match]}


def test_finds_one_record_under_one_tag_of_two_keys() -> None:
    twice = EpochTable.build([(1, record((KeyId.A3, MARY), (KeyId.C1, MARY)))], NOW, HERE)
    assert found(twice, [tag_of(MARY)]) == {1: [TagMatch(KeyId.A3, 0), TagMatch(KeyId.C1, 0)]}


def test_names_the_strongest_key_first_then_the_first_slot() -> None:
    """B0 says less than C1, though it comes before it."""
    slots = [NOTHING, tag_of(JOHN), tag_of(BOTH), NOTHING, tag_of(MARY), tag_of(JOHN)]
    table = EpochTable.build(
        [
            (9, record((KeyId.B0, JOHN), (KeyId.C1, BOTH))),
            (7, record((KeyId.C1, BOTH), (KeyId.A1, MARY))),
        ],
        NOW,
        HERE,
    )
    assert found(table, slots) == {
        7: [TagMatch(KeyId.A1, 4), TagMatch(KeyId.C1, 2)],
        9: [TagMatch(KeyId.C1, 2), TagMatch(KeyId.B0, 1), TagMatch(KeyId.B0, 5)],
    }


def test_leaves_out_what_a_purpose_does_not_allow() -> None:
    table = EpochTable.build([(7, record((KeyId.H2, BOTH), (KeyId.D5, MARY)))], NOW, HERE)
    (matches,) = table.match([number_of(tag_of(BOTH)), number_of(tag_of(MARY))])
    assert list(matches.of_tiers({Tier.POSSIBLE})) == [TagMatch(KeyId.D5, 1)]
    assert not matches.of_tiers({Tier.CERTAIN})


def test_names_every_slot_of_a_question() -> None:
    tokens = [bytes([number]) * 32 for number in range(QUESTION_SLOTS)]
    table = EpochTable.build([(7, record(*((KeyId.D5, token) for token in tokens)))], NOW, HERE)
    assert found(table, [tag_of(token) for token in tokens]) == {
        7: [TagMatch(KeyId.D5, slot) for slot in range(QUESTION_SLOTS)]
    }


@pytest.mark.parametrize("key_id", list(KeyId))
def test_names_every_key(key_id: KeyId) -> None:
    table = EpochTable.build([(7, record((key_id, MARY)))], NOW, HERE)
    assert found(table, [tag_of(MARY)]) == {7: [TagMatch(key_id, 0)]}


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
    assert found(TABLE, [other]) == {}


def test_empty_table_matches_nothing() -> None:
    empty = EpochTable.build([], NOW, HERE)
    assert empty.size == 0
    assert found(empty, [tag_of(MARY)] * 64) == {}


def test_finds_the_smallest_and_the_largest_tag() -> None:
    ends = np.array([2**64 - 1, 0, 2**63], dtype=np.uint64)
    columns = write_columns(ends, np.full(3, KeyId.A1, np.uint8), np.array([1, 2, 3], np.int64))
    table = EpochTable(map_columns(columns))
    slots = [bytes(8), b"\xff" * 8, b"\x80" + bytes(7)]
    assert found(table, slots) == {
        record_id: [TagMatch(KeyId.A1, slot)] for slot, record_id in enumerate([2, 1, 3])
    }


def test_finds_each_of_many() -> None:
    tokens = [number.to_bytes(32, "big") for number in range(5000)]
    table = EpochTable.build(
        ((number, record((KeyId.C1, token))) for number, token in enumerate(tokens)), NOW, HERE
    )
    asked = tokens[::50]
    assert list(found(table, [tag_of(token) for token in asked])) == list(range(0, 5000, 50))


def test_table_cannot_be_written_to() -> None:
    for column in TABLE._columns:
        with pytest.raises(TypeError, match="read-only"):
            column[0] = 1


def test_table_is_in_memory_that_has_no_name_on_any_disk() -> None:
    mapped = Path("/proc/self/maps").read_text()
    lines = [line for line in mapped.splitlines() if "epoch-table" in line]
    assert lines
    assert all("/memfd:" in line for line in lines)
