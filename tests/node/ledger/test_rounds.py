"""Which rounds the store is asked about."""

from node.ledger.rounds import REMEMBERED_MS, Round, SeenRounds
from protocol.identifiers import RoundId
from tests.node.small_federation import NOW_MS, council


def round_of(number: int) -> Round:
    return RoundId(bytes([number]) * 16), council(1).id


def test_what_was_added_is_seen_and_nothing_else() -> None:
    seen = SeenRounds(list)
    assert round_of(1) not in seen
    seen.add(round_of(1), NOW_MS)
    assert round_of(1) in seen
    assert (round_of(1)[0], council(2).id) not in seen


def test_rows_of_before_are_read_once_and_only_when_they_are_asked_about() -> None:
    loads = 0

    def load() -> list[Round]:
        nonlocal loads
        loads += 1
        return [round_of(7)]

    seen = SeenRounds(load)
    seen.add(round_of(1), NOW_MS)
    assert loads == 0
    assert round_of(1) in seen
    for _ in range(2):
        assert round_of(7) in seen
        assert round_of(8) not in seen
        seen.add(round_of(2), NOW_MS)
    assert loads == 1


def test_a_round_is_remembered_as_long_as_its_reply_and_let_go_in_the_end() -> None:
    seen = SeenRounds(list)
    assert round_of(1) not in seen
    seen.add(round_of(1), NOW_MS)
    seen.add(round_of(2), NOW_MS + REMEMBERED_MS)
    seen.add(round_of(3), NOW_MS + 2 * REMEMBERED_MS)
    assert round_of(1) not in seen or round_of(2) in seen
    assert round_of(2) in seen
    seen.add(round_of(4), NOW_MS + 4 * REMEMBERED_MS)
    seen.add(round_of(5), NOW_MS + 6 * REMEMBERED_MS)
    assert [round_of(number) in seen for number in range(1, 6)] == [False, False, False, True, True]


def test_a_clock_that_was_set_back_loses_nothing() -> None:
    seen = SeenRounds(list)
    assert round_of(1) not in seen
    seen.add(round_of(1), NOW_MS)
    seen.add(round_of(2), NOW_MS - REMEMBERED_MS)
    assert round_of(1) in seen
    assert round_of(2) in seen
