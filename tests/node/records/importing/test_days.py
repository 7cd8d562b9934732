from datetime import date

import pytest

from node.records.importing.days import adult_life, iso_day, recent, span_of, without_time
from protocol.matching.placeholders import is_proxy_date
from tests.node.records.importing.files import TODAY

BORN = span_of("date_of_birth", TODAY)


@pytest.mark.parametrize(
    "text",
    [
        *("04-Mar-2015", "4 March 2015", "4.mar.2015", "04/MAR/2015", "04-Mar-15", "4 March 15"),
        *("Mar 4 2015 12:00AM", "Mar  4 2015 12:00:00:000AM", "March 4, 2015", "MAR 04 2015"),
        *("2015/03/04", "2015/3/4", "2015.03.04", "20150304", "20150304 00:00:00"),
        *("04/03/15", "4.3.15", "42067", "42067.0"),
    ],
)
def test_reads_the_forms_of_exports(text: str) -> None:
    assert iso_day(text, BORN) == "2015-03-04"


@pytest.mark.parametrize("day", ["2015-03-04", "04/03/2015"])
@pytest.mark.parametrize(
    "midnight",
    [
        *(" 0:00", " 00:00", " 0:00:00", " 00:00:00", "  00:00:00.000", "T00:00:00", "T00:00Z"),
        *(" 12:00:00 AM", " 12:00AM", " 12:00 am", "T00:00:00.000Z", "T00:00:00+01:00"),
        *(" 00:00:00.0000000 +00:00", " 00:00:00,000"),
    ],
)
def test_midnight_falls_away(day: str, midnight: str) -> None:
    assert iso_day(f"{day}{midnight}", BORN) == day


@pytest.mark.parametrize(
    "text",
    [
        *("04/03/2015", "2015-03-04", "4-3-2015", "03.04.2015", "", "soon", "04-Foo-2015"),
        *("2015-03-04 14:35", "2015-03-04 12:00:00", "04/03/2015 12:00 PM", "2015/03.04"),
        *("15-03-04", "04-03-15", "4067", "142067", "042067", "42067.5", "99999999", "04032015"),
    ],
)
def test_leaves_what_the_checks_read_or_refuse(text: str) -> None:
    assert iso_day(text, BORN) == text


@pytest.mark.parametrize(
    ("text", "told"),
    [("31-Feb-2015", "2015-02-31"), ("20151304", "2015-13-04"), ("30/02/15", "2015-02-30")],
)
def test_leaves_no_such_day_to_the_checks(text: str, told: str) -> None:
    assert iso_day(text, BORN) == told


@pytest.mark.parametrize(
    ("column", "text", "day"),
    [
        ("date_of_birth", "15/06/25", "2025-06-15"),
        ("date_of_birth", "16/06/25", "2025-06-16"),
        ("date_of_birth", "16/06/97", "1997-06-16"),
        ("date_of_birth", "16/06/90", "2090-06-16"),
        ("carer_date_of_birth", "16/06/90", "1990-06-16"),
        ("carer_2_date_of_birth", "29-Feb-56", "1956-02-29"),
        ("due_date", "16/09/25", "2025-09-16"),
        ("last_updated", "16/06/25", "2025-06-16"),
        ("closed_on", "16-Jun-97", "1997-06-16"),
    ],
)
def test_the_century_is_the_one_that_makes_a_likely_day(column: str, text: str, day: str) -> None:
    """One that makes none is ours: then the checks say that it is in the future."""
    assert iso_day(text, span_of(column, TODAY)) == day


@pytest.mark.parametrize(
    "text", ["31-DEC-99", "30/12/99", "01/01/00", "01-Jan-70", "01/01/01", "01-JAN-53"]
)
def test_the_no_dates_of_databases_stay_none_with_two_digits(text: str) -> None:
    """A case that never ended has not ended in 1999."""
    assert is_proxy_date(date.fromisoformat(iso_day(text, span_of("closed_on", TODAY))))


@pytest.mark.parametrize(
    ("column", "number", "day"),
    [
        ("date_of_birth", "45823", "2025-06-15"),
        ("date_of_birth", "45824", ""),
        ("date_of_birth", "31225", ""),
        ("carer_date_of_birth", "31225", "1985-06-27"),
        ("due_date", "45900", "2025-08-31"),
        ("last_updated", "45900", ""),
        ("last_updated", "45810", "2025-06-02"),
        ("closed_on", "12345", ""),
    ],
)
def test_a_number_of_excels_is_a_day_where_that_is_likely(
    column: str, number: str, day: str
) -> None:
    assert iso_day(number, span_of(column, TODAY)) == (day or number)


def test_spans_end_today_and_begin_as_long_ago_as_somebody_may_be_born() -> None:
    assert recent(date(2024, 2, 29)) == (date(1994, 2, 1), date(2024, 2, 29))
    assert adult_life(date(2024, 2, 29)).first == date(1925, 2, 1)


@pytest.mark.parametrize(
    "time", [" 14:35", "T14:35:10Z", " 2:35 PM", " 14:35:10.123", "T14:35:10+01:00", "  9:00AM"]
)
def test_any_time_of_day_can_be_left_away(time: str) -> None:
    assert without_time(f"2025-06-01{time}") == "2025-06-01"
