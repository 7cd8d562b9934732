"""One cell's text without what spreadsheets make of it. Errors say what to do, never what stood
there."""

import re
from decimal import Decimal
from typing import Literal

from node.records.importing.cells import CellError
from node.records.importing.columns import DAYS, NUMBERS
from node.records.importing.days import MONTHS, without_midnight, without_time

DateOrder = Literal["day_first", "month_first"]

_APOSTROPHES = "'\u2019"
_FORMULA_ERROR = re.compile(
    "#(N/A|REF!|VALUE!|DIV/0!|NAME\\?|NULL!|NUM!|SPILL!|CALC!|FIELD!|BUSY!|BLOCKED!|CONNECT!|"
    "GETTING_DATA|UNKNOWN!|PYTHON!)",
    re.IGNORECASE,
)
_TOO_NARROW = re.compile("#{3,}")

_WITH_POINT_ZERO = re.compile("([0-9]+)[.]0+")
_WITH_EXPONENT = re.compile("[0-9]([.][0-9]+)?E[+][0-9]{1,2}", re.IGNORECASE)

_MONTH = "|".join(month[:3] for month in MONTHS)
_MADE_A_DATE = re.compile(
    f"[0-9]{{1,2}}-({_MONTH})|({_MONTH})-[0-9]{{2}}|[0-9]{{1,2}}/[0-9]{{1,2}}/[0-9]{{4}}|"
    "[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9:]{8})?",
    re.IGNORECASE,
)
"""How Excel writes what it took 12-1 for, and how its date is read from a workbook."""

_MAY_BE_MADE_A_DATE = ("case_reference", "house")

_NUMBERED = re.compile("([0-9]{1,2})([/.-])([0-9]{1,2})\\2([0-9]{4}|[0-9]{2})")

_TIME_MATTERS = "date_of_birth"
"""23:00 of a day of birth is the next day, written by a computer that knew of summer time."""


def is_error(text: str) -> bool:
    """Return whether a cell holds an error of a formula, or the marks of a narrow column."""
    if not text.startswith("#"):
        return False
    return bool(_FORMULA_ERROR.fullmatch(text) or _TOO_NARROW.fullmatch(text))


def clean(column: str, text: str, date_order: DateOrder = "day_first") -> str:
    """Return a column's text as its typed form is read: digits in full, dates without their time
    and not month first.

    Raises:
        CellError: an error of a formula, a number of which the spreadsheet kept only a part, or a
            reference or house number that it made a date.
    """
    if not text:
        return text
    if is_error(text):
        raise CellError(
            "holds an error of a formula, or the marks of a column that is too narrow: mend it in "
            "the source, or leave it empty"
        )
    plain = text[1:].strip() if text[0] in _APOSTROPHES else text
    if column in _MAY_BE_MADE_A_DATE and _MADE_A_DATE.fullmatch(plain):
        raise CellError(
            "was made a date by a spreadsheet: make the column text in the source, and export it "
            "again"
        )
    if column in NUMBERS:
        return _digits(plain)
    return _day(column, plain, date_order) if column in DAYS else plain


def _digits(text: str) -> str:
    if found := _WITH_POINT_ZERO.fullmatch(text):
        return found[1]
    if not _WITH_EXPONENT.fullmatch(text):
        return text
    number = Decimal(text)
    if number.as_tuple().exponent != 0:
        raise CellError(
            "was rounded by a spreadsheet: make the column text in the source, and export it again"
        )
    return str(number)


def _day(column: str, text: str, date_order: DateOrder) -> str:
    is_of_birth = column.endswith(_TIME_MATTERS)
    plain = without_midnight(text) if is_of_birth else without_time(text)
    if date_order == "month_first" and (found := _NUMBERED.fullmatch(plain)):
        return f"{found[3]}/{found[1]}/{found[4]}"
    return plain
