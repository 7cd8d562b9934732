"""What one council should answer to one question, from how its copy was made.

This is a second, independent reading of the key table in spec 10 §5 to §7: it looks at what was
done to the copy, never at match keys.
"""

from dataclasses import dataclass
from enum import StrEnum

from deploy.demo.copies import Copy
from deploy.demo.people import Child
from deploy.demo.variations import Held, Names
from protocol.matching.common_names import is_common_either_way
from protocol.matching.normalise import forename_forms, surname_forms
from protocol.matching.phonetic import skeleton


class Expected(StrEnum):
    """The outcome in the words of the pages."""

    KNOWN = "known"
    MAY_BE_KNOWN = "may be known"
    BEING_CHECKED = "being checked"
    NOT_KNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which of a child's true entries a question carries; the date of birth is always one.

    `postcodes` are places where the child lives or lived, the current one first. The purpose
    allows the household to be asked for.
    """

    child: Child
    names: bool = True
    nhs_number: bool = False
    upn: bool = False
    postcodes: tuple[str, ...] = ()


def expected_of(copy: Copy, asked: Asked) -> Expected:
    """Return what the holder of a copy of the child that is asked about should say."""
    held, child = copy.held, asked.child
    same_date = held.born == child.born
    same_number = (asked.nhs_number and held.nhs_number) or (asked.upn and held.upn)
    if same_number and same_date:  # A1, A2
        return Expected.KNOWN
    if asked.names and (said := _by_names(held, asked, same_date)) is not Expected.NOT_KNOWN:
        return said
    if same_number or (same_date and _same_home(held, asked)):  # B0, D7
        return Expected.BEING_CHECKED
    return Expected.NOT_KNOWN


def expected_of_kin(copy: Copy, asked: Asked) -> Expected:
    """Return what the holder of a copy of a sibling or twin should say: at most who lives there."""
    held, child = copy.held, asked.child
    if held.born == child.born and _same_home(held, asked):  # D7
        return Expected.BEING_CHECKED
    if asked.names and _households_meet(held, asked):  # H2
        return Expected.BEING_CHECKED
    return Expected.NOT_KNOWN


def _by_names(held: Held, asked: Asked, same_date: bool) -> Expected:
    if held.names in (Names.FORENAME_WRONG, Names.SURNAME_WRONG):
        return _misspelt(held, asked)
    if held.names is not Names.SWAPPED and same_date and _lives_near(held, asked):  # A3, B1, B2
        return Expected.KNOWN
    forename, surname = first_forms(asked.child.forename, asked.child.surname)
    # C1; C3, for which a copy with names or date swapped is still the same
    if not is_common_either_way(forename, surname):
        return Expected.MAY_BE_KNOWN
    if held.names is Names.SWAPPED or (not same_date and not _same_place(held, asked)):
        return Expected.NOT_KNOWN  # C3 of a common name is loose: nothing stands beside it
    return Expected.BEING_CHECKED


def _lives_near(held: Held, asked: Asked) -> bool:
    if held.names is Names.SECOND_SURNAME:
        here = held.postcodes[:1]  # The second surname is in B2 at the current place alone.
        return _share(held.postcodes, asked.postcodes, _SECTOR) or _share(
            here, asked.postcodes, _DISTRICT
        )
    return _share(held.postcodes, asked.postcodes, _DISTRICT)


def _misspelt(held: Held, asked: Asked) -> Expected:
    right = first_forms(asked.child.forename, asked.child.surname)
    wrong = first_forms(held.forename, held.surname)
    sounds_alike = list(map(skeleton, right)) == list(map(skeleton, wrong))
    if sounds_alike and _share(held.postcodes, asked.postcodes, _DISTRICT):  # B2
        return Expected.KNOWN
    forename_right = held.names is Names.SURNAME_WRONG
    if forename_right and _share(held.postcodes, asked.postcodes, _WHOLE):  # C4
        return Expected.MAY_BE_KNOWN
    begin_alike = [name[:3] for name in right] == [name[:3] for name in wrong]
    # D4 to D7, D9; or D1 with D2
    if _are_neighbours(held, asked) or (sounds_alike and begin_alike):
        return Expected.BEING_CHECKED
    return Expected.NOT_KNOWN


def _are_neighbours(held: Held, asked: Asked) -> bool:
    """Whether they share a district now, or, with one name right, a whole postcode ever."""
    now = _share(held.postcodes[:1], asked.postcodes[:1], _DISTRICT)
    return now or _share(held.postcodes, asked.postcodes, _WHOLE)


def _same_place(held: Held, asked: Asked) -> bool:  # D3, H2
    return _share(held.postcodes, asked.postcodes, _WHOLE)


def _households_meet(held: Held, asked: Asked) -> bool:
    if held.names in (Names.SWAPPED, Names.SURNAME_WRONG):
        return False
    places = held.postcodes[:1] if held.names is Names.SECOND_SURNAME else held.postcodes
    return _share(places, asked.postcodes, _WHOLE)


def _same_home(held: Held, asked: Asked) -> bool:
    return _share(held.postcodes[:1], asked.postcodes[:1], _WHOLE)


_WHOLE, _SECTOR, _DISTRICT = 0, 2, 3
"""How many characters behind a part of a postcode are left out."""


def _share(ours: tuple[str, ...], theirs: tuple[str, ...], left_out: int) -> bool:
    parts = ({code[: len(code) - left_out] for code in codes} for codes in (ours, theirs))
    return not next(parts).isdisjoint(next(parts))


def first_forms(forename: str, surname: str) -> tuple[str, str]:
    """Return the forms of a name that stand first in its keys."""
    return forename_forms(forename)[0], surname_forms(surname)[0]
