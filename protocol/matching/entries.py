"""One typed entry into one value: None or nothing where it is a placeholder (spec 10 §2, §3).

Every function takes the field's name for the error, whose reason says what to do and never what
was typed.
"""

import re
from datetime import date, timedelta

from nhs_number.validate import is_valid as is_nhs_number

from protocol.errors import IdentityError
from protocol.matching.normalise import compact, fold, forename_forms, surname_forms
from protocol.matching.placeholders import (
    is_placeholder,
    is_placeholder_forename,
    is_placeholder_number,
    is_placeholder_surname,
    is_proxy_date,
)
from protocol.matching.upn import is_upn

AGE_LIMIT_YEARS = 26
"""Nobody older can be held: care leavers and special needs end with the 25th birthday, and a case
of theirs that was closed is answered no longer than that."""

CARER_AGES = (10, 110)
"""Youngest and oldest, by calendar years."""

LONGEST_PREGNANCY = timedelta(days=310)
FIRST_YEAR = timedelta(days=366)
"""How long after its day a child is found through its mother like an unborn one."""

_POSTCODE = re.compile(r"(?:GIR0|[A-Z]{1,2}[0-9][A-Z0-9]?[0-9])[ABD-HJLNP-UW-Z]{2}")
_NO_UPN = re.compile(r"UN([0-9]|10)")
"""The codes for "none, because" of the return on looked-after children (SSDA903)."""
_NO_PLACE = re.compile(r"ZZ99.*|BFPO[0-9]*")
_YEAR_FIRST = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_DAY_FIRST = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4})")


def parse_forename(field: str, text: str) -> tuple[str, ...]:
    """Return the forms of a forename.

    Raises:
        IdentityError: there is no letter in it.
    """
    if is_placeholder_forename(text):
        return ()
    forms = _some(field, forename_forms(text))
    return tuple(form for form in forms if not is_placeholder_forename(form))


def parse_surname(field: str, text: str) -> tuple[str, ...]:
    """Return the forms of a surname.

    Raises:
        IdentityError: there is no letter in it.
    """
    if is_placeholder_surname(text):
        return ()
    forms = _some(field, surname_forms(text))
    return tuple(form for form in forms if not is_placeholder_surname(form))


def parse_date_of_birth(field: str, text: str, today: date) -> date | None:
    """Return the date of "2015-03-04" or, day first, "04/03/2015" ("4.3.2015", "4-3-2015").

    Raises:
        IdentityError: another form, no such day, in the future, or too long ago.
    """
    if is_placeholder(text) or is_placeholder_number(compact(text)):
        return None
    day = parse_calendar_day(field, text)
    if is_proxy_date(day):
        return None
    if day > today:
        raise IdentityError(
            field, "is in the future: check it, and leave it empty for an unborn child"
        )
    oldest = (today.year - AGE_LIMIT_YEARS, today.month, today.day)
    if (day.year, day.month, day.day) < oldest:
        raise IdentityError(
            field, f"is more than {AGE_LIMIT_YEARS} years ago: check the year, adults are not held"
        )
    return day


def parse_postcode(field: str, text: str) -> str | None:
    """Return a full UK postcode without its space.

    "ZZ99..." (no fixed abode, abroad) and a bare BFPO number are no place that two children of one
    name would share by living there, so they count as missing.

    Raises:
        IdentityError: not a full postcode.
    """
    postcode = compact(text)
    if is_placeholder(text) or _NO_PLACE.fullmatch(postcode):
        return None
    if not _POSTCODE.fullmatch(postcode):
        raise IdentityError(field, 'give a full postcode such as "SW1A 1AA", or leave it empty')
    return postcode


def parse_nhs_number(field: str, text: str) -> str | None:
    """Return the ten digits of an NHS number (CHI and H&C numbers too), typed with any spaces.

    Raises:
        IdentityError: not ten digits, or the check digit does not fit.
    """
    number = compact(text)
    if is_placeholder(text) or is_placeholder_number(number):
        return None
    if not (len(number) == 10 and number.isdigit()):
        raise IdentityError(field, "give all ten digits, or leave it empty")
    if not is_nhs_number(number):
        raise IdentityError(field, "check the digits: the last one does not fit the others")
    return number


def parse_upn(field: str, text: str) -> str | None:
    """Return the 13 characters of a permanent or temporary UPN.

    Raises:
        IdentityError: another form, or the check letter does not fit.
    """
    number = compact(text)
    if is_placeholder(text) or is_placeholder_number(number[1:]) or _NO_UPN.fullmatch(number):
        return None
    if not is_upn(number):
        raise IdentityError(
            field, "check all 13 characters: the first letter does not fit the others"
        )
    return number


def parse_carer_date_of_birth(field: str, text: str, today: date) -> date | None:
    """Return an adult's date of birth.

    Raises:
        IdentityError: another form, no such day, or nobody of that age cares for a child.
    """
    if is_placeholder(text) or is_placeholder_number(compact(text)):
        return None
    day = parse_calendar_day(field, text)
    if is_proxy_date(day):
        return None
    if not CARER_AGES[0] <= today.year - day.year <= CARER_AGES[1]:
        raise IdentityError(field, "is no date of birth of an adult: check the year")
    return day


def parse_due_date(field: str, text: str, today: date) -> date | None:
    """Return when an unborn child is due; None where that is over a year ago.

    Raises:
        IdentityError: another form, no such day, or further ahead than a pregnancy lasts.
    """
    if is_placeholder(text) or is_placeholder_number(compact(text)):
        return None
    day = parse_calendar_day(field, text)
    if is_proxy_date(day):
        return None
    if day - today > LONGEST_PREGNANCY:
        raise IdentityError(field, "is more than ten months ahead: check it")
    return day if today - day <= FIRST_YEAR else None


def parse_house(field: str, text: str) -> str | None:
    """Return a house's number or name, letters and digits only: "Flat 2, 14b" is FLAT214B.

    Raises:
        IdentityError: nothing in it that can be written in letters and digits.
    """
    if is_placeholder(text):
        return None
    house = compact(text)
    if not house:
        raise IdentityError(field, "write it in letters and digits, or leave it empty")
    return house


def parse_uprn(field: str, text: str) -> str | None:
    """Return a unique property reference number without leading zeros.

    Raises:
        IdentityError: not one to twelve digits.
    """
    number = compact(text).lstrip("0")
    if is_placeholder(text) or not number or is_placeholder_number(number):
        return None
    if not (number.isdigit() and len(number) <= 12):
        raise IdentityError(field, "give up to twelve digits, or leave it empty")
    return number


def parse_calendar_day(field: str, text: str) -> date:
    """Return the day of "2015-03-04" or, day first, "04/03/2015" ("4.3.2015", "4-3-2015").

    Raises:
        IdentityError: another form, or no such day.
    """
    folded = fold(text).strip()
    if found := _YEAR_FIRST.fullmatch(folded):
        year, month, day = found.group(1, 2, 3)
    elif found := _DAY_FIRST.fullmatch(folded):
        day, month, year = found.group(1, 3, 4)
    else:
        raise IdentityError(field, "write it as 04/03/2015 (day first) or 2015-03-04")
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise IdentityError(field, "there is no such day: check day, month and year") from None


def _some(field: str, forms: tuple[str, ...]) -> tuple[str, ...]:
    if not forms:
        raise IdentityError(field, "write the name in letters, or leave it empty")
    return forms
