from datetime import date
from random import Random

import pytest

from tests.bench_matching.name_groups import GROUPS
from tests.bench_matching.uk_errors import (
    Child,
    Entries,
    Strangers,
    mistyped,
    on_record,
    respelt,
    short_form,
    written_twice,
)

CHILD = Child(
    group=GROUPS[0],
    forename="ROBERT",
    second_forename="",
    known_as="",
    surname="ARKWRIGHT",
    other_surname="",
    date_of_birth=date(2015, 3, 4),
    postcodes=("AB1 2CD", "AB1 2CE"),
    mother=("KATE", "ARKWRIGHT", date(1985, 6, 7)),
)
STRANGERS = Strangers(
    forename=lambda _: "EDMUND", surname=lambda _: "DRINKWATER", new_place=lambda _: "ZE2 9ZZ"
)
PAIRS = 20_000


def pairs() -> list[tuple[Entries, Entries]]:
    rng = Random(1)
    return [written_twice(CHILD, STRANGERS, rng) for _ in range(PAIRS)]


@pytest.mark.parametrize(
    ("field", "rate", "within"),
    [
        ("forename", 0.12, 0.01),
        ("surname", 0.18, 0.01),
        ("date_of_birth", 0.002, 0.001),
        ("postcode", 0.14, 0.01),
    ],
)
def test_a_field_differs_as_often_as_is_documented(field: str, rate: float, within: float) -> None:
    differing = sum(asked[field] != held[field] for asked, held in pairs())
    assert abs(differing / PAIRS - rate) < within


def test_the_same_seed_makes_the_same_errors() -> None:
    assert pairs() == pairs()


def test_errors_fall_on_both_sides() -> None:
    right = on_record(CHILD)["surname"]
    wrong = [
        (asked["surname"] != right, held["surname"] != right)
        for asked, held in pairs()
        if asked["surname"] != held["surname"]
    ]
    assert 0.45 < sum(asked for asked, _ in wrong) / len(wrong) < 0.55
    assert (True, True) not in wrong


def test_former_postcodes_of_a_family_that_moved_are_known_to_most() -> None:
    moved = [asked for asked, _ in pairs() if asked["postcode"].startswith("ZE2")]
    assert 0.8 < sum("AB1 2CD" in asked["other_postcodes"] for asked in moved) / len(moved) < 0.9


@pytest.mark.parametrize("name", ["ROBERT", "XQ", "A", "MUHAMMAD"])
def test_a_wrong_spelling_is_a_name_still(name: str) -> None:
    rng = Random(1)
    for spelt in [f(name, rng) for f in (respelt, mistyped, short_form) for _ in range(50)]:
        assert spelt.isalpha()
        assert spelt.isupper()
