"""What systems write into a cell that says nothing, or says it in another form (spec 80 §6)."""

import re
from datetime import date, timedelta

from node.records.importing.cells import NO_BREAK_SPACE, CellError, unwrapped
from node.records.importing.days import TIME, Span, iso_day
from node.records.importing.nothing import is_no_name, is_nothing
from protocol.errors import IdentityError
from protocol.matching.entries import parse_calendar_day
from protocol.matching.normalise import compact
from protocol.matching.placeholders import is_placeholder, is_proxy_date

_NO_ID = frozenset({"-1", "0"})
_WHOLE = re.compile(r"(-?[0-9]+)\.0+")
_SHORTENED = re.compile(r"-?[0-9](\.[0-9]+)?[Ee]\+?[0-9]+")
_NO_UPN = re.compile(r"UN(10|[0-9])")
_NO_POSTCODE = re.compile(r"CON|NOPOSTCODE|X+")
"""CON stands for an address that is confidential."""

_MIDNIGHT_OF_SUMMER = "23:00"
_UTC = frozenset({"Z", "+00:00", "+0000", "-00:00", "-0000"})

_YES = frozenset({"y", "yes", "t", "true", "1"})


def clean(text: str) -> str:
    """Return a cell's text, which may be a name; nothing for a database's word for nothing."""
    plain = unwrapped(text.strip())
    return "" if is_no_name(plain) else plain


def clean_id(text: str) -> str:
    """Return an identifier: "123" for the "123.0" of a column that was taken for numbers.

    Raises:
        CellError: a spreadsheet has shortened it, so that it may be another's.
    """
    # As a case reference is read: what is said of a row by its id is said of the same row.
    plain = _clean_value(text.replace(NO_BREAK_SPACE, " "))
    if _SHORTENED.fullmatch(plain):
        raise CellError("is shortened as 1.2E+10: export it as text, so that every digit is there")
    whole = _WHOLE.fullmatch(plain)
    number = whole.group(1) if whole else plain
    return "" if number in _NO_ID else number


def clean_upn(text: str) -> str:
    """Return a UPN, nothing for the codes UN1 to UN10 of why there is none."""
    plain = clean_whole(text)
    return "" if _NO_UPN.fullmatch(plain.upper()) else plain


def clean_postcode(text: str) -> str:
    """Return a postcode, nothing for what stands for none or for one that is confidential."""
    plain = _clean_value(text)
    return "" if _NO_POSTCODE.fullmatch(compact(plain)) else plain


def clean_whole(text: str) -> str:
    """Return a number's text without the ".0" of a column that was taken for numbers."""
    plain = _clean_value(text)
    whole = _WHOLE.fullmatch(plain)
    return whole.group(1) if whole else plain


def clean_day(text: str) -> str:
    """Return a date without its time, as typed where there is none.

    The midnight that begins a day of British Summer Time is 23:00 of the day before, in UTC: that
    is the day after the one that is written.
    """
    plain = _clean_value(text)
    time = TIME.search(plain)
    if time is None:
        return plain
    day = plain[: time.start()]
    if time["clock"] != _MIDNIGHT_OF_SUMMER or (time["zone"] or "").strip().upper() not in _UTC:
        return day
    try:
        return (parse_calendar_day("date", day) + timedelta(days=1)).isoformat()
    except (IdentityError, OverflowError):
        return day


def parse_day(text: str, likely: Span) -> date | None:
    """Return a day; None where it is empty or a database's "no date".

    Raises:
        CellError: no date.
    """
    plain = clean_day(text)
    if is_placeholder(plain):
        return None
    try:
        day = parse_calendar_day("date", iso_day(plain, likely))
    except IdentityError as problem:
        raise CellError(problem.reason) from None
    return None if is_proxy_date(day) else day


def is_yes(text: str) -> bool:
    """Return whether a flag is set, however a database writes it."""
    return clean_whole(text).lower() in _YES


def _clean_value(text: str) -> str:
    """Return the text of what is no name."""
    plain = unwrapped(text.strip())
    return "" if is_nothing(plain) else plain
