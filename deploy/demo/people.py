"""The children as they truly are, before any council writes them down."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from nhs_number.validate import calculate_checksum

from deploy.demo.councils import CouncilPlan
from deploy.demo.names import (
    KNOWN_AS,
    Heritage,
    draw_heritage,
    draw_surname,
)
from protocol.matching.nicknames import nickname_sets
from protocol.matching.normalise import forename_forms
from protocol.matching.phonetic import skeleton
from protocol.matching.upn import check_letter

_YOUNGEST_WITH_UPN = timedelta(days=5 * 366)
_OLDEST_DAYS = 18 * 365
_POSTCODE_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
_BETWEEN_SIBLINGS = timedelta(days=300)


@dataclass(frozen=True, slots=True)
class Child:
    """A child; `number` and `family` count from 1 in one population.

    `known_as` and `upn` are "" where the child has none; `postcode` is where the child lives now.
    """

    number: int
    family: int
    heritage: Heritage
    forename: str
    surname: str
    known_as: str
    born: date
    postcode: str
    nhs_number: str
    upn: str


class Birthdays:
    """Keeps families so far apart that no child can be taken for one of another family.

    Of two children of two families the dates of birth differ, with day and month in either order.
    """

    def __init__(self) -> None:
        self._families: dict[tuple[int, int, int], int] = {}

    def claim(self, family: int, born: date) -> bool:
        """Return whether a child of this family may be born then, and keep the day for it."""
        earlier, later = sorted((born.day, born.month))
        return self._families.setdefault((born.year, earlier, later), family) == family


def can_be_told_apart(forename: str, other: str) -> bool:
    """Return whether twins of these forenames are not one child to the match keys.

    They share no word, no sound and no name that either is a short form of.
    """
    return _traits(forename).isdisjoint(_traits(other))


def draw_postcode(rng: Random, council: CouncilPlan) -> str:
    """Return a postcode in the council's area, as "NM1 2AB"."""
    return _with_unit(rng, f"{rng.choice(council.postcode_districts)} {rng.randrange(10)}")


def draw_postcode_nearby(rng: Random, postcode: str) -> str:
    """Return another postcode of the same sector."""
    nearby = _with_unit(rng, postcode[:-2])
    return nearby if nearby != postcode else draw_postcode_nearby(rng, postcode)


class People:
    """Draws children one by one; every number and every way to tell two apart is unique."""

    def __init__(self, rng: Random, today: date) -> None:
        self._birthdays = Birthdays()
        self._rng = rng
        self._today = today
        self._drawn = 0
        self._families = 0
        self._numbers: set[str] = set()

    def draw(self, home: CouncilPlan, fits: Callable[[Child], bool] = lambda _child: True) -> Child:
        """Return the first child of a family that lives in `home`; `fits` has the last word."""
        self._families += 1
        while True:
            heritage = draw_heritage(self._rng)
            surname = draw_surname(self._rng, heritage)
            postcode = draw_postcode(self._rng, home)
            child = self._child(self._families, heritage, surname, self._born(), postcode)
            if fits(child) and self._birthdays.claim(child.family, child.born):
                return self._numbered(child)

    def sibling(self, of: Child) -> Child:
        """Return another child of that family, at least 300 days older or younger."""
        while True:
            born = self._born()
            sibling = self._child(of.family, of.heritage, of.surname, born, of.postcode)
            if (
                abs(born - of.born) >= _BETWEEN_SIBLINGS
                and sibling.forename != of.forename
                and self._birthdays.claim(sibling.family, born)
            ):
                return self._numbered(sibling)

    def twin(self, of: Child) -> Child:
        """Return a child of that family, born on the same day."""
        while True:
            twin = self._child(of.family, of.heritage, of.surname, of.born, of.postcode)
            if can_be_told_apart(twin.forename, of.forename):
                return self._numbered(twin)

    def _child(
        self, family: int, heritage: Heritage, surname: str, born: date, postcode: str
    ) -> Child:
        forename = self._rng.choice(heritage.forenames)
        known_as = KNOWN_AS.get(forename, "")
        return Child(0, family, heritage, forename, surname, known_as, born, postcode, "", "")

    def _numbered(self, child: Child) -> Child:
        has_upn = self._today - child.born >= _YOUNGEST_WITH_UPN
        self._drawn += 1
        return replace(
            child,
            number=self._drawn,
            nhs_number=self._unique(self._nhs_number),
            upn=self._unique(self._upn) if has_upn else "",
        )

    def _born(self) -> date:
        return self._today - timedelta(days=self._rng.randrange(_OLDEST_DAYS))

    def _unique(self, draw: Callable[[], str]) -> str:
        while (number := draw()) in self._numbers:
            continue
        self._numbers.add(number)
        return number

    def _nhs_number(self) -> str:
        """Return a number of the range 999, which the NHS keeps for tests."""
        while True:
            body = f"999{self._rng.randrange(10**6):06}"
            check_digit = calculate_checksum(body)
            if check_digit != 10:
                return f"{body}{check_digit}"

    def _upn(self) -> str:
        """Return a permanent number of a local authority that does not exist (991 to 995)."""
        body = f"{self._rng.randrange(991, 996)}{self._rng.randrange(10**9):09}"
        return check_letter(body) + body


def _with_unit(rng: Random, sector: str) -> str:
    return f"{sector}{rng.choice(_POSTCODE_LETTERS)}{rng.choice(_POSTCODE_LETTERS)}"


def _traits(forename: str) -> set[str]:
    words = forename_forms(forename)
    return {
        *words,
        *map(skeleton, words),
        *(name for word in words for name in nickname_sets(word)),
    }
