"""What one council should answer to one question, from how its copy was made.

This is a second, independent reading of the key table in spec 10 §5 to §7: it looks at what was
done to the copy, never at match keys.
"""

from dataclasses import dataclass
from enum import StrEnum

from deploy.demo.copies import Copy
from deploy.demo.people import Child
from deploy.demo.variations import Names


class Expected(StrEnum):
    """The outcome in the words of the pages."""

    KNOWN = "known"
    MAY_BE_KNOWN = "may be known"
    NOT_KNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which of a child's true entries a question carries; the date of birth is always one.

    `postcodes` are places where the child lives or lived, the current one first.
    """

    child: Child
    names: bool = True
    nhs_number: bool = False
    upn: bool = False
    postcodes: tuple[str, ...] = ()


def expected_of(copy: Copy, asked: Asked) -> Expected:
    """Return what the holder of a copy of the child that is asked about should say."""
    held = copy.held
    same_date = held.born == asked.child.born
    same_number = (asked.nhs_number and held.nhs_number) or (asked.upn and held.upn)
    if same_date and same_number:  # A1, A2
        return Expected.KNOWN
    if not asked.names or held.names is Names.DIFFERENT:
        return Expected.NOT_KNOWN
    if same_date and held.names is Names.SAME and _share_sector(held.postcodes, asked.postcodes):
        return Expected.KNOWN  # A3, B1
    return Expected.MAY_BE_KNOWN  # C1; C3, for which a swapped copy is still the same


def _share_sector(held: tuple[str, ...], asked: tuple[str, ...]) -> bool:
    return not {postcode[:-2] for postcode in held}.isdisjoint(postcode[:-2] for postcode in asked)
