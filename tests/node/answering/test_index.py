from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from node.answering.index import Index, IndexKeeper, accepted_epochs
from node.records.model import CLOSED_FOR, Record
from node.records.state import IndexState
from node.records.store import RecordStore
from protocol.identifiers import EPOCH_SECONDS, Epoch, MemberId
from protocol.matching.keys import MATCHING_VERSION
from protocol.tags import tag, tag_context
from tests.node.small_federation import (
    NOW_MS,
    STORE_KEY,
    TODAY,
    FakeClock,
    at,
    child,
    council,
    involvement,
    load,
    oprf_key,
    record,
)

HERE = council(2).id
EPOCH = Epoch(NOW_MS // 1000 // EPOCH_SECONDS)
HOUR = EPOCH * EPOCH_SECONDS
MARY = record(child())


@pytest.mark.parametrize(
    ("into_hour", "offsets"),
    [
        pytest.param(0, (0, -1), id="the hour strikes"),
        pytest.param(119, (0, -1), id="119 s in"),
        pytest.param(119.999, (0, -1), id="a millisecond before 120 s"),
        pytest.param(120, (0,), id="120 s in"),
        pytest.param(1800, (0,), id="half past"),
        pytest.param(3479, (0,), id="121 s before the end"),
        pytest.param(3479.999, (0,), id="a millisecond before that edge"),
        pytest.param(3480, (0, 1), id="120 s before the end"),
        pytest.param(3599, (0, 1), id="the last second"),
        pytest.param(3599.999, (0, 1), id="the last millisecond"),
    ],
)
def test_accepts_the_neighbour_epoch_at_an_edge(into_hour: float, offsets: tuple[int, ...]) -> None:
    assert accepted_epochs(HOUR + into_hour) == tuple(Epoch(EPOCH + each) for each in offsets)


def test_every_second_accepts_its_own_epoch_first() -> None:
    for second in range(EPOCH_SECONDS):
        first, *others = accepted_epochs(HOUR + second)
        assert first == EPOCH
        assert len(others) == (second < 120 or second >= 3480)


@pytest.fixture
def keeper(store: RecordStore, clock: FakeClock) -> IndexKeeper:
    keeper = IndexKeeper(store, HERE, clock)
    keeper._lead_seconds = 900
    return keeper


def built(keeper: IndexKeeper) -> Index:
    index = keeper.current()
    assert index is not None
    return index


def epochs(keeper: IndexKeeper) -> set[int]:
    return {epoch - EPOCH for epoch in built(keeper).tables}


def matches(keeper: IndexKeeper, epoch: Epoch = EPOCH, recipient: MemberId = HERE) -> int:
    """Return in how many records of the table of an epoch Mary's tag for one is found."""
    wanted = tag(next(iter(MARY.tokens)).token, tag_context(epoch, recipient))
    return len(built(keeper).tables[epoch].match([int.from_bytes(wanted, "big")]))


def test_has_no_index_before_the_first_load(keeper: IndexKeeper) -> None:
    assert keeper.refresh() is False
    assert keeper.current() is None


def test_empty_load_gives_an_empty_index(keeper: IndexKeeper, store: RecordStore) -> None:
    load(store, [])
    assert keeper.refresh() is True
    assert built(keeper).tables[EPOCH].size == 0


def test_builds_on_load(keeper: IndexKeeper, store: RecordStore) -> None:
    number = load(store, [MARY])
    assert keeper.refresh() is True
    assert built(keeper).state == IndexState(oprf_key().key_id, MATCHING_VERSION, number)
    assert epochs(keeper) == {0}
    assert matches(keeper) == 1


def test_builds_nothing_twice(keeper: IndexKeeper, store: RecordStore) -> None:
    load(store, [MARY])
    keeper.refresh()
    before = keeper.current()
    assert keeper.refresh() is False
    assert keeper.current() is before


def test_another_load_swaps_every_table(keeper: IndexKeeper, store: RecordStore) -> None:
    load(store, [])
    keeper.refresh()
    before = built(keeper)
    number = load(store, [MARY])
    assert keeper.refresh() is True
    assert built(keeper).state.load_number == number
    assert matches(keeper) == 1
    assert before.tables[EPOCH].size == 0


def test_load_while_tables_are_built_is_in_them(
    keeper: IndexKeeper, store: RecordStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tables of one load under another's number would miss its children until the next load."""
    load(store, [])
    records = store.records

    def loaded_meanwhile(today: date) -> Iterator[tuple[int, Record]]:
        found = list(records(today))
        monkeypatch.setattr(store, "records", records)
        load(store, [MARY])
        return iter(found)

    monkeypatch.setattr(store, "records", loaded_meanwhile)
    keeper.refresh()
    assert built(keeper).state.load_number == 2
    assert matches(keeper) == 1


@pytest.mark.parametrize(
    ("into_hour", "offsets"),
    [
        pytest.param(60, {-1, 0}, id="the hour before, at its end"),
        pytest.param(1800, {0}, id="half past: this hour alone"),
        pytest.param(3600 - 901, {0}, id="not yet ahead"),
        pytest.param(3600 - 900, {0, 1}, id="the next hour ahead of it"),
        pytest.param(3599, {0, 1}, id="the last second"),
    ],
)
def test_keeps_the_epochs_that_can_be_asked_for(
    keeper: IndexKeeper,
    store: RecordStore,
    clock: FakeClock,
    into_hour: float,
    offsets: set[int],
) -> None:
    load(store, [MARY])
    clock.set_seconds(HOUR + into_hour)
    keeper.refresh()
    assert epochs(keeper) == offsets


def test_has_a_table_for_every_epoch_it_accepts_at_every_minute(
    keeper: IndexKeeper, store: RecordStore, clock: FakeClock
) -> None:
    load(store, [MARY])
    for minute in range(0, 130):
        clock.set_seconds(HOUR + 60 * minute)
        keeper.refresh()
        assert built(keeper).tables.keys() >= set(accepted_epochs(clock() / 1000))


def test_next_hour_is_built_before_it_strikes_and_not_again(
    keeper: IndexKeeper, store: RecordStore, clock: FakeClock
) -> None:
    load(store, [MARY])
    clock.set_seconds(HOUR + 3599)
    keeper.refresh()
    ahead = built(keeper).tables[Epoch(EPOCH + 1)]
    clock.set_seconds(HOUR + 3600)
    keeper.refresh()
    assert built(keeper).tables[Epoch(EPOCH + 1)] is ahead


def test_drops_old_tables(keeper: IndexKeeper, store: RecordStore, clock: FakeClock) -> None:
    load(store, [MARY])
    keeper.refresh()
    clock.set_seconds(HOUR + 3600 + 119)
    keeper.refresh()
    assert epochs(keeper) == {0, 1}
    clock.set_seconds(HOUR + 3600 + 120)
    assert keeper.refresh() is True or epochs(keeper) == {1}
    assert epochs(keeper) == {1}


def test_tables_are_for_this_member_alone(keeper: IndexKeeper, store: RecordStore) -> None:
    load(store, [MARY])
    keeper.refresh()
    assert matches(keeper, recipient=council(3).id) == 0


@pytest.mark.parametrize("number", range(4))
def test_next_hour_is_built_at_a_minute_nobody_foresees(store: RecordStore, number: int) -> None:
    del number
    lead = IndexKeeper(store, HERE, FakeClock())._lead_seconds
    assert 600 <= lead <= 3000


@pytest.fixture
def store_expiring_tomorrow(tmp_path: Path) -> Iterator[RecordStore]:
    """Holds one record that is answered today for the last time."""
    store = RecordStore(tmp_path / "expiring.db", STORE_KEY)
    closed_on = TODAY + timedelta(days=1) - CLOSED_FOR
    load(store, [record(child(), involved=involvement(closed_on=closed_on))])
    yield store
    store.close()


def test_record_is_not_in_a_table_built_on_the_day_it_expires(
    store_expiring_tomorrow: RecordStore, clock: FakeClock
) -> None:
    keeper = IndexKeeper(store_expiring_tomorrow, HERE, clock)
    keeper.refresh()
    assert matches(keeper) == 1
    clock.now_ms = at(2025, 6, 16, 9, 30)
    keeper.refresh()
    assert matches(keeper, Epoch(clock.now_ms // 1000 // EPOCH_SECONDS)) == 0


def test_record_is_not_in_the_table_of_the_hour_it_expires_in_though_built_the_day_before(
    store_expiring_tomorrow: RecordStore, clock: FakeClock
) -> None:
    """The table of midnight's hour is built before midnight, and would answer until one."""
    keeper = IndexKeeper(store_expiring_tomorrow, HERE, clock)
    clock.now_ms = at(2025, 6, 15, 23, 59)
    keeper.refresh()
    clock.now_ms = at(2025, 6, 16, 0, 10)
    keeper.refresh()
    assert matches(keeper, Epoch(clock.now_ms // 1000 // EPOCH_SECONDS)) == 0


@pytest.mark.usefixtures("london")
def test_a_record_expires_at_midnight_where_the_node_is(
    store_expiring_tomorrow: RecordStore, clock: FakeClock
) -> None:
    keeper = IndexKeeper(store_expiring_tomorrow, HERE, clock)
    for minute, expected in ((59, 1), (60, 0)):
        clock.now_ms = at(2025, 6, 15, 22) + minute * 60_000
        keeper.refresh()
        assert matches(keeper, Epoch(clock.now_ms // 1000 // EPOCH_SECONDS)) == expected
