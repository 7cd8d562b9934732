"""What people and systems type where they know nothing: it counts as missing (spec 10 §3)."""

import re
from datetime import date

from protocol.matching.normalise import compact, fold, words

_UNKNOWN = re.compile(
    "ANON|ANONYMOUS|NFA|NK|NO(FIRST|FORE|SUR)?NAMES?|NOFIXED(ABODE|ADDRESS)|NONE|"
    "NOT(YET)?(APPLICABLE|AVAILABLE|DISCLOSED|GIVEN|KNOWN|NAMED|PROVIDED|RECORDED|SPECIFIED|STATED|"
    "SUPPLIED)|NULL|REFUSED|TB[ACD]|TOBE(ADVISED|CONFIRMED)|UNKNOWN|UNNAMED|WITHHELD|X{2,}"
)
"""Whole entries, only letters and digits left."""

_ABBREVIATION = re.compile(r"N(/A|/K|\.A\.|\.K\.)")
"""Only with their punctuation: Na is a name."""

_NOT_YET_NAMED = re.compile(
    "BABY(BOY|GIRL)?|FO?ETUS|INFANT|NEWBORN|TRIPLET|TWIN|UNBORN|UNKNOWN|UNNAMED"
)
"""First words, so that "Twin 1", "Baby Smith" and "Infant of" are caught."""

_SEX_OR_AGE = re.compile("BOY|CHILD|FEMALE|GIRL|MALE")
"""First words of a forename only: Boy and Child are surnames too."""

_PROXY_DATES = frozenset(
    (
        date(1, 1, 1),
        date(1753, 1, 1),
        date(1800, 1, 1),
        date(1899, 12, 30),
        date(1899, 12, 31),
        date(1900, 1, 1),
        date(1901, 1, 1),
        date(1970, 1, 1),
        date(2099, 12, 31),
        date(2100, 1, 1),
        date(2999, 12, 31),
        date(9999, 12, 31),
    )
)
"""Zero and "never" in the calendars of databases. 1 January of a likely year is none: it is the
recorded birthday of many children who came without papers."""


def is_placeholder(text: str) -> bool:
    """Return whether an entry of any field says that nothing is known, or nothing at all."""
    if not any(character.isalnum() for character in text):
        return True
    return bool(_UNKNOWN.fullmatch(compact(text)) or _ABBREVIATION.fullmatch(fold(text).strip()))


def is_placeholder_forename(text: str) -> bool:
    """Return whether the entry stands for a child without a forename, such as "Baby Smith"."""
    return is_placeholder_surname(text) or bool(_SEX_OR_AGE.fullmatch(_first_word(text)))


def is_placeholder_surname(text: str) -> bool:
    """Return whether the entry stands for a child without a surname, such as "Twin 1"."""
    return is_placeholder(text) or bool(_NOT_YET_NAMED.fullmatch(_first_word(text)))


def is_placeholder_number(digits: str) -> bool:
    """Return whether a number or date is one digit over and over.

    Check digits do not catch it: 1111111111 is a valid NHS number, A000000000000 a valid UPN.
    """
    return len(digits) >= 8 and digits.isdigit() and len(set(digits)) == 1


def is_proxy_date(day: date) -> bool:
    """Return whether a date stands for "no date" in some system."""
    return day in _PROXY_DATES


def _first_word(text: str) -> str:
    return next(iter(words(text)), "")
