"""How what a council holds of a child differs from the truth.

The difference is chosen first and the row written from it, so that what a question should find is
known from how the row was made.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from random import Random

from deploy.demo.councils import CouncilPlan
from deploy.demo.names import (
    can_be_misspelt,
    draw_heritage,
    draw_surname,
    is_one_word,
    misspell,
)
from deploy.demo.people import Child, can_be_told_apart, draw_postcode, draw_postcode_nearby
from protocol.matching.nicknames import nickname_sets
from protocol.matching.normalise import forename_forms


class Variation(Enum):
    """How a council's copy differs from the child."""

    EXACT = "exact"
    UNTIDY = "untidy"
    """In capitals, with stray spaces, without accents, with UK dates: nothing is wrong in it."""
    MOVED = "moved"
    MOVED_NEARBY = "moved nearby"
    MISSPELT = "misspelt"
    NAMES_SWAPPED = "names swapped"
    DATE_SWAPPED = "date swapped"
    OTHER_SURNAME = "other surname"
    """A married or former name stands first, the child's own under other surnames."""


class Names(Enum):
    """How the names in a copy compare with the child's."""

    SAME = "same"
    SWAPPED = "swapped"
    FORENAME_WRONG = "forename wrong"
    SURNAME_WRONG = "surname wrong"
    SECOND_SURNAME = "second surname"
    """The child's own stands behind another."""


@dataclass(frozen=True, slots=True)
class Held:
    """What the council knows, before it is typed. The numbers are the child's own or missing."""

    forename: str
    surname: str
    born: date
    postcodes: tuple[str, ...]
    """The current one first."""
    nhs_number: str
    upn: str
    names: Names = Names.SAME
    other_surname: str = ""
    known_as: str = ""


_NO_NHS_NUMBER = 0.3
_NO_UPN = 0.25
_NO_POSTCODE = 0.1
_KNOWN_AS = 0.5
_OLD_POSTCODE_KEPT = 0.4


def can_vary(child: Child, variation: Variation, today: date) -> bool:
    """Return whether the variation can befall this child and is seen in the file."""
    if variation is Variation.MISSPELT:
        return all(map(can_be_misspelt, (child.forename, child.surname)))
    if variation is Variation.NAMES_SWAPPED:
        # Swapped, Harry Harrison could be meant as he stands: Harry is short for Harrison.
        are_plain = is_one_word(child.forename) and is_one_word(child.surname)
        return are_plain and can_be_told_apart(child.forename, child.surname)
    if variation is Variation.DATE_SWAPPED:
        born = child.born
        return born.day <= 12 and born.day != born.month and _swapped(born) <= today
    return True


def draw_held(rng: Random, child: Child, council: CouncilPlan, variation: Variation) -> Held:
    """Return what the council knows of the child after the variation; see `can_vary`."""
    held = Held(
        forename=child.forename,
        surname=child.surname,
        born=child.born,
        postcodes=() if rng.random() < _NO_POSTCODE else (child.postcode,),
        nhs_number="" if rng.random() < _NO_NHS_NUMBER else child.nhs_number,
        upn="" if rng.random() < _NO_UPN else child.upn,
        known_as=child.known_as if rng.random() < _KNOWN_AS else "",
    )
    vary = _VARY.get(variation)
    return vary(_Draw(rng, child, council), held) if vary else held


@dataclass(frozen=True, slots=True)
class _Draw:
    rng: Random
    child: Child
    council: CouncilPlan


def _moved(draw: _Draw, held: Held) -> Held:
    here = draw_postcode(draw.rng, draw.council)
    elsewhere = (draw.child.postcode,) if draw.rng.random() < _OLD_POSTCODE_KEPT else ()
    return replace(held, postcodes=(here, *elsewhere))


def _moved_nearby(draw: _Draw, held: Held) -> Held:
    return replace(held, postcodes=(draw_postcode_nearby(draw.rng, draw.child.postcode),))


def _misspelt(draw: _Draw, held: Held) -> Held:
    """Misspell one name; what still joins the copy to the child is a number."""
    child, rng = draw.child, draw.rng
    if not held.upn:
        held = replace(held, nhs_number=child.nhs_number)
    if rng.random() < 0.5:
        forename = _misspelt_forename(rng, child.forename)
        return replace(held, forename=forename, known_as="", names=Names.FORENAME_WRONG)
    return replace(held, surname=misspell(rng, child.surname), names=Names.SURNAME_WRONG)


def _misspelt_forename(rng: Random, forename: str) -> str:
    """Return a misspelling that is no other form of the name, as Eve is of Evie."""
    wrong = misspell(rng, forename)
    sets = (nickname_sets(forename_forms(name)[0]) for name in (forename, wrong))
    return wrong if set(next(sets)).isdisjoint(next(sets)) else _misspelt_forename(rng, forename)


def _names_swapped(_draw: _Draw, held: Held) -> Held:
    return replace(
        held,
        forename=held.surname,
        surname=held.forename,
        known_as="",
        names=Names.SWAPPED,
    )


def _date_swapped(_draw: _Draw, held: Held) -> Held:
    return replace(held, born=_swapped(held.born))


def _other_surname(draw: _Draw, held: Held) -> Held:
    child, rng = draw.child, draw.rng
    while (another := draw_surname(rng, draw_heritage(rng))) == child.surname:
        continue
    return replace(held, surname=another, other_surname=child.surname, names=Names.SECOND_SURNAME)


_VARY: dict[Variation, Callable[[_Draw, Held], Held]] = {
    Variation.MOVED: _moved,
    Variation.MOVED_NEARBY: _moved_nearby,
    Variation.MISSPELT: _misspelt,
    Variation.NAMES_SWAPPED: _names_swapped,
    Variation.DATE_SWAPPED: _date_swapped,
    Variation.OTHER_SURNAME: _other_surname,
}


def _swapped(born: date) -> date:
    return born.replace(day=born.month, month=born.day)
