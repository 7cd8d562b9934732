"""Which names are so common that name and date of birth alone say little (spec 10 §5)."""

from protocol.matching.name_counts import FORENAMES, SURNAMES
from protocol.matching.nicknames import members_of

DAYS = 6570
"""Days of birth among children: 18 years."""

MOST_NAMESAKES = 0.01
"""Expected children with the same name born on the same day; above it a name is common."""

_SHARE = 10_000
"""Surname shares are in ten-thousandths."""


def is_common(forename: str, surname: str) -> bool:
    """Return whether a forename with a surname is common."""
    return _is_common(FORENAMES.get(forename, 0), surname)


def is_common_set(name: str, surname: str) -> bool:
    """Return whether a nickname set with a surname is common: all its names count."""
    return _is_common(sum(FORENAMES.get(each, 0) for each in members_of(name)), surname)


def is_common_either_way(one: str, other: str) -> bool:
    """Return whether two names are common in one order or the other."""
    return is_common(one, other) or is_common(other, one)


def _is_common(children: int, surname: str) -> bool:
    return children * SURNAMES.get(surname, 0) > MOST_NAMESAKES * DAYS * _SHARE
