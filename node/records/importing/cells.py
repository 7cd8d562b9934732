"""One cell into one value. The reason of an error says what to do and never what was typed."""

import re
import sys
import unicodedata
from datetime import date
from functools import lru_cache

from node.errors import NodeError
from node.records.importing.columns import normalise_word
from node.records.importing.days import iso_day, recent
from node.records.model import CASE_REFERENCE_BYTES
from protocol import limits
from protocol.errors import IdentityError
from protocol.matching.entries import parse_calendar_day
from protocol.matching.placeholders import is_placeholder, is_placeholder_number, is_proxy_date
from protocol.messages.vocabulary import InvolvementKind

_KINDS = {kind.name.lower(): kind for kind in InvolvementKind}
_ANSWERS = {"": False, "no": False, "yes": True}
_BOOLEANS = {"false": "no", "true": "yes"}
_STATUSES = {"": False, "open": False, "closed": True}

NO_BREAK_SPACE = "\u00a0"
_GROUPS = re.compile(r"[()\-\u2010-\u2015]|(?<=[0-9]{2})\.(?=[0-9]{2})")
"""What parts the digits of a number, beside spaces."""

_TELEPHONE = re.compile(
    r"(?P<number>\+? ?[0-9 ]+?) *(?:(?:extension|extn|ext|x)[.:]? *(?P<extension>[0-9]{1,6}))?"
    r"(?P<others>/[0-9/ ]+)?[. ]*",
    re.IGNORECASE,
)
_TRUNK_ZERO = re.compile(r"\(0\) *")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_FEWEST_DIGITS = 3


class CellError(NodeError):
    """A cell that cannot be used; the message says what to do."""


def tidy(text: str) -> str:
    """Return a text with single spaces for line breaks and tabs, and without what only says how it
    is laid out, such as the mark of a direction."""
    if text.isprintable() and "  " not in text:
        return text.strip()
    shown = (character for character in text if unicodedata.category(character) != "Cf")
    return " ".join("".join(shown).split())


def parse_case_reference(text: str) -> str:
    """Return a case reference, every character as it stands: another one would be another case.

    Raises:
        CellError: empty, a placeholder such as "not known", too long, or not printable.
    """
    _check_filled(text)
    return _printable(text.replace(NO_BREAK_SPACE, " "), CASE_REFERENCE_BYTES)


def parse_text(text: str, most_bytes: int) -> str:
    """Return printable, tidy text of at most `most_bytes` in UTF-8; it may be empty.

    Raises:
        CellError: too long, or not printable.
    """
    return _printable(tidy(text), most_bytes)


def _printable(plain: str, most_bytes: int) -> str:
    if not plain.isprintable():
        raise CellError("remove line breaks, tabs and invisible characters")
    if len(plain.encode()) > most_bytes:
        raise CellError(f"keep it to {most_bytes} characters (an accented letter counts as two)")
    # A team's texts stand in thousands of rows: keep one copy.
    return sys.intern(plain)


def parse_required_text(text: str, most_bytes: int) -> str:
    """Return printable text that says something.

    Raises:
        CellError: empty, a placeholder such as "not known", too long, or not printable.
    """
    _check_filled(text)
    return parse_text(text, most_bytes)


def _check_filled(text: str) -> None:
    if is_placeholder(text):
        raise CellError("fill it in: neither empty nor a word for 'not known'")


@lru_cache(maxsize=1024)
def parse_telephone(text: str) -> str:
    """Return a telephone number as "+44 20 7946 0000 ext 12", or nothing.

    Of several numbers with "/" between it is the first.

    Raises:
        CellError: other characters, fewer than three digits, or too long.
    """
    plain = tidy(text)
    if not plain:
        return plain
    is_international = plain.lstrip("( ").startswith(("+", "00"))
    plain = _TRUNK_ZERO.sub("" if is_international else "0", plain)
    found = _TELEPHONE.fullmatch(tidy(_GROUPS.sub(" ", plain)))
    if found is None:
        raise CellError("use digits, spaces, + and brackets only, and ext before an extension")
    number, extension = found["number"].replace("+ ", "+"), found["extension"]
    if sum(character.isdigit() for character in number) < _FEWEST_DIGITS:
        raise CellError(f"give a whole number: at least {_FEWEST_DIGITS} digits")
    behind = f" ext {extension}" if extension else ""
    if len(number + behind) > limits.TELEPHONE_BYTES:
        number = number.replace(" ", "")
    return parse_text(number + behind, limits.TELEPHONE_BYTES)


def parse_required_telephone(text: str) -> str:
    """Return a telephone number: a known child without one to ring helps nobody.

    Raises:
        CellError: as `parse_telephone`, and empty or one digit over and over.
    """
    if is_placeholder(text):
        raise CellError("give a number that somebody answers")
    number = parse_telephone(text)
    if is_placeholder_number("".join(filter(str.isdigit, number.partition(" ext")[0]))):
        raise CellError("give a number that somebody answers")
    return number


def parse_email(text: str) -> str:
    """Return an e-mail address, or nothing.

    Raises:
        CellError: not one address, or too long.
    """
    address = parse_text(text, limits.EMAIL_BYTES)
    if address and not _EMAIL.fullmatch(address):
        raise CellError("give one e-mail address, with one @ and no spaces")
    return address


def parse_past_day(text: str, today: date) -> date | None:
    """Return a day up to today; None where it is empty or a database's "no date".

    Raises:
        CellError: no date, or in the future.
    """
    if is_placeholder(text):
        return None
    try:
        day = parse_calendar_day("date", iso_day(text, recent(today)))
    except IdentityError as problem:
        raise CellError(problem.reason) from None
    if is_proxy_date(day):
        return None
    if day > today:
        raise CellError("is in the future: check day, month and year")
    return day


def parse_required_past_day(text: str, today: date) -> date:
    """Return a day up to today.

    Raises:
        CellError: as `parse_past_day`, and empty.
    """
    day = parse_past_day(text, today)
    if day is None:
        raise CellError("give the day, as 04/03/2015 (day first) or 2015-03-04")
    return day


def unwrapped(text: str) -> str:
    """Return a cell's text; 0012 for the ="0012" that keeps Excel from taking it for a number."""
    if not (text.startswith('="') and text.endswith('"') and len(text) > 2):
        return text
    return text[2:-1].replace('""', '"').strip()


def parse_kind(text: str) -> InvolvementKind:
    """Return the kind of "child in need", "Child-in-Need" or "CHILD_IN_NEED".

    Raises:
        CellError: none of the kinds.
    """
    kind = _KINDS.get(normalise_word(text))
    if kind is None:
        raise CellError(f"write one of: {', '.join(_KINDS).replace('_', ' ')}")
    return kind


def parse_is_closed(text: str) -> bool:
    """Return whether the status is closed; empty is open.

    Raises:
        CellError: another word.
    """
    return _choice(_STATUSES, text)


def parse_yes_or_no(text: str) -> bool:
    """Return True for yes, or for the true of a spreadsheet; empty is no.

    Raises:
        CellError: another word.
    """
    return _choice(_ANSWERS, _BOOLEANS.get(text.lower(), text))


def _choice(choices: dict[str, bool], text: str) -> bool:
    chosen = choices.get(text.lower())
    if chosen is None:
        raise CellError(f"write {' or '.join(filter(None, choices))}")
    return chosen
