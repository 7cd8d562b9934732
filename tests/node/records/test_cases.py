"""A case of ours by its reference: its rows, put together child by child."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from node.records.model import Record
from node.records.source_keys import source_key
from node.records.store import RecordStore, SourceRow
from node.store_key import StoreKey
from protocol.matching.key_ids import KeyId
from protocol.matching.keys import MATCHING_VERSION
from protocol.messages.vocabulary import InvolvementKind
from tests.node.small_federation import (
    STORE_KEY,
    child,
    involvement,
    new_store,
    record,
)

OPRF_KEY = b"k" * 8
TODAY = date(2026, 11, 1)
EARLY_HELP = involvement(kind=InvolvementKind.EARLY_HELP)
MARY, JOHN = child(), child(forename="John", surname="Other", nhs_number="", upn="")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RecordStore]:
    with closing(new_store(tmp_path / "records.db")) as opened:
        yield opened


def load(
    store: RecordStore,
    source: str,
    *records: Record,
    key: bytes = OPRF_KEY,
    entries: bytes = b"",
    store_key: StoreKey = STORE_KEY,
) -> None:
    """Load a source; `entries` is what the rows' children are recognised by, drawn if empty."""
    rows = []
    for number, each in enumerate(records):
        named = source_key(each.case_reference, each.involvement.kind, store_key, source)
        of_child = entries or bytes([number + 1, len(source)]) * 16
        rows.append(SourceRow(named, of_child + b"r" * 32, date(2030, 1, 1), partial(_same, each)))
    store.replace_source(source, rows, key, MATCHING_VERSION)


def _same(made: Record) -> Record:
    return made


def kinds_found(store: RecordStore, reference: str, today: date = TODAY) -> list[set[str]]:
    cases = store.find_cases(reference, OPRF_KEY, MATCHING_VERSION, today)
    return [{row.involvement.kind_name.upper() for row in case.rows} for case in cases]


def test_a_case_is_found_by_its_reference_alone(store: RecordStore) -> None:
    load(store, "social care", record(MARY, "CASE-1"), record(JOHN, "CASE-2"))
    (found,) = store.find_cases("CASE-1", OPRF_KEY, MATCHING_VERSION, TODAY)
    assert [row.source for row in found.rows] == ["social care"]
    assert found.tokens == tuple(record(MARY, "CASE-1").tokens)
    assert found.id == found.rows[0].source_key
    for reference in ("CASE-3", "", "case-1", "social care"):
        assert kinds_found(store, reference) == []


def test_rows_of_one_child_are_one_case_in_all_sources(store: RecordStore) -> None:
    load(store, "social care", record(MARY, "1"), record(MARY, "1", EARLY_HELP))
    load(store, "youth justice", record(MARY, "1"))
    assert kinds_found(store, "1") == [{"CHILD_IN_NEED", "EARLY_HELP"}]
    (found,) = store.find_cases("1", OPRF_KEY, MATCHING_VERSION, TODAY)
    assert len(found.rows) == 3
    assert len(set(found.tokens)) == len(found.tokens) == len(record(MARY, "1").tokens)


def test_two_children_of_one_reference_are_two_cases(store: RecordStore) -> None:
    """Each system numbers its cases for itself: their keys never go into one question."""
    load(store, "social care", record(MARY, "1"))
    load(store, "youth justice", record(JOHN, "1", EARLY_HELP))
    assert kinds_found(store, "1") == [{"CHILD_IN_NEED"}, {"EARLY_HELP"}]


def test_rows_of_the_same_entries_are_one_case_without_a_strong_key(store: RecordStore) -> None:
    weak = [child(postcode="", nhs_number="", upn="", forename=name) for name in ("Ann", "Joy")]
    load(store, "a", record(weak[0], "1"), entries=b"e" * 32)
    load(store, "b", record(weak[1], "1", EARLY_HELP), entries=b"e" * 32)
    assert kinds_found(store, "1") == [{"CHILD_IN_NEED", "EARLY_HELP"}]


def test_rows_that_their_source_no_longer_gives_are_not_one_for_that(store: RecordStore) -> None:
    load(store, "a", record(MARY, "1"))
    load(store, "b", record(JOHN, "1", EARLY_HELP))
    for source in ("a", "b"):
        store.replace_source(source, [], OPRF_KEY, MATCHING_VERSION, closing=TODAY)
    assert kinds_found(store, "1") == [{"CHILD_IN_NEED"}, {"EARLY_HELP"}]


def test_what_has_expired_or_has_another_key_is_not_found(store: RecordStore) -> None:
    load(store, "a", record(MARY, "1"))
    assert kinds_found(store, "1", date(2030, 1, 1)) == []
    load(store, "b", record(JOHN, "2"), key=b"o" * 8)
    assert kinds_found(store, "2") == []
    assert store.find_cases("1", OPRF_KEY, MATCHING_VERSION + 1, TODAY) == []


def test_tokens_of_several_rows_are_taken_in_turn(store: RecordStore) -> None:
    """What is cut off of a question is the least telling of each."""
    old = child(postcode="ZZ1 1ZZ")
    load(store, "a", record(MARY, "1"), record(old, "1", EARLY_HELP))
    (found,) = store.find_cases("1", OPRF_KEY, MATCHING_VERSION, TODAY)
    first = [key_id for key_id, _ in found.tokens][:6]
    assert first.count(KeyId.A1) == 1
    assert first.count(KeyId.A3) == 2


def test_the_sources_name_is_nowhere_in_the_clear(store: RecordStore, tmp_path: Path) -> None:
    load(store, "Planted Source", record(MARY, "1"))
    assert all(b"Planted" not in path.read_bytes() for path in tmp_path.iterdir())
