import sqlite3
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from node.errors import StoreError
from node.records.model import CLOSED_FOR, Record, expiry
from node.records.state import IndexState
from node.records.store import READ_AT_ONCE, RecordStore, SourceRow
from node.store_key import StoreKey
from protocol.matching.keys import MATCHING_VERSION
from tests.node.small_federation import (
    BORN_ON,
    STORE_KEY,
    TODAY,
    child,
    involvement,
    load,
    oprf_key,
    record,
    source_row,
)

KEY_ID = oprf_key().key_id
OTHER_KEY_ID = bytes(8)
MARY = record(child(), "PLANTED-REF-1")
JOHN = record(child(forename="John", nhs_number=""), "PLANTED-REF-2")
ANNE = record(child(forename="Anne", nhs_number=""), "PLANTED-REF-3")


def replace_source(
    store: RecordStore, rows: Sequence[SourceRow], source: str = "main", key_id: bytes = KEY_ID
) -> int:
    return store.replace_source(source, rows, key_id, MATCHING_VERSION)


def held(store: RecordStore, today: date = TODAY) -> list[str]:
    return sorted(each.case_reference for _, each in store.records(today))


class Unwritable(Record):
    """A record that fails while it is written."""

    def encode(self) -> bytes:
        raise OSError("in the middle")


def test_holds_nothing_before_the_first_load(store: RecordStore) -> None:
    assert store.index_state() is None
    assert (store.count(), held(store)) == (0, [])


def test_names_its_sources_and_what_each_was_made_with(store: RecordStore) -> None:
    assert store.sources() == {}
    load(store, [MARY], "early help")
    replace_source(store, [], "main", OTHER_KEY_ID)
    assert store.sources() == {
        "early help": IndexState(KEY_ID, MATCHING_VERSION, 1),
        "main": IndexState(OTHER_KEY_ID, MATCHING_VERSION, 2),
    }


def test_gives_what_was_loaded(store: RecordStore) -> None:
    assert load(store, [MARY, JOHN]) == 1
    assert store.index_state() == IndexState(KEY_ID, MATCHING_VERSION, 1)
    given = {each.case_reference: each for _, each in store.records(TODAY)}
    assert given["PLANTED-REF-1"].tokens == MARY.tokens
    assert given["PLANTED-REF-1"].involvement.encode() == MARY.involvement.encode()
    assert store.count() == 2


def test_reads_records_by_row_id_and_leaves_out_what_is_gone(store: RecordStore) -> None:
    load(store, [MARY])
    ((row_id, _),) = store.records(TODAY)
    state, _, found = store.read([row_id, row_id + 1])
    assert state == store.index_state() == IndexState(KEY_ID, MATCHING_VERSION, 1)
    assert [each.case_reference for each in found.values()] == ["PLANTED-REF-1"]


def test_every_load_raises_the_number(store: RecordStore) -> None:
    assert [load(store, [MARY], name) for name in ("a", "b", "a")] == [1, 2, 3]


def test_failure_in_the_middle_changes_nothing(store: RecordStore) -> None:
    load(store, [MARY, JOHN])
    broken = Unwritable(ANNE.case_reference, ANNE.tokens, ANNE.involvement)
    with pytest.raises(OSError, match="in the middle"):
        replace_source(store, [source_row("new", ANNE), source_row("broken", broken)])
    assert held(store) == ["PLANTED-REF-1", "PLANTED-REF-2"]
    assert store.index_state() == IndexState(KEY_ID, MATCHING_VERSION, 1)


def test_failure_under_a_new_key_drops_nothing(store: RecordStore) -> None:
    load(store, [MARY], source="other")
    broken = Unwritable(ANNE.case_reference, ANNE.tokens, ANNE.involvement)
    with pytest.raises(OSError, match="in the middle"):
        replace_source(store, [source_row("broken", broken)], key_id=OTHER_KEY_ID)
    assert held(store) == ["PLANTED-REF-1"]


def test_row_without_a_record_stays_as_it_is(store: RecordStore) -> None:
    replace_source(store, [source_row("mary", MARY), source_row("john", JOHN)])
    before = dict(store.records(TODAY))
    replace_source(store, [source_row("mary", None), source_row("john", None)])
    assert dict(store.records(TODAY)).keys() == before.keys()
    assert held(store) == ["PLANTED-REF-1", "PLANTED-REF-2"]


def test_row_that_is_missing_goes(store: RecordStore) -> None:
    replace_source(store, [source_row("mary", MARY), source_row("john", JOHN)])
    replace_source(store, [source_row("john", None)])
    assert held(store) == ["PLANTED-REF-2"]


def test_many_missing_rows_go(store: RecordStore) -> None:
    load(store, [MARY] * 1100)
    load(store, [])
    assert store.count() == 0


def test_changed_row_keeps_its_row_id(store: RecordStore) -> None:
    replace_source(store, [source_row("mary", MARY, "old")])
    ((before, _),) = store.records(TODAY)
    replace_source(store, [source_row("mary", ANNE, "new")])
    ((after, changed),) = store.records(TODAY)
    assert (after, changed.case_reference) == (before, "PLANTED-REF-3")
    assert store.content_keys("main", KEY_ID, MATCHING_VERSION) == {
        row.source_key: row.content_key for row in [source_row("mary", None, "new")]
    }


def test_reads_more_records_than_one_statement_takes(store: RecordStore) -> None:
    load(store, [MARY, JOHN])
    state, _, found = store.read(range(1, 40_000))
    assert state == store.index_state()
    assert [found[row_id].case_reference for row_id in (1, 2)] == [
        MARY.case_reference,
        JOHN.case_reference,
    ]


def test_load_between_two_statements_leaves_no_state(store: RecordStore, tmp_path: Path) -> None:
    """Tags of before the load would lead to records of after it."""

    class LoadedMeanwhile(RecordStore):
        def _open(self, sealed: bytes, source_key: bytes) -> bytes:
            load(store, [JOHN], source="another")
            return super()._open(sealed, source_key)

    load(store, [MARY])
    reading = LoadedMeanwhile(tmp_path / "records.db", STORE_KEY)
    assert reading.read([1]).state is not None
    assert reading.read(range(1, READ_AT_ONCE + 2))[0] is None
    reading.close()


def test_another_source_is_untouched(store: RecordStore) -> None:
    load(store, [MARY], source="early help")
    load(store, [JOHN], source="main")
    load(store, [], source="main")
    assert held(store) == ["PLANTED-REF-1"]
    assert store.content_keys("main", KEY_ID, MATCHING_VERSION) == {}


def test_content_keys_are_of_this_key_and_version_alone(store: RecordStore) -> None:
    """Under another key nothing is unchanged."""
    load(store, [MARY])
    assert len(store.content_keys("main", KEY_ID, MATCHING_VERSION)) == 1
    assert store.content_keys("main", OTHER_KEY_ID, MATCHING_VERSION) == {}
    assert store.content_keys("main", KEY_ID, MATCHING_VERSION + 1) == {}


def test_change_of_key_drops_what_the_other_key_made_of_a_source(store: RecordStore) -> None:
    load(store, [MARY, ANNE])
    replace_source(store, [source_row("john", JOHN)], key_id=OTHER_KEY_ID)
    assert held(store) == ["PLANTED-REF-2"]
    assert store.index_state() == IndexState(OTHER_KEY_ID, MATCHING_VERSION, 2)


def test_sources_of_different_keys_are_no_index(store: RecordStore) -> None:
    """An index of some of them would say "not known" of children that the others hold."""
    load(store, [MARY], source="early help")
    replace_source(store, [source_row("john", JOHN)], key_id=OTHER_KEY_ID)
    assert store.index_state() is None
    replace_source(store, [source_row("mary", MARY)], "early help", OTHER_KEY_ID)
    assert store.index_state() == IndexState(OTHER_KEY_ID, MATCHING_VERSION, 3)


def test_sources_of_different_matching_versions_are_no_index(store: RecordStore) -> None:
    load(store, [MARY], source="early help")
    store.replace_source("main", [source_row("john", JOHN)], KEY_ID, MATCHING_VERSION + 1)
    assert store.index_state() is None


def test_unchanged_row_under_a_new_key_is_not_kept_as_if_it_were_of_that_key(
    store: RecordStore,
) -> None:
    """A record under the old key would be "not known" to every question under the new one."""
    replace_source(store, [source_row("mary", MARY)])
    try:
        replace_source(store, [source_row("mary", None)], key_id=OTHER_KEY_ID)
    except StoreError:
        return
    assert held(store) == []


def test_unchanged_row_that_another_import_removed_meanwhile_is_not_lost_in_silence(
    store: RecordStore,
) -> None:
    """Two imports of one source at once: the second planned with rows that the first removed."""
    replace_source(store, [source_row("mary", MARY)])
    planned = [source_row("mary", None)]
    replace_source(store, [])
    with pytest.raises(StoreError):
        replace_source(store, planned)


@pytest.mark.parametrize(
    ("closed_on", "is_given"),
    [
        pytest.param(TODAY - CLOSED_FOR + timedelta(days=1), True, id="closed a year less a day"),
        pytest.param(TODAY - CLOSED_FOR, False, id="closed a year ago"),
        pytest.param(TODAY, True, id="closed today"),
    ],
)
def test_expired_record_is_not_given(store: RecordStore, closed_on: date, is_given: bool) -> None:
    load(store, [record(child(), involved=involvement(closed_on=closed_on))])
    assert bool(held(store)) is is_given


def test_open_case_expires_with_the_childs_age(store: RecordStore) -> None:
    load(store, [MARY])
    expires_on = expiry(MARY.involvement, BORN_ON)
    assert held(store, expires_on - timedelta(days=1))
    assert not held(store, expires_on)


# What the disk holds


def test_row_does_not_open_in_another_rows_place(store: RecordStore, tmp_path: Path) -> None:
    """Whoever writes to the disk could else show one child's contact under another's tokens."""
    load(store, [MARY, JOHN])
    with sqlite3.connect(tmp_path / "records.db") as connection:
        connection.execute("UPDATE record SET sealed = (SELECT sealed FROM record WHERE id = 1)")
    connection.close()
    with pytest.raises(StoreError):
        store.read([2])
    found = store.read([1]).records
    assert found[1].case_reference == "PLANTED-REF-1"


def test_nothing_of_a_record_is_in_the_files_bytes(store: RecordStore, tmp_path: Path) -> None:
    load(store, [MARY, JOHN], source="Planted Source")
    load(store, [MARY], source="Planted Source")
    files = sorted(tmp_path.glob("records.db*"))
    assert [path.name for path in files] == ["records.db", "records.db-shm", "records.db-wal"]
    disk = b"".join(path.read_bytes() for path in files)
    planted = [
        b"PLANTED-REF-1",
        b"PLANTED-REF-2",
        b"Planted Worker",
        b"Planted Source",
        b"Family Support North",
        b"020 7946 0999",
        *(keyed.token for each in (MARY, JOHN) for keyed in each.tokens),
    ]
    for secret in planted:
        for written in (secret, secret.hex().encode()):
            assert written not in disk


def test_blobs_say_little_of_how_many_names_are_known(store: RecordStore, tmp_path: Path) -> None:
    many = record(child(other_surnames="Jones"))
    assert len(many.tokens) > len(MARY.tokens)
    load(store, [MARY, JOHN, many])
    connection = sqlite3.connect(tmp_path / "records.db")
    lengths = {length for (length,) in connection.execute("SELECT length(sealed) FROM record")}
    connection.close()
    assert len(lengths) == 1


def test_fingerprints_differ_from_council_to_council(store: RecordStore, tmp_path: Path) -> None:
    other = RecordStore(tmp_path / "other.db", StoreKey(bytes(32)))
    assert store.source_fingerprint("main") != other.source_fingerprint("main")
    other.close()


def test_wrong_store_key_opens_nothing(store: RecordStore, tmp_path: Path) -> None:
    load(store, [MARY])
    other = RecordStore(tmp_path / "records.db", StoreKey(bytes(32)))
    with pytest.raises(StoreError, match="store key"):
        list(other.records(TODAY))
    with pytest.raises(StoreError, match="store key"):
        other.read([1])
    other.close()


def test_survives_being_closed_and_opened_again(tmp_path: Path) -> None:
    first = RecordStore(tmp_path / "records.db", STORE_KEY)
    load(first, [MARY])
    first.close()
    second = RecordStore(tmp_path / "records.db", STORE_KEY)
    assert held(second) == ["PLANTED-REF-1"]
    second.close()
