from datetime import date

import pytest

from protocol.matching.placeholders import (
    is_placeholder,
    is_placeholder_forename,
    is_placeholder_number,
    is_placeholder_surname,
    is_proxy_date,
)

UNKNOWN = ["unknown", "Not Known", "NOT-KNOWN", "n/k", "N/A", "nk", "TBC", "xxx", "-", "?", "..."]
UNNAMED = [
    "baby",
    "Baby Smith",
    "BABY BOY",
    "unborn",
    "Unborn child",
    "twin 1",
    "Twin2",
    "Infant of",
]


@pytest.mark.parametrize("text", UNKNOWN)
def test_unknown_is_missing_in_any_field(text: str) -> None:
    assert is_placeholder(text)
    assert is_placeholder_forename(text)
    assert is_placeholder_surname(text)


@pytest.mark.parametrize("text", UNNAMED)
def test_a_child_not_yet_named_has_no_name(text: str) -> None:
    assert is_placeholder_forename(text)
    assert is_placeholder_surname(text)


@pytest.mark.parametrize("text", ["Boy", "Girl Smith", "Female infant", "Child of"])
def test_sex_or_age_is_no_forename(text: str) -> None:
    assert is_placeholder_forename(text)


@pytest.mark.parametrize(
    "text", ["Na", "Nan", "Nil", "Bo", "Boyd", "Babyak", "Twinkle", "Childs", "Noname-Smith", "X"]
)
def test_names_that_look_like_placeholders_stay(text: str) -> None:
    assert not is_placeholder_forename(text)
    assert not is_placeholder_surname(text)


@pytest.mark.parametrize("text", ["Boy", "Child", "Child-Smith"])
def test_boy_and_child_are_surnames(text: str) -> None:
    assert not is_placeholder_surname(text)


@pytest.mark.parametrize("digits", ["0000000000", "1111111111", "9999999999", "00000000"])
def test_one_digit_over_and_over_is_no_number(digits: str) -> None:
    assert is_placeholder_number(digits)


@pytest.mark.parametrize("digits", ["", "0", "9990000018", "AAAAAAAAAA"])
def test_numbers_and_what_is_wrong_are_no_placeholder(digits: str) -> None:
    assert not is_placeholder_number(digits)


def test_zero_of_calendars_is_no_date() -> None:
    assert is_proxy_date(date(1900, 1, 1))
    assert is_proxy_date(date(1970, 1, 1))


def test_new_year_of_a_likely_year_is_a_birthday() -> None:
    assert not is_proxy_date(date(2008, 1, 1))
