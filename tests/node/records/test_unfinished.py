import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

import node.records.evaluated as module
from node.errors import StoreError
from node.records.store import RecordStore
from node.records.unfinished import KEPT_FOR, UnfinishedImport
from node.store_key import StoreKey
from protocol import limits
from protocol.matching.keys import MATCHING_VERSION
from tests.node.small_federation import NOW_MS, STORE_KEY, TODAY, oprf_key

KEY_ID = oprf_key().key_id
STRINGS = [b"a planted string", b"another one"]
TOKENS = [b"t" * 32, b"u" * 32]
COUNTS = (
    "SELECT count(*) FROM unfinished",
    "SELECT count(*) FROM evaluated",
    "SELECT count(*) FROM evaluated_batch",
    "SELECT count(*) FROM asked_batch",
)


@pytest.fixture(params=[1, 3, 1000], ids=["indexed", "soon indexed", "waiting"], autouse=True)
def most_waiting(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many strings wait for the index: two are kept at a time."""
    monkeypatch.setattr(module, "MOST_WAITING", request.param)
    return int(request.param)


def begin(
    store: RecordStore,
    source: str = "main",
    key_id: bytes = KEY_ID,
    version: int = MATCHING_VERSION,
    days: int = 0,
) -> UnfinishedImport:
    return store.unfinished.begin(source, key_id, version, TODAY + timedelta(days))


def is_empty(folder: Path) -> bool:
    with closing(sqlite3.connect(folder / "records.db")) as connection:
        return not any(connection.execute(count).fetchone()[0] for count in COUNTS)


def test_says_when_each_was_gone_on_with(store: RecordStore) -> None:
    begin(store)
    begin(store, "other")
    begin(store, days=3)
    assert store.unfinished.days() == {
        store.source_fingerprint("main"): TODAY + timedelta(3),
        store.source_fingerprint("other"): TODAY,
    }


def test_gives_the_tokens_that_it_kept(store: RecordStore) -> None:
    unfinished = begin(store)
    unfinished.keep(STRINGS, TOKENS)
    assert unfinished.tokens([STRINGS[1], STRINGS[0], STRINGS[1]]) == [
        TOKENS[1],
        TOKENS[0],
        TOKENS[1],
    ]
    assert unfinished.held([*STRINGS, b"a third"]) == set(STRINGS)
    assert unfinished.count() == 2


def test_has_nothing_before_anything_is_kept(store: RecordStore) -> None:
    assert begin(store).count() == 0
    assert begin(store).held(STRINGS) == set()
    assert begin(store).tokens([]) == []


def test_goes_on_after_a_restart(store: RecordStore, tmp_path: Path) -> None:
    begin(store).keep(STRINGS, TOKENS)
    with closing(RecordStore(tmp_path / "records.db", STORE_KEY)) as again:
        assert begin(again).tokens(STRINGS) == TOKENS


def test_kept_twice_is_kept_once(store: RecordStore) -> None:
    unfinished = begin(store)
    unfinished.keep(STRINGS, TOKENS)
    unfinished.keep(STRINGS, TOKENS)
    assert unfinished.count() == 2


def test_refuses_to_give_tokens_that_another_import_has_used(store: RecordStore) -> None:
    unfinished = begin(store)
    unfinished.keep(STRINGS, TOKENS)
    store.replace_source("main", [], KEY_ID, MATCHING_VERSION)
    with pytest.raises(StoreError, match="another import"):
        unfinished.tokens(STRINGS)


@pytest.mark.parametrize("version", [MATCHING_VERSION, MATCHING_VERSION + 1])
def test_keeps_nothing_once_another_import_of_the_source_has_ended(
    store: RecordStore, version: int
) -> None:
    unfinished = begin(store)
    store.replace_source("main", [], KEY_ID, MATCHING_VERSION)
    later = begin(store, version=version)
    with pytest.raises(StoreError, match="another import"):
        unfinished.keep(STRINGS, TOKENS)
    with pytest.raises(StoreError, match="another import"):
        unfinished.ask(STRINGS, b"request", NOW_MS)
    assert later.held(STRINGS) == set()


Later = Callable[[RecordStore], object]
GONE: dict[str, Later] = {
    "loaded": lambda store: store.replace_source("main", [], KEY_ID, MATCHING_VERSION),
    "30 days gone by": lambda store: store.unfinished.forget_old(TODAY + KEPT_FOR + timedelta(1)),
}


@pytest.mark.parametrize("later", GONE.values(), ids=GONE)
def test_nothing_is_left_once_it_is(store: RecordStore, tmp_path: Path, later: Later) -> None:
    unfinished = begin(store)
    unfinished.keep(STRINGS, TOKENS)
    unfinished.ask([b"a third"], b"request", NOW_MS)
    assert not is_empty(tmp_path)
    later(store)
    assert is_empty(tmp_path)


BEGUN: dict[str, Callable[[RecordStore], UnfinishedImport]] = {
    "under another key": lambda store: begin(store, key_id=bytes(8)),
    "of another matching version": lambda store: begin(store, version=MATCHING_VERSION + 1),
    "of another source": lambda store: begin(store, "other"),
    "after 30 days": lambda store: begin(store, days=KEPT_FOR.days + 1),
}


@pytest.mark.parametrize("begun", BEGUN.values(), ids=BEGUN)
def test_no_token_is_given_to_an_import(
    store: RecordStore, begun: Callable[[RecordStore], UnfinishedImport]
) -> None:
    begin(store).keep(STRINGS, TOKENS)
    assert begun(store).held(STRINGS) == set()


def test_tokens_of_another_key_go_for_good(store: RecordStore) -> None:
    begin(store).keep(STRINGS, TOKENS)
    begin(store, key_id=bytes(8))
    assert begin(store).held(STRINGS) == set()


@pytest.mark.parametrize(
    "begun", [pytest.param("other", id="begun"), pytest.param(None, id="loaded")]
)
def test_another_source_leaves_it_as_it_is(store: RecordStore, begun: str | None) -> None:
    begin(store).keep(STRINGS, TOKENS)
    if begun:
        begin(store, begun, key_id=bytes(8))
    else:
        store.replace_source("other", [], KEY_ID, MATCHING_VERSION)
    assert begin(store).tokens(STRINGS) == TOKENS


def test_days_count_from_when_it_last_went_on(store: RecordStore) -> None:
    begin(store).keep(STRINGS, TOKENS)
    begin(store, days=20)
    store.unfinished.forget_old(TODAY + timedelta(40))
    assert begin(store, days=40).tokens(STRINGS) == TOKENS


def test_says_what_was_sent_until_the_tokens_are_there(store: RecordStore) -> None:
    unfinished = begin(store)
    assert unfinished.asked(STRINGS) is None
    unfinished.ask(STRINGS, b"first", NOW_MS)
    unfinished.ask(STRINGS, b"second", NOW_MS)
    assert begin(store).asked(STRINGS) == b"second"
    assert unfinished.asked(STRINGS[::-1]) is None
    unfinished.keep(STRINGS, TOKENS)
    assert unfinished.asked(STRINGS) is None


def test_what_is_too_old_to_be_sent_again_goes(store: RecordStore) -> None:
    unfinished = begin(store)
    unfinished.ask([b"old"], b"first", NOW_MS)
    unfinished.ask([b"fresh"], b"second", NOW_MS + 1)
    unfinished.ask([b"new"], b"third", NOW_MS + limits.FRESHNESS_MS + 1)
    assert unfinished.asked([b"old"]) is None
    assert unfinished.asked([b"fresh"]) == b"second"


def test_nothing_of_a_string_a_token_or_a_request_is_in_the_files_bytes(
    store: RecordStore, tmp_path: Path
) -> None:
    unfinished = begin(store)
    unfinished.keep(STRINGS, TOKENS)
    unfinished.ask([b"a third string"], b"what was sent", NOW_MS)
    written = b"".join(path.read_bytes() for path in tmp_path.glob("records.db*"))
    assert len(written) > 10_000
    for secret in (*STRINGS, *TOKENS, b"a third string", b"what was sent", b"main"):
        assert secret not in written


def test_string_is_named_by_a_fingerprint_that_no_other_store_key_makes(
    store: RecordStore, tmp_path: Path
) -> None:
    begin(store).keep(STRINGS, TOKENS)
    with closing(RecordStore(tmp_path / "records.db", StoreKey(bytes(32)))) as other:
        number = UnfinishedImport(other._database, StoreKey(bytes(32)), 1)
        assert number.count() == 2
        assert number.held(STRINGS) == set()


MORE_STRINGS = [b"a third", b"a fourth"]
MORE_TOKENS = [b"v" * 32, b"w" * 32]
MOVED = {
    "to another batch": "sealed = (SELECT min(sealed) FROM evaluated_batch)",
    "under other names": "string_ids = in_another_order(string_ids)",
}


@pytest.mark.parametrize("moved", MOVED.values(), ids=MOVED)
def test_tokens_that_were_moved_do_not_open(store: RecordStore, tmp_path: Path, moved: str) -> None:
    unfinished = begin(store)
    unfinished.keep(STRINGS, TOKENS)
    unfinished.keep(MORE_STRINGS, MORE_TOKENS)
    with closing(sqlite3.connect(tmp_path / "records.db")) as connection:
        connection.create_function("in_another_order", 1, lambda ids: ids[16:] + ids[:16])
        connection.execute(f"UPDATE evaluated_batch SET {moved}")  # noqa: S608
        connection.commit()
    with pytest.raises(StoreError, match="does not open"):
        unfinished.tokens(STRINGS + MORE_STRINGS)


def test_string_whose_place_was_altered_gets_no_other_ones_token(
    store: RecordStore, tmp_path: Path, most_waiting: int
) -> None:
    unfinished = begin(store)
    unfinished.keep(STRINGS, TOKENS)
    with closing(sqlite3.connect(tmp_path / "records.db")) as connection:
        changed = connection.execute("UPDATE evaluated SET place = place + 1 - 2 * (place % 2)")
        connection.commit()
    if most_waiting > len(STRINGS):
        assert changed.rowcount == 0
        return
    with pytest.raises(StoreError, match="altered"):
        unfinished.tokens(STRINGS)


def test_tokens_of_many_batches_are_found_before_and_after_a_restart(
    store: RecordStore, tmp_path: Path
) -> None:
    unfinished = begin(store)
    batches = [[b"%d of %d" % (place, batch) for place in range(2)] for batch in range(9)]
    tokens = {string: sha256(string).digest() for batch in batches for string in batch}
    for batch in batches:
        assert unfinished.held(batch) == set()
        unfinished.keep(batch, [tokens[string] for string in batch])
        assert unfinished.held(list(tokens)) == {
            string for before in batches[: batches.index(batch) + 1] for string in before
        }
    with closing(RecordStore(tmp_path / "records.db", STORE_KEY)) as again:
        for one in (unfinished, begin(again)):
            assert one.count() == len(tokens)
            assert one.held(list(tokens)) == set(tokens)
            assert one.tokens(list(tokens)) == list(tokens.values())
            for batch in batches:
                assert one.tokens(batch) == [tokens[string] for string in batch]


def test_string_kept_in_two_batches_has_its_token(store: RecordStore) -> None:
    """Two imports of one source at once may each have had it evaluated."""
    first, second = begin(store), begin(store)
    first.keep(STRINGS, TOKENS)
    second.keep([MORE_STRINGS[0], STRINGS[0]], [MORE_TOKENS[0], TOKENS[0]])
    second.keep(STRINGS, TOKENS)
    expected = [*TOKENS, MORE_TOKENS[0]]
    for one in (second, begin(store)):
        assert one.tokens([*STRINGS, MORE_STRINGS[0]]) == expected


def test_what_one_import_indexes_leaves_what_another_has_waiting(store: RecordStore) -> None:
    first, second = begin(store), begin(store)
    first.keep(STRINGS, TOKENS)
    second.keep(MORE_STRINGS, MORE_TOKENS)
    second.keep([b"a fifth", b"a sixth"], MORE_TOKENS)
    assert begin(store).tokens(STRINGS + MORE_STRINGS) == TOKENS + MORE_TOKENS
