"""How much a member may have evaluated: pure rules over counted days (spec 20 §6)."""

from collections.abc import Mapping
from typing import NamedTuple

from protocol import limits

BEATS_PER_DAY = 86_400 // limits.ADDING_SECONDS
"""Batches that a node has evaluated on its own clock, beside those of its questions."""


class ImportShares(NamedTuple):
    """The elements of imports that a member is allowed."""

    once: int
    a_day: int
    """From the day after the first import on."""


def lookup_allowance(questions_per_day: int) -> int:
    """Return the elements a day for lookups, and for what is added to checks at every beat. Every
    keyholder is asked, so each allows them all."""
    if not questions_per_day:
        return 0
    return (questions_per_day + BEATS_PER_DAY) * limits.LOOKUP_BATCH


def import_shares(declared_records: int) -> ImportShares:
    """Return what is allowed for so many records: 30 for each, once, and 2 % of that a day, neither
    less than two batches; nothing for none."""
    if not declared_records:
        return ImportShares(0, 0)
    once = max(limits.IMPORT_LEAST, declared_records * limits.IMPORT_SHARE)
    return ImportShares(once, max(limits.IMPORT_LEAST, int(once * limits.IMPORT_DAILY_SHARE)))


def import_allowance(declared_records: int, used_by_day: Mapping[int, int], today: int) -> int:
    """Return the elements left for imports today.

    What is allowed once is used up first; of what comes each day, at most 20 % of that gathers
    unused, or one day's. Days count from 1970; `used_by_day` has what was counted on each, today
    included.
    """
    base, daily = import_shares(declared_records)
    most_accrued = max(daily, int(base * limits.IMPORT_ACCRUAL_CAP))
    accrued = 0
    first = min(used_by_day, default=today)
    for day in range(first, today + 1):
        if day > first:
            accrued = min(most_accrued, accrued + daily)
        used = used_by_day.get(day, 0)
        from_base = min(base, used)
        base -= from_base
        accrued -= used - from_base
    return max(0, base + accrued)
