import pytest

from node.records.importing.cells import CellError
from node.records.importing.cleaning import clean
from node.records.importing.columns import COLUMNS, DAYS, NUMBERS

ERRORS = ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "########")


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("error", ERRORS)
def test_refuses_errors_of_formulas_in_every_column(column: str, error: str) -> None:
    with pytest.raises(CellError, match="error of a formula"):
        clean(column, error)


@pytest.mark.parametrize("column", COLUMNS)
def test_leaves_plain_text_as_it_is(column: str) -> None:
    for text in ("", "x", "Anne-Marie", "12", "0123", "#4 High Street", "1.5", "E10"):
        assert clean(column, text) == text


@pytest.mark.parametrize("apostrophe", ["'", "’"])
def test_removes_the_apostrophe_that_keeps_text_from_being_a_number(apostrophe: str) -> None:
    assert clean("case_reference", f"{apostrophe}00123") == "00123"
    assert clean("date_of_birth", f"{apostrophe}04/03/2015") == "04/03/2015"
    assert clean("surname", "O'Neil") == "O'Neil"


@pytest.mark.parametrize("column", NUMBERS)
@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("9990000018.0", "9990000018"),
        ("12345.00", "12345"),
        ("9.990000018E+09", "9990000018"),
        ("9.990000018e+9", "9990000018"),
    ],
)
def test_gives_numbers_their_digits_back(column: str, text: str, digits: str) -> None:
    assert clean(column, text) == digits


@pytest.mark.parametrize("column", NUMBERS)
@pytest.mark.parametrize("text", ["9.99E+09", "1E+5", "1.23457E+17"])
def test_refuses_numbers_that_were_rounded(column: str, text: str) -> None:
    with pytest.raises(CellError, match="rounded"):
        clean(column, text)


@pytest.mark.parametrize("text", ["12.5", "12E5", "1.0.0", "A1E+05", "1,5E+5"])
def test_leaves_references_that_only_look_like_numbers(text: str) -> None:
    assert clean("case_reference", text) == text


@pytest.mark.parametrize(
    "text", ["12-Jan", "1-DEC", "Jan-25", "12/01/2025", "2025-01-12", "2025-01-12 00:00:00"]
)
@pytest.mark.parametrize("column", ["case_reference", "house"])
def test_refuses_a_number_that_a_spreadsheet_made_a_date(column: str, text: str) -> None:
    with pytest.raises(CellError, match="made a date"):
        clean(column, text)
    assert clean("covers", text) == text


@pytest.mark.parametrize("text", ["12-1", "12-ABC", "CIN-25", "MAR-2025", "12/2025", "2025/01/1"])
def test_leaves_references_that_only_look_like_dates(text: str) -> None:
    assert clean("case_reference", text) == clean("house", text) == text


@pytest.mark.parametrize("column", DAYS)
@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2015-03-04 00:00:00", "2015-03-04"),
        ("2015-03-04T00:00:00.000Z", "2015-03-04"),
        ("04/03/2015 0:00", "04/03/2015"),
        ("04/03/2015", "04/03/2015"),
        ("04-Mar-15", "04-Mar-15"),
        ("42067", "42067"),
    ],
)
def test_a_day_loses_its_midnight_and_is_read_with_its_row(
    column: str, text: str, day: str
) -> None:
    assert clean(column, text) == day


@pytest.mark.parametrize(
    "text",
    [
        "2015-03-04 14:35",
        "2015-03-04T14:35:10Z",
        "04/03/2015 2:35 PM",
        "04/03/2015 14:35:10.123",
    ],
)
def test_the_time_of_day_matters_for_a_day_of_birth_alone(text: str) -> None:
    assert clean("last_updated", text) in {"2015-03-04", "04/03/2015"}
    assert clean("closed_on", text) in {"2015-03-04", "04/03/2015"}
    assert clean("date_of_birth", text) == text
    assert clean("carer_2_date_of_birth", text) == text


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("03/04/2015", "04/03/2015"),
        ("3.4.2015", "4/3/2015"),
        ("12-31-2015", "31/12/2015"),
        ("31/12/2015", "12/31/2015"),
        ("03/04/15 0:00", "04/03/15"),
        ("12-31-15", "31/12/15"),
        ("2015-03-04", "2015-03-04"),
        ("04-Mar-2015", "04-Mar-2015"),
    ],
)
def test_reads_month_first_where_the_map_says_so(text: str, day: str) -> None:
    assert clean("date_of_birth", text, "month_first") == day
