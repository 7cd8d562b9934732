"""What the form says a missing field costs is what the match keys give."""

from datetime import date

import pytest

from protocol.matching.confidence import Tier, strongest_key, tier_of
from protocol.matching.identity import parse_identity
from protocol.matching.keys import question_keys, record_keys
from tests.node.web.visiting import Town, Visitor

TODAY = date(2026, 6, 1)
FOUR = {
    "surname": "Quillfeather",
    "forename": "Isolde",
    "date_of_birth": "27/03/2015",
    "postcode": "QX1 2AB",
}
NUMBER = {"nhs_number": "9990000107"}
HELD = record_keys(parse_identity(FOUR | NUMBER, TODAY))


def tier(typed: dict[str, str]) -> Tier:
    """Return how surely a record with everything is found by this."""
    strings = {key.oprf_input for key in question_keys(parse_identity(typed, TODAY), False)}
    found = strongest_key({key.id for key in HELD if key.oprf_input in strings})
    assert found is not None
    return tier_of(found)


def without(name: str) -> dict[str, str]:
    return {each: text for each, text in FOUR.items() if each != name}


def test_with_all_four_one_is_told_whom_to_ring(town: Town, pat: Visitor) -> None:
    del town
    assert "With all four you are told whom to ring" in pat.get("/ask").text
    assert tier(FOUR) <= Tier.STRONG


@pytest.mark.parametrize("name", ["surname", "postcode"])
def test_without_surname_or_postcode_it_is_a_duty_line(name: str) -> None:
    assert tier(without(name)) is Tier.PROBABLE


@pytest.mark.parametrize("name", ["forename", "date_of_birth"])
def test_without_forename_or_date_of_birth_somebody_looks_first(name: str) -> None:
    assert tier(without(name)) is Tier.POSSIBLE


def test_a_number_with_the_date_of_birth_is_as_good_as_all_four() -> None:
    assert tier(NUMBER | {"date_of_birth": FOUR["date_of_birth"]}) <= tier(FOUR)


def test_by_a_number_alone_somebody_looks_first() -> None:
    assert tier(NUMBER) is Tier.POSSIBLE
