import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier

import pytest

from node.errors import StoreError
from node.ledger import ledger as module
from node.ledger.ledger import DAY_MS, AllowanceKey, Ledger, Received
from protocol.identifiers import RoundId
from protocol.sealing.envelope import Kind, SealedRequest, parse_request, request_body_bytes
from tests.node.small_federation import (
    NOW_MS,
    at,
    council,
    fresh_round,
    make_header,
    oprf_key,
    seal,
)

ASKER = council(1)
KEY = AllowanceKey(ASKER.id, Kind.EVALUATION, oprf_key().key_id, 1)


def request(
    kind: Kind = Kind.LOOKUP, round_id: RoundId | None = None, fill: bytes = b"\1", sender: int = 1
) -> SealedRequest:
    header = make_header(kind, council(sender), council(2), NOW_MS, round_id)
    return parse_request(seal(header, fill * request_body_bytes(kind)).envelope)


@contextmanager
def sql(folder: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(folder / "ledger.db")
    try:
        yield connection
    finally:
        connection.close()


def rows(folder: Path, table: str = "received") -> int:
    with sql(folder) as connection:
        (number,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
    return int(number)


def reserve(
    ledger: Ledger, asked: SealedRequest, elements: int = 64, most: int = 128, now_ms: int = NOW_MS
) -> tuple[Received, bool]:
    return ledger.reserve(asked, KEY, elements, most, b"entry", now_ms)


# One row for one round and sender


def test_finds_nothing_before_anything_came(ledger: Ledger) -> None:
    assert ledger.find(fresh_round(), ASKER.id) is None


def test_finds_what_was_recorded(ledger: Ledger) -> None:
    asked = request()
    ledger.record(asked, b"reply", b"entry", NOW_MS)
    assert ledger.find(asked.header.round_id, ASKER.id) == Received(asked.digest, b"reply")


def test_second_reply_to_one_request_loses_to_the_first(ledger: Ledger, tmp_path: Path) -> None:
    asked = request()
    ledger.record(asked, b"first", b"entry", NOW_MS)
    assert ledger.record(asked, b"second", b"entry", NOW_MS).reply == b"first"
    assert rows(tmp_path) == 1


def test_losers_of_a_race_get_the_winners_reply(ledger: Ledger, tmp_path: Path) -> None:
    asked, together = request(), Barrier(8)

    def answer(number: int) -> bytes | None:
        together.wait()
        return ledger.record(asked, b"reply %d" % number, b"entry", NOW_MS).reply

    with ThreadPoolExecutor(8) as workers:
        replies = set(workers.map(answer, range(8)))
    assert len(replies) == 1
    assert rows(tmp_path) == 1


def test_other_bytes_under_a_used_round_are_seen_by_the_digest(ledger: Ledger) -> None:
    first = request()
    other = request(round_id=first.header.round_id, fill=b"\2")
    ledger.record(first, b"reply", b"entry", NOW_MS)
    found = ledger.record(other, b"other reply", b"entry", NOW_MS)
    assert found == Received(first.digest, b"reply")
    assert found.digest != other.digest


def test_one_round_of_two_senders_is_two_rows(ledger: Ledger, tmp_path: Path) -> None:
    first = request()
    ledger.record(first, b"reply", b"entry", NOW_MS)
    other = request(round_id=first.header.round_id, sender=3)
    assert ledger.record(other, b"for 3", b"entry", NOW_MS).reply == b"for 3"
    assert rows(tmp_path) == 2


def test_survives_being_closed_and_opened_again(tmp_path: Path) -> None:
    asked = request(Kind.EVALUATION)
    first = Ledger(tmp_path / "ledger.db")
    reserve(first, asked)
    first.complete(asked, b"reply")
    first.close()
    second = Ledger(tmp_path / "ledger.db")
    assert second.find(asked.header.round_id, ASKER.id) == Received(asked.digest, b"reply")
    assert second.elements_by_day(KEY) == {NOW_MS // DAY_MS: 64}
    second.close()


def test_file_is_readable_by_its_owner_alone(ledger: Ledger, tmp_path: Path) -> None:
    assert (tmp_path / "ledger.db").stat().st_mode & 0o777 == 0o600
    assert ledger.requests_received() == {}


def test_refuses_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"something else, of more than a hundred bytes" * 4)
    with pytest.raises(StoreError, match=r"ledger\.db"):
        Ledger(tmp_path / "ledger.db")


# Counting


def test_reserve_counts_elements_and_inserts_the_row(ledger: Ledger) -> None:
    asked = request(Kind.EVALUATION)
    assert reserve(ledger, asked) == (Received(asked.digest, None), True)
    assert ledger.elements_by_day(KEY) == {NOW_MS // DAY_MS: 64}
    assert ledger.requests_received() == {Kind.EVALUATION: 1}


def test_reserve_counts_a_repeat_once(ledger: Ledger) -> None:
    asked = request(Kind.EVALUATION)
    reserve(ledger, asked)
    assert reserve(ledger, asked) == (Received(asked.digest, None), True)
    assert ledger.elements_by_day(KEY) == {NOW_MS // DAY_MS: 64}


def test_reserve_fills_the_limit_exactly(ledger: Ledger) -> None:
    for _ in range(2):
        assert reserve(ledger, request(Kind.EVALUATION))[1]
    assert not reserve(ledger, request(Kind.EVALUATION), elements=1)[1]


def test_reserve_over_the_limit_leaves_nothing_behind(ledger: Ledger, tmp_path: Path) -> None:
    asked = request(Kind.EVALUATION)
    found, counted = reserve(ledger, asked, elements=129)
    assert (found.reply, counted) == (None, False)
    assert rows(tmp_path) == rows(tmp_path, "allowance") == 0
    assert ledger.find(asked.header.round_id, ASKER.id) is None


def test_reserve_counts_a_repeat_as_counted_when_the_limit_is_reached(ledger: Ledger) -> None:
    asked = request(Kind.EVALUATION)
    reserve(ledger, asked, most=64)
    assert reserve(ledger, asked, most=64)[1]


def test_racing_reserves_never_exceed_the_limit(ledger: Ledger) -> None:
    requests = [request(Kind.EVALUATION) for _ in range(8)]
    with ThreadPoolExecutor(8) as workers:
        counted = [row[1] for row in workers.map(lambda each: reserve(ledger, each), requests)]
    assert sum(counted) == 2
    assert ledger.elements_by_day(KEY) == {NOW_MS // DAY_MS: 128}


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(AllowanceKey(council(3).id, Kind.EVALUATION, KEY.oprf_key, 1), id="sender"),
        pytest.param(AllowanceKey(ASKER.id, Kind.IMPORT_EVALUATION, KEY.oprf_key, 1), id="kind"),
        pytest.param(AllowanceKey(ASKER.id, Kind.EVALUATION, bytes(8), 1), id="key"),
        pytest.param(AllowanceKey(ASKER.id, Kind.EVALUATION, KEY.oprf_key, 2), id="version"),
    ],
)
def test_allowances_are_counted_apart(ledger: Ledger, other: AllowanceKey) -> None:
    reserve(ledger, request(Kind.EVALUATION))
    assert ledger.elements_by_day(other) == {}


def test_elements_are_counted_by_day_and_summed_by_kind(ledger: Ledger) -> None:
    reserve(ledger, request(Kind.EVALUATION), elements=10, now_ms=NOW_MS)
    reserve(ledger, request(Kind.EVALUATION), elements=20, now_ms=NOW_MS + DAY_MS)
    today = NOW_MS // DAY_MS
    assert ledger.elements_by_day(KEY) == {today: 10, today + 1: 20}
    assert ledger.elements_counted() == {Kind.EVALUATION: 30}


def test_complete_keeps_the_first_reply(ledger: Ledger) -> None:
    asked = request(Kind.EVALUATION)
    reserve(ledger, asked)
    assert ledger.complete(asked, b"first") == b"first"
    assert ledger.complete(asked, b"second") == b"first"
    assert ledger.find(asked.header.round_id, ASKER.id) == Received(asked.digest, b"first")


def test_questions_count_from_midnight_utc(ledger: Ledger) -> None:
    midnight = at(2025, 6, 16)
    for now_ms in (midnight - 1, midnight, midnight + DAY_MS - 1, midnight + DAY_MS):
        ledger.record(request(), b"reply", b"entry", now_ms)
    assert ledger.questions_today(ASKER.id, midnight - 1) == 1
    assert ledger.questions_today(ASKER.id, midnight) == 2
    assert ledger.questions_today(ASKER.id, midnight + DAY_MS) == 1


def test_questions_are_lookups_of_that_member_alone(ledger: Ledger) -> None:
    ledger.record(request(Kind.POST), b"reply", b"entry", NOW_MS)
    ledger.record(request(sender=3), b"reply", b"entry", NOW_MS)
    assert ledger.questions_today(ASKER.id, NOW_MS) == 0


def test_questions_are_counted_on_as_they_come_and_a_repeat_is_not(ledger: Ledger) -> None:
    asked = request()
    for number, each in enumerate([asked, request(), asked]):
        assert ledger.questions_today(ASKER.id, NOW_MS) == min(number, 2)
        ledger.record(each, b"reply", b"entry", NOW_MS)
    assert ledger.questions_today(ASKER.id, NOW_MS) == 2


def test_questions_of_the_day_are_known_after_a_restart(ledger: Ledger, tmp_path: Path) -> None:
    for now_ms in (NOW_MS - DAY_MS, NOW_MS, NOW_MS):
        ledger.record(request(), b"reply", b"entry", now_ms)
    again = Ledger(tmp_path / "ledger.db")
    assert again.questions_today(ASKER.id, NOW_MS) == 2
    again.close()


def test_racing_questions_are_each_counted_once(ledger: Ledger) -> None:
    started = Barrier(8)

    def ask(each: SealedRequest) -> int:
        started.wait()
        ledger.record(each, b"reply", b"entry", NOW_MS)
        return ledger.questions_today(ASKER.id, NOW_MS)

    with ThreadPoolExecutor(8) as workers:
        seen = list(workers.map(ask, [request() for _ in range(8)]))
    assert max(seen) == ledger.questions_today(ASKER.id, NOW_MS) == 8


def test_counts_what_we_asked(ledger: Ledger) -> None:
    ledger.record_asked(fresh_round(), b"entry", NOW_MS)
    assert ledger.questions_asked() == 1


def test_gives_entries_of_a_kind_oldest_first(ledger: Ledger) -> None:
    asked = {entry: request() for entry in (b"one", b"two")}
    for entry, each in asked.items():
        ledger.record(each, b"reply", entry, NOW_MS)
    ledger.record(request(Kind.POST), b"reply", b"post", NOW_MS)
    assert list(ledger.entries(Kind.LOOKUP)) == [
        (each.header.round_id, entry) for entry, each in asked.items()
    ]


# Forgetting


def test_forget_drops_a_lookups_reply_and_keeps_its_row(ledger: Ledger) -> None:
    asked = request()
    ledger.record(asked, b"reply", b"entry", NOW_MS)
    ledger.forget(NOW_MS + 1)
    assert ledger.find(asked.header.round_id, ASKER.id) == Received(asked.digest, None)
    assert list(ledger.entries(Kind.LOOKUP)) == [(asked.header.round_id, b"entry")]
    assert ledger.questions_today(ASKER.id, NOW_MS) == 1


def test_forget_drops_old_evaluations_and_keeps_their_count(ledger: Ledger) -> None:
    asked = request(Kind.EVALUATION)
    reserve(ledger, asked)
    ledger.forget(NOW_MS + 1)
    assert ledger.requests_received() == {}
    assert ledger.elements_by_day(KEY) == {NOW_MS // DAY_MS: 64}


def test_forget_leaves_what_is_young(ledger: Ledger) -> None:
    for kind in Kind:
        ledger.record(request(kind), b"reply", b"entry", NOW_MS)
    ledger.forget(NOW_MS)
    assert ledger.requests_received() == dict.fromkeys(Kind, 1)


def test_forget_drops_post_that_was_taken_and_keeps_the_rest(ledger: Ledger) -> None:
    for _ in range(2):
        ledger.record(request(Kind.POST), b"receipt", b"entry", NOW_MS)
    ledger.close_post([ledger.open_post(0, 10)[0].row_id])
    ledger.forget(NOW_MS + 400 * DAY_MS)
    assert ledger.requests_received() == {Kind.POST: 1}
    ledger.close_post([ledger.open_post(0, 10)[0].row_id])
    ledger.forget(NOW_MS + 400 * DAY_MS)
    assert ledger.requests_received() == {}


def test_forget_drops_each_reply_as_it_grows_old(ledger: Ledger) -> None:
    first, second = request(), request()
    ledger.record(first, b"reply", b"entry", NOW_MS)
    ledger.record(second, b"reply", b"entry", NOW_MS + 5)

    def replies() -> list[bytes | None]:
        found = (ledger.find(each.header.round_id, ASKER.id) for each in (first, second))
        return [each.reply for each in found if each is not None]

    ledger.forget(NOW_MS + 5)
    assert replies() == [None, b"reply"]
    ledger.forget(NOW_MS + 6)
    assert replies() == [None, None]


def test_forget_goes_on_after_a_clock_was_put_right(ledger: Ledger) -> None:
    ledger.forget(NOW_MS + DAY_MS)
    ledger.forget(NOW_MS)
    asked = request()
    ledger.record(asked, b"reply", b"entry", NOW_MS + 1)
    ledger.forget(NOW_MS + 2)
    assert ledger.find(asked.header.round_id, ASKER.id) == Received(asked.digest, None)


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize("statement", ["_FORGET", "_REPLIED", "_QUESTIONS_AFTER", "_FIND"])
def test_no_turn_reads_or_sorts_all_that_was_ever_asked(tmp_path: Path, statement: str) -> None:
    """Rows of lookups stay: at the end there are millions, and every question waits for a write."""
    asked: str = getattr(module, statement)
    with sql(tmp_path) as connection:
        values = [1] * asked.count("?")
        plan = connection.execute(f"EXPLAIN QUERY PLAN {asked}", values).fetchall()
    said = " ".join(step[-1] for step in plan)
    assert said.startswith("SEARCH received")
    assert "SCAN" not in said
    assert "TEMP B-TREE" not in said


def test_open_post_gives_the_oldest_first_and_no_more_than_asked(ledger: Ledger) -> None:
    for entry in (b"one", b"two", b"three"):
        ledger.record(request(Kind.POST), b"receipt", entry, NOW_MS)
    first = ledger.open_post(0, 2)
    assert [post.entry for post in first] == [b"one", b"two"]
    assert [post.entry for post in ledger.open_post(first[-1].row_id, 2)] == [b"three"]


def test_post_that_was_acted_upon_is_not_given_again(ledger: Ledger) -> None:
    asked = request(Kind.POST, sender=3)
    ledger.record(asked, b"receipt", b"entry", NOW_MS)
    (post,) = ledger.open_post(0, 10)
    assert (post.round_id, post.sender) == (asked.header.round_id, council(3).id)
    ledger.close_post([post.row_id])
    assert ledger.open_post(0, 10) == []
