"""Rates, places and bytes, with a clock in hand."""

from hub.admission import ArrivingBytes, RoundPlaces, RoundRate
from protocol.identifiers import MemberId

ONE = MemberId("E06000001")
OTHER = MemberId("E06000002")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_twice_the_rate_is_admitted_at_once_and_no_more() -> None:
    rate = RoundRate(5.0, Clock())
    assert [rate.admit(ONE) for _ in range(12)] == [True] * 10 + [False] * 2


def test_bucket_fills_again_at_the_rate_and_not_beyond_its_most() -> None:
    clock = Clock()
    rate = RoundRate(5.0, clock)
    while rate.admit(ONE):
        pass
    clock.now += 0.5
    assert [rate.admit(ONE) for _ in range(3)] == [True, True, False]
    clock.now += 3600
    assert [rate.admit(ONE) for _ in range(11)] == [True] * 10 + [False]


def test_members_have_a_bucket_each() -> None:
    rate = RoundRate(0.5, Clock())
    assert [rate.admit(ONE), rate.admit(ONE), rate.admit(OTHER)] == [True, False, True]


def test_places_are_bounded_for_one_member_and_in_all() -> None:
    places = RoundPlaces(most=3, most_for_one=2)
    assert [places.take(ONE) for _ in range(3)] == [True, True, False]
    assert [places.take(OTHER) for _ in range(2)] == [True, False]
    places.give_back(ONE)
    assert places.take(OTHER)


def test_bytes_that_are_too_many_are_not_counted() -> None:
    arriving = ArrivingBytes(10)
    assert [arriving.take(8), arriving.take(3), arriving.take(2)] == [True, False, True]
    arriving.give_back(8)
    assert arriving.take(8)
