"""What becomes of records whose source no longer gives them, and of those that have expired."""

import sqlite3
from datetime import date, timedelta
from pathlib import Path

import pytest

from node.records.model import CLOSED_FOR, Record
from node.records.passing import GONE
from node.records.store import RecordStore, SourceRow
from protocol.matching.keys import MATCHING_VERSION
from tests.node.small_federation import (
    TODAY,
    child,
    involvement,
    oprf_key,
    record,
    source_row,
)

KEY_ID = oprf_key().key_id
OTHER_KEY_ID = bytes(8)
LONG_AGO = date(2025, 2, 1)
MARY = record(child(), "MARY")
JOHN = record(child(forename="John", nhs_number=""), "JOHN")
CLOSED = record(child(), "CLOSED", involvement(closed_on=LONG_AGO))


def replace_source(
    store: RecordStore, *rows: SourceRow, closing: date | None = TODAY, key_id: bytes = KEY_ID
) -> None:
    store.replace_source("main", rows, key_id, MATCHING_VERSION, closing)


def held(store: RecordStore, today: date = TODAY) -> dict[str, Record]:
    return {each.case_reference: each for _, each in store.records(today)}


def given(*records: Record) -> list[SourceRow]:
    return [source_row(each.case_reference, each) for each in records]


def test_row_that_is_gone_is_closed_and_keeps_its_tokens(store: RecordStore) -> None:
    replace_source(store, *given(MARY, JOHN))
    replace_source(store, source_row("JOHN", None))
    assert held(store)["MARY"].involvement.closed_on == TODAY
    assert held(store)["MARY"].tokens == MARY.tokens
    assert held(store)["JOHN"].involvement.closed_on is None


def test_row_that_is_gone_is_answered_for_its_time_as_a_closed_one(store: RecordStore) -> None:
    replace_source(store, *given(MARY))
    replace_source(store)
    assert list(held(store, TODAY + CLOSED_FOR - timedelta(1))) == ["MARY"]
    assert not held(store, TODAY + CLOSED_FOR)


def test_row_that_stays_gone_is_closed_once(store: RecordStore) -> None:
    replace_source(store, *given(MARY))
    replace_source(store)
    replace_source(store, closing=TODAY + timedelta(30))
    assert held(store)["MARY"].involvement.closed_on == TODAY
    assert not held(store, TODAY + CLOSED_FOR)


def test_closed_row_that_is_gone_expires_as_before(store: RecordStore) -> None:
    replace_source(store, *given(CLOSED))
    replace_source(store)
    assert held(store)["CLOSED"].involvement.closed_on == LONG_AGO
    assert list(held(store, LONG_AGO + CLOSED_FOR - timedelta(1))) == ["CLOSED"]
    assert not held(store, LONG_AGO + CLOSED_FOR)


def test_child_that_ages_out_first_expires_then(store: RecordStore) -> None:
    """The date of birth is not held: what was said of it at the load counts on."""
    tomorrow = TODAY + timedelta(1)
    [row] = given(MARY)
    replace_source(store, SourceRow(row.source_key, row.content_key, tomorrow, row.make_record))
    replace_source(store)
    assert list(held(store)) == ["MARY"]
    assert not held(store, tomorrow)


def test_row_that_comes_back_is_new_though_it_says_the_same(store: RecordStore) -> None:
    """Else it would be left as it is: closed."""
    [row] = given(MARY)
    replace_source(store, row)
    replace_source(store)
    keys = store.content_keys("main", KEY_ID, MATCHING_VERSION)
    assert keys == {row.source_key: GONE}
    replace_source(store, row)
    assert held(store)["MARY"].involvement.closed_on is None


def test_row_that_was_never_right_is_erased(store: RecordStore) -> None:
    replace_source(store, *given(MARY, JOHN))
    replace_source(store, source_row("JOHN", None), closing=None)
    assert list(held(store)) == ["JOHN"]
    assert store.count() == 1


def test_row_that_its_source_wants_erased_is_not_closed(store: RecordStore) -> None:
    mary, john = given(MARY, JOHN)
    replace_source(store, mary, john)
    store.replace_source("main", [], KEY_ID, MATCHING_VERSION, TODAY, {mary.source_key})
    assert list(held(store)) == ["JOHN"]
    assert store.count() == 1


def test_row_of_another_key_is_erased(store: RecordStore) -> None:
    """Its tokens match nothing."""
    replace_source(store, *given(MARY))
    replace_source(store, *given(JOHN), key_id=OTHER_KEY_ID)
    assert store.count() == 1


def test_many_rows_are_closed(store: RecordStore) -> None:
    rows = [source_row(f"{number}", MARY) for number in range(1200)]
    replace_source(store, *rows)
    replace_source(store)
    assert all(each.involvement.closed_on for _, each in store.records(TODAY))
    assert store.count() == 1200


@pytest.mark.parametrize(("days", "left"), [(-1, 1), (0, 0), (1, 0)])
def test_what_has_expired_is_no_longer_on_the_disk(
    store: RecordStore, tmp_path: Path, days: int, left: int
) -> None:
    [row] = given(MARY)
    replace_source(store, SourceRow(row.source_key, row.content_key, TODAY, row.make_record))
    store.forget_expired(TODAY + timedelta(days))
    connection = sqlite3.connect(tmp_path / "records.db")
    (number,) = connection.execute("SELECT count(*) FROM record").fetchone()
    connection.close()
    assert number == left


def test_forgetting_leaves_the_index_as_it_is(store: RecordStore) -> None:
    replace_source(store, *given(MARY))
    before = store.index_state()
    store.forget_expired(TODAY + timedelta(days=40 * 365))
    assert store.count() == 0
    assert store.index_state() == before
