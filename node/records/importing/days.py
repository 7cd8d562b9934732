"""A day as exports write it into ISO form: without its time, with its month's number and century.

What is none of these forms stays as it stands, for the checks to say what to do.
"""

import re
from datetime import date, timedelta
from typing import NamedTuple

from protocol.matching.entries import LONGEST_PREGNANCY
from protocol.matching.placeholders import is_proxy_date

RECENT_YEARS = 30
"""No child, and nothing that is still answered of, is older."""

CARER_YEARS = 99

TIME = re.compile(
    r"(?:T| {1,2})(?P<clock>[0-9]{1,2}:[0-9]{2})(?:[:.][0-9]{2}(?:[.,:][0-9]+)?)?"
    r" ?(?P<half>[AP]M)?(?P<zone> ?(?:Z|[+-][0-9]{2}:?[0-9]{2}))?$",
    re.IGNORECASE,
)
_MIDNIGHT = re.compile(
    r"(?:T| {1,2})(?:0?0:00(?::00(?:[.,:]0+)?)?(?: ?AM)?|12:00(?::00(?:[.,:]0+)?)? ?AM)"
    r"(?: ?(?:Z|[+-][0-9]{2}:?[0-9]{2}))?$",
    re.IGNORECASE,
)

MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august"),
    *("september", "october", "november", "december"),
)
_MONTH_NUMBERS = {
    name: number
    for number, month in enumerate(MONTHS, start=1)
    for name in (month, month[:3], month[:4])
}
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"(?P<day>[0-9]{1,2})[ /.-](?P<month>[A-Z]{3,9})[ /.-](?P<year>[0-9]{4}|[0-9]{2})",
        r"(?P<month>[A-Z]{3,9}) {1,2}(?P<day>[0-9]{1,2}),? (?P<year>[0-9]{4})",
        r"(?P<year>[0-9]{4})([/.])(?P<month>[0-9]{1,2})\2(?P<day>[0-9]{1,2})",
        r"(?P<year>(?:19|20)[0-9]{2})(?P<month>[0-9]{2})(?P<day>[0-9]{2})",
        r"(?P<day>[0-9]{1,2})([/.])(?P<month>[0-9]{1,2})\2(?P<year>[0-9]{2})",
    )
)
"""15-03-04 is none of them: some write the year first so."""

_SERIAL = re.compile(r"([1-9][0-9]{4})(?:\.0+)?")
_EXCELS_DAY_NONE = date(1899, 12, 30)

_CENTURIES = (17, 18, 19, 20, 21, 29, 99)
"""Those of the days that stand for "no date"."""


class Span(NamedTuple):
    """The first and last day that a column most likely holds."""

    first: date
    last: date


def span_of(column: str, today: date) -> Span:
    """Return what a date column of ours most likely holds."""
    if column.startswith("carer"):
        return adult_life(today)
    if column == "due_date":
        return Span(recent(today).first, today + LONGEST_PREGNANCY)
    return recent(today)


def recent(today: date) -> Span:
    """Return the span of a child's birth, and of what has happened since."""
    return Span(_years_before(today, RECENT_YEARS), today)


def adult_life(today: date) -> Span:
    """Return the span of an adult's birth."""
    return Span(_years_before(today, CARER_YEARS), today)


def iso_day(text: str, likely: Span) -> str:
    """Return "2015-03-04" for "04-Mar-15", "Mar 4 2015 12:00AM", "20150304" and "42067".

    A number of Excel's is taken for a day of the span only. Of a year's two digits the century is
    the one that makes it a day of the span, else ours.
    """
    plain = without_midnight(text)
    for form in _FORMS:
        if found := form.fullmatch(plain):
            month = found["month"]
            number = int(month) if month.isdigit() else _MONTH_NUMBERS.get(month.lower())
            return plain if number is None else _iso(found["year"], number, found["day"], likely)
    if found := _SERIAL.fullmatch(plain):
        day = _EXCELS_DAY_NONE + timedelta(days=int(found[1]))
        return day.isoformat() if likely.first <= day <= likely.last else plain
    return plain


def without_midnight(text: str) -> str:
    """Return a date without the 00:00:00 that Excel and databases add."""
    return _MIDNIGHT.sub("", text)


def without_time(text: str) -> str:
    """Return a date without the time of day."""
    return TIME.sub("", text)


def _iso(year: str, month: int, day: str, likely: Span) -> str:
    if len(year) == 2:
        year = f"{_century(int(year), month, int(day), likely)}{year}"
    return f"{year}-{month:02}-{int(day):02}"


def _century(year: int, month: int, day: int, likely: Span) -> int:
    try:
        days = {century: date(century * 100 + year, month, day) for century in _CENTURIES}
    except ValueError:
        return 20
    for century, no_date in days.items():
        # 31-DEC-99 is the "never" of databases, and would be a day on which much has ended.
        if is_proxy_date(no_date):
            return century
    is_older = days[20] > likely.last and days[19] >= likely.first
    return 19 if is_older else 20


def _years_before(today: date, years: int) -> date:
    return date(today.year - years, today.month, 1)
