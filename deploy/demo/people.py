"""The children as they truly are, before any council writes them down."""

import re
import unicodedata
from collections.abc import Callable, Iterable
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


class Namesakes:
    """Keeps names so far apart that no two children can be taken for one another.

    Of two children born on one day, day and month in either order, no forename of one is any name
    of the other. Twins pass, for only their surname is the same.
    """

    def __init__(self) -> None:
        self._days: dict[tuple[int, int, int], dict[int, tuple[set[str], set[str]]]] = {}

    def claim(
        self, owner: int, born: date, *, forenames: Iterable[str] = (), surnames: Iterable[str] = ()
    ) -> bool:
        """Return whether child `owner` may be called this too, and keep it from then on."""
        earlier, later = sorted((born.day, born.month))
        children = self._days.setdefault((born.year, earlier, later), {})
        new_forenames = _words(forenames)
        new_names = new_forenames | _words(surnames)
        for number, (other_forenames, other_names) in children.items():
            if number != owner and (new_forenames & other_names or other_forenames & new_names):
                return False
        own_forenames, own_names = children.setdefault(owner, (set(), set()))
        own_forenames |= new_forenames
        own_names |= new_names
        return True


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
        self.namesakes = Namesakes()
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
            if fits(child) and self._admit(child):
                return self._numbered(child)

    def sibling(self, of: Child) -> Child:
        """Return another child of that family, at least 300 days older or younger."""
        while True:
            born = self._born()
            sibling = self._child(of.family, of.heritage, of.surname, born, of.postcode)
            if (
                abs(born - of.born) >= _BETWEEN_SIBLINGS
                and sibling.forename != of.forename
                and self._admit(sibling)
            ):
                return self._numbered(sibling)

    def twin(self, of: Child) -> Child:
        """Return a child of that family, born on the same day."""
        while True:
            twin = self._child(of.family, of.heritage, of.surname, of.born, of.postcode)
            if self._admit(twin):
                return self._numbered(twin)

    def _child(
        self, family: int, heritage: Heritage, surname: str, born: date, postcode: str
    ) -> Child:
        forename = self._rng.choice(heritage.forenames)
        known_as = KNOWN_AS.get(forename, "")
        number = self._drawn + 1
        return Child(number, family, heritage, forename, surname, known_as, born, postcode, "", "")

    def _admit(self, child: Child) -> bool:
        claimed = self.namesakes.claim(
            child.number,
            child.born,
            forenames=(child.forename, child.known_as),
            surnames=(child.surname,),
        )
        self._drawn += claimed
        return claimed

    def _numbered(self, child: Child) -> Child:
        has_upn = self._today - child.born >= _YOUNGEST_WITH_UPN
        return replace(
            child,
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


def _words(names: Iterable[str]) -> set[str]:
    """Return every part of the names, and all parts joined, without accents."""
    words = set()
    for name in names:
        plain = "".join(
            letter
            for letter in unicodedata.normalize("NFKD", name).casefold()
            if not unicodedata.combining(letter)
        )
        parts = re.split("[ -]", plain)
        words |= {*parts, "".join(parts), "".join(parts[:2])}
    return words - {""}
