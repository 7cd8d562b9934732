"""Giving what somebody has watched to another."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from node.asking.keeping import AskedCase
from node.watching.store import Ending, New, Watch, WatchStore
from node.watching.watches import DAY_MS, Pace, Watches
from protocol.encoding import encode_base64url
from tests.node.small_federation import NOW_MS, STORE_KEY

NEWS = (New(asked_ms=NOW_MS, lookup="answers", names=("Council 3",)),)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[WatchStore]:
    with closing(WatchStore(tmp_path / "watches.db", STORE_KEY)) as store:
        yield store


@pytest.fixture
def watches(store: WatchStore) -> Watches:
    return Watches(store, lambda: Pace(7 * DAY_MS, 100), lambda: NOW_MS)


def watch(store: WatchStore, username: str, case: str, **changes: object) -> None:
    asked = AskedCase(
        reference=case, id=encode_base64url(case.encode()), purpose=1, protected_location=False
    )
    made = Watch(case=asked, purpose="s47", begun_ms=NOW_MS, ends_ms=NOW_MS + DAY_MS, told={})
    store.add(username, made.model_copy(update=changes), NOW_MS + DAY_MS)


def of(watches: Watches, username: str) -> dict[str, Watch]:
    return {each.watch.case.reference: each.watch for each in watches.all_of(username)}


def test_all_is_the_others_who_is_told_whose_it_was(store: WatchStore, watches: Watches) -> None:
    watch(store, "pat", "A", news=NEWS)
    watch(store, "pat", "B", ending=Ending.NOT_HELD, ended_ms=NOW_MS)
    watch(store, "kim", "C")
    due = store.due(NOW_MS + DAY_MS)
    watches.give("pat", "Pat Worker", "sam")
    assert watches.all_of("pat") == []
    assert of(watches, "kim").keys() == {"C"}
    found = of(watches, "sam")
    assert found.keys() == {"A", "B"}
    assert found["A"].taken_from == found["B"].taken_from == "Pat Worker"
    (new,) = found["A"].news
    assert new.names == ("Council 3",)
    assert new.lookup == "", "the answers were kept for Pat alone"
    assert watches.news_number("sam") == 2
    again = store.due(NOW_MS + DAY_MS)
    assert due is not None
    assert again is not None
    assert again.id == due.id, "it is asked when it would have been"


def test_it_is_new_until_it_was_seen(store: WatchStore, watches: Watches) -> None:
    watch(store, "pat", "A")
    watches.give("pat", "Pat Worker", "sam")
    (given,) = watches.all_of("sam")
    watches.saw(given.id, "sam", 0)
    assert watches.news_number("sam") == 0
    assert of(watches, "sam")["A"].taken_from == ""


@pytest.mark.parametrize(
    ("givers", "takers", "left"),
    [
        (None, None, "taker's"),
        (Ending.TIME, None, "taker's"),
        (Ending.TIME, Ending.TIME, "taker's"),
        (None, Ending.TIME, "giver's"),
    ],
)
def test_a_case_that_both_watch_is_watched_once(
    store: WatchStore, watches: Watches, givers: Ending | None, takers: Ending | None, left: str
) -> None:
    watch(store, "pat", "A", ending=givers, purpose="giver's")
    watch(store, "sam", "A", ending=takers, purpose="taker's")
    watches.give("pat", "Pat Worker", "sam")
    assert watches.all_of("pat") == []
    (found,) = watches.all_of("sam")
    assert found.watch.purpose == left


def test_who_watches_nothing_gives_nothing(store: WatchStore, watches: Watches) -> None:
    watch(store, "sam", "A")
    watches.give("pat", "Pat Worker", "sam")
    assert of(watches, "sam")["A"].taken_from == ""
