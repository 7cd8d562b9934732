"""Folding what people type into the letters and digits that two councils compare (spec 10 §2, §4).

Any change in an output here breaks every index: raise `MATCHING_VERSION` and the vectors with it.
"""

import re
import unicodedata
from datetime import date

from anyascii import anyascii

_QUOTES = re.compile(r"['`\"]")
_HYPHENS = re.compile(r"-+")
_WORD = re.compile(r"[A-Z]+")
_NOT_ALPHANUMERIC = re.compile(r"[^A-Z0-9]")

_PARTICLE = re.compile(
    "AB|ABD|ABDEL|ABDUL|ABU|AL|AP|AR|AS|BEN|BIN|BINT|BINTE|BINTI|DA|DAS|DE|DEL|DELLA|DEN|DER|DES|"
    "DI|DO|DOS|DU|EL|IBN|LA|LE|LO|MAC|MC|NI|NIC|SAN|SANTA|ST|TE|TEN|TER|UD|UL|UR|VAN|VON"
)
"""Words that open a name and are none alone: as a further name they would join strangers."""


def fold(text: str) -> str:
    """Return ASCII capitals, one spelling for each way to type a letter; punctuation stays.

    NFC comes first, because anyascii reads a letter and its combining accent one by one.
    """
    return anyascii(unicodedata.normalize("NFC", text)).upper()


def compact(text: str) -> str:
    """Return the letters A-Z and digits of `text` and nothing else: "sw1a 1aa" is "SW1A1AA"."""
    return _NOT_ALPHANUMERIC.sub("", fold(text))


def words(text: str) -> list[str]:
    """Return the runs of letters; an apostrophe joins, all else that is no letter parts."""
    return _WORD.findall(_QUOTES.sub("", fold(text)))


def forename_forms(text: str) -> tuple[str, ...]:
    """Return the forms of a forename entry, the one for pair 1 first (spec 10 §2).

    A hyphen joins: "Anne-Marie" is ANNEMARIE. Of several words the first is the forename, then come
    the first two joined (others write "Mary Jane" as "Maryjane" or "Mary-Jane") and each further
    word. Initials count only where there is nothing longer.
    """
    found = words(_HYPHENS.sub("", fold(text)))
    names = [word for word in found if len(word) > 1] or found[:1]
    further = [word for word in names[1:] if not _PARTICLE.fullmatch(word)]
    return _distinct([*names[:1], "".join(names[:2]), *further])


def surname_forms(text: str) -> tuple[str, ...]:
    """Return the forms of a surname entry: all of it joined, then each part (spec 10 §2).

    "Smith-Jones" is SMITHJONES, SMITH, JONES; "de la Cruz" is DELACRUZ, CRUZ; "O'Neil" is ONEIL.
    """
    found = words(text)
    parts = [word for word in found if len(word) > 1 and not _PARTICLE.fullmatch(word)]
    return _distinct(["".join(found), *parts])


def sector_of(postcode: str) -> str:
    """Return outward code and first inward digit: "SW1A1" of "SW1A1AA"."""
    return postcode[:-2]


def district_of(postcode: str) -> str:
    """Return the outward code: "SW1A" of "SW1A1AA"."""
    return postcode[:-3]


def exact_date(day: date) -> str:
    """Return D: year, month, day in eight digits."""
    return f"{day.year:04}{day.month:02}{day.day:02}"


def unordered_date(day: date) -> str:
    """Return D~: the year, then day and month, the smaller first.

    3 April and 4 March 2015 are both "20150304".
    """
    smaller, larger = sorted((day.day, day.month))
    return f"{day.year:04}{smaller:02}{larger:02}"


def date_parts(day: date) -> tuple[str, str, str]:
    """Return D without its day, without its month, without its year.

    Letters say which is which: 2003 and March 2000 must not meet.
    """
    year, month, of_month = f"Y{day.year:04}", f"M{day.month:02}", f"D{day.day:02}"
    return year + month, year + of_month, month + of_month


def _distinct(forms: list[str]) -> tuple[str, ...]:
    return tuple(form for form in dict.fromkeys(forms) if form)
