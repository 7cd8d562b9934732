import re
import unicodedata
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.matching.normalise import (
    compact,
    district_of,
    exact_date,
    forename_forms,
    sector_of,
    surname_forms,
    unordered_date,
)

EITHER = pytest.mark.parametrize("forms", [forename_forms, surname_forms])


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Mary", ("MARY",)),
        ("  mary ", ("MARY",)),
        ("Mary Jane", ("MARY", "MARYJANE", "JANE")),
        ("Mary-Jane", ("MARYJANE",)),
        ("Mary - Jane", ("MARY", "MARYJANE", "JANE")),
        ("Mary Jane Anne", ("MARY", "MARYJANE", "JANE", "ANNE")),
        ("Mary J", ("MARY",)),
        ("J Mary", ("MARY",)),
        ("J", ("J",)),
        ("J. R.", ("J",)),
        ("Mohammed (Mo)", ("MOHAMMED", "MOHAMMEDMO", "MO")),
        ("Abdul Rahman", ("ABDUL", "ABDULRAHMAN", "RAHMAN")),
        ("Yusuf bin Ali", ("YUSUF", "YUSUFBIN", "ALI")),
        ("D’Arcy", ("DARCY",)),
        ("Zoë", ("ZOE",)),
        ("Łukasz", ("LUKASZ",)),
        ("Nguyễn", ("NGUYEN",)),
        ("小明", ("XIAOMING",)),
        ("", ()),
        ("123", ()),
    ],
)
def test_forename_forms(typed: str, expected: tuple[str, ...]) -> None:
    assert forename_forms(typed) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Smith", ("SMITH",)),
        ("Smith-Jones", ("SMITHJONES", "SMITH", "JONES")),
        ("Smith Jones", ("SMITHJONES", "SMITH", "JONES")),
        ("Smith–Jones", ("SMITHJONES", "SMITH", "JONES")),
        ("O'Neil", ("ONEIL",)),
        ("O`Neil", ("ONEIL",)),
        ("O Neil", ("ONEIL", "NEIL")),
        ("de la Cruz", ("DELACRUZ", "CRUZ")),
        ("Al-Hassan", ("ALHASSAN", "HASSAN")),
        ("Le", ("LE",)),
        ("Ng-Lee", ("NGLEE", "NG", "LEE")),
        ("Müller", ("MULLER",)),
        ("Weiß", ("WEISS",)),
        ("", ()),
    ],
)
def test_surname_forms(typed: str, expected: tuple[str, ...]) -> None:
    assert surname_forms(typed) == expected


@EITHER
@given(text=st.text(max_size=60))
@settings(deadline=None)
def test_forms_are_distinct_capitals(forms, text) -> None:  # type: ignore[no-untyped-def]
    found = forms(text)
    assert len(set(found)) == len(found)
    assert all(re.fullmatch("[A-Z]+", form) for form in found)


@EITHER
@given(text=st.text(max_size=60))
@settings(deadline=None)
def test_a_form_is_its_own_only_form(forms, text) -> None:  # type: ignore[no-untyped-def]
    assert all(forms(form) == (form,) for form in forms(text))


@EITHER
@given(text=st.text(max_size=60))
@settings(deadline=None)
def test_composed_and_decomposed_letters_meet(forms, text) -> None:  # type: ignore[no-untyped-def]
    composed = unicodedata.normalize("NFC", text)
    assert forms(unicodedata.normalize("NFD", text)) == forms(composed)


@EITHER
@given(text=st.text(st.characters(max_codepoint=0x24F, exclude_characters="µʼnŉ"), max_size=60))
@settings(deadline=None)
def test_case_makes_no_difference_in_latin_script(forms, text) -> None:  # type: ignore[no-untyped-def]
    assert forms(text.upper()) == forms(text)


@given(st.text(max_size=60))
@settings(deadline=None)
def test_compact_is_idempotent(text: str) -> None:
    assert compact(compact(text)) == compact(text)


def test_compact_reads_digits_of_other_scripts() -> None:
    assert compact("٩٩٩ ００0-0018") == "9990000018"


@pytest.mark.parametrize(
    ("postcode", "sector", "district"),
    [
        ("SW1A1AA", "SW1A1", "SW1A"),
        ("M11AE", "M11", "M1"),
        ("M111AE", "M111", "M11"),
        ("GIR0AA", "GIR0", "GIR"),
    ],
)
def test_postcode_parts(postcode: str, sector: str, district: str) -> None:
    assert (sector_of(postcode), district_of(postcode)) == (sector, district)


def test_swapped_day_and_month_meet_in_the_unordered_date_only() -> None:
    march, april = date(2015, 3, 4), date(2015, 4, 3)
    assert unordered_date(march) == unordered_date(april) == "20150304"
    assert exact_date(march) != exact_date(april)


@given(st.dates(), st.dates())
def test_unordered_dates_meet_only_if_swapped(one: date, other: date) -> None:
    same = one.year == other.year and {one.month, one.day} == {other.month, other.day}
    assert (unordered_date(one) == unordered_date(other)) is same
