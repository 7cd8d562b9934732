from datetime import date

import pytest

from node.records.importing.cells import CellError, parse_case_reference
from node.records.importing.days import recent
from node.records.importing.sources.cleaning import (
    clean,
    clean_day,
    clean_id,
    clean_postcode,
    clean_upn,
    is_yes,
    parse_day,
)
from tests.node.records.importing.files import TODAY


@pytest.mark.parametrize("text", ["", "  ", "NULL", "null", "(null)", "N/A", "NaN", "SSD_PH"])
def test_a_database_s_word_for_nothing_is_nothing(text: str) -> None:
    assert clean(text) == clean_id(text) == clean_upn(text) == clean_day(text) == ""


def test_what_a_formula_keeps_as_text_is_text() -> None:
    assert clean('="0012"') == clean_id('="0012"') == "0012"


@pytest.mark.parametrize("text", ["None", "NA", "nan", "Blank"])
def test_a_word_for_nothing_that_is_a_name_is_nothing_elsewhere(text: str) -> None:
    assert clean(text) == text
    assert clean_id(text) == clean_upn(text) == clean_day(text) == clean_postcode(text) == ""


@pytest.mark.parametrize("name", ["Null", "Nan", "None-Smith", "O’Neill"])
def test_a_name_is_kept(name: str) -> None:
    assert clean(f" {name} ") == name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(("123", "123"), ("123.0", "123"), ("123.00", "123"), ("A-7.0", "A-7.0")),
        *(("0012", "0012"), ("-1", ""), ("-1.0", ""), ("0", "")),
    ],
)
def test_an_id_is_the_same_in_a_column_of_numbers(text: str, expected: str) -> None:
    assert clean_id(text) == expected


@pytest.mark.parametrize("text", ["1.23457E+11", "1E+05", "9.4e10"])
def test_an_id_that_a_spreadsheet_has_shortened_is_refused(text: str) -> None:
    with pytest.raises(CellError, match="shortened"):
        clean_id(text)


@pytest.mark.parametrize("number", range(1, 11))
def test_the_codes_for_no_upn_are_nothing(number: int) -> None:
    assert clean_upn(f"UN{number}") == clean_upn(f"un{number}") == ""


def test_a_upn_is_kept() -> None:
    assert clean_upn(" H801200001001 ") == "H801200001001"


@pytest.mark.parametrize("text", ["CON", "con", "XXXX XXX", "nopostcode", "No Postcode"])
def test_no_postcode_and_a_confidential_one_are_nothing(text: str) -> None:
    assert clean_postcode(text) == ""


def test_a_postcode_is_kept() -> None:
    assert clean_postcode("LS1 1AA") == "LS1 1AA"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2015-03-04", date(2015, 3, 4)),
        ("2015-03-04 00:00:00.000", date(2015, 3, 4)),
        ("2015-03-04T09:15:30,123", date(2015, 3, 4)),
        ("2015-03-04T00:00:00Z", date(2015, 3, 4)),
        ("04/03/2015 12:00:00 AM", date(2015, 3, 4)),
        ("04/03/2015 23:00", date(2015, 3, 4)),
        ("2015-06-30T23:00:00Z", date(2015, 7, 1)),
        ("2015-06-30 23:00:00.000+00:00", date(2015, 7, 1)),
        ("2015-03-04T00:00:00.000+01:00", date(2015, 3, 4)),
        ("2015-06-30T23:00:00+01:00", date(2015, 6, 30)),
        ("04-MAR-2015", date(2015, 3, 4)),
        ("04-MAR-15", date(2015, 3, 4)),
        ("Mar  4 2015 12:00AM", date(2015, 3, 4)),
        ("20150304", date(2015, 3, 4)),
        ("42067.0", date(2015, 3, 4)),
        ("31-DEC-99", None),
        ("1900-01-01 00:00:00.000", None),
        ("NULL", None),
    ],
)
def test_a_day_is_read_without_its_time(text: str, expected: date | None) -> None:
    assert parse_day(text, recent(TODAY)) == expected


@pytest.mark.parametrize("text", ["9999-12-31T23:00:00Z", "soonT23:00Z"])
def test_a_midnight_of_no_day_is_left_to_the_checks(text: str) -> None:
    assert clean_day(text) == text.partition("T")[0]


def test_what_is_no_day_says_what_to_do() -> None:
    with pytest.raises(CellError, match="write it as"):
        parse_day("20th of May", recent(TODAY))


@pytest.mark.parametrize("text", ["Y", "yes", "T", "true", "1", "1.0"])
def test_a_flag_is_set_however_it_is_written(text: str) -> None:
    assert is_yes(text)


@pytest.mark.parametrize("text", ["", "N", "0", "false", "NULL"])
def test_a_flag_is_not_set_by_anything_else(text: str) -> None:
    assert not is_yes(text)


def test_an_id_is_that_of_the_case_reference_which_is_read_of_it() -> None:
    """What is said of a row by its id, as that it is over, is said of the same row."""
    typed = "A\u00a012"
    assert clean_id(typed) == parse_case_reference(typed) == "A 12"
