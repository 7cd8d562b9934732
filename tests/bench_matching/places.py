"""Postcodes of the UK's shape and density: areas, districts, sectors, units, all of them made up.

A district has about 4,000 children (log-normal, sigma 0.7), a sector about 1,000, a postcode
seven or eight; within a sector some postcodes are fuller than others. A place is one number:
(district x 10 + sector's digit) x 400 + unit; -1 is none.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

AREAS = (
    "AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT "
    "DY E EC EH EN EX FK FY G GL GU HA HD HG HP HR HS HU HX IG IP IV KA KT KW KY L LA LD LE LL "
    "LN LS LU M ME MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL "
    "SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE "
).split()
UNIT_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
UNITS = len(UNIT_LETTERS) ** 2
SECTORS = 10

_DISTRICTS_PER_AREA = 23
_CHILDREN_PER_SECTOR = 1000
_CHILDREN_PER_UNIT = 7.5
_STAYS_IN_DISTRICT, _STAYS_IN_AREA = 0.6, 0.85
"""Where those who move go: these shares stay, cumulated."""


@dataclass(frozen=True, slots=True)
class Places:
    """All districts, by number."""

    outward: tuple[str, ...]
    area: Ints
    weight: npt.NDArray[np.float64]
    """Share of the children."""
    sectors: Ints
    units: Ints
    """Of each sector."""
    by_outward: Mapping[str, int]

    def draw(self, rng: np.random.Generator, districts: Ints) -> Ints:
        """Return a place in each of these districts."""
        sector = rng.integers(0, self.sectors[districts])
        unit = (self.units[districts] * rng.random(len(districts)) ** 1.5).astype(np.int64)
        return (districts * SECTORS + sector) * UNITS + unit

    def move(self, rng: np.random.Generator, places: Ints) -> Ints:
        """Return where the people of these places move to: most of them not far."""
        district = places // (SECTORS * UNITS)
        far = rng.random(len(places))
        first = np.searchsorted(self.area, self.area[district])
        after = np.searchsorted(self.area, self.area[district], side="right")
        nearby = rng.integers(first, after)
        anywhere = rng.integers(0, len(self.outward), len(places))
        chosen = np.where(far < _STAYS_IN_DISTRICT, district, nearby)
        return self.draw(rng, np.where(far < _STAYS_IN_AREA, chosen, anywhere))

    def text(self, place: int) -> str:
        """Return the postcode of a place: "LS12 3AB"."""
        rest, unit = divmod(place, UNITS)
        district, sector = divmod(rest, SECTORS)
        first, second = divmod(unit, len(UNIT_LETTERS))
        return f"{self.outward[district]} {sector}{UNIT_LETTERS[first]}{UNIT_LETTERS[second]}"

    def number(self, postcode: str) -> int:
        """Return the place of a postcode as keys have it; -1 where there is no such one."""
        district = self.by_outward.get(postcode[:-3], -1)
        first, second = (UNIT_LETTERS.find(letter) for letter in postcode[-2:])
        if district < 0 or first < 0 or second < 0:
            return -1
        return (district * SECTORS + int(postcode[-3])) * UNITS + first * len(UNIT_LETTERS) + second


def make_places(rng: np.random.Generator, children: int) -> Places:
    """Return the districts where this many children live; with few children fewer postcodes."""
    numbers = np.maximum(1, rng.lognormal(np.log(_DISTRICTS_PER_AREA) - 0.18, 0.6, len(AREAS)))
    outward = [
        f"{area}{number}"
        for area, most in zip(AREAS, numbers, strict=True)
        for number in range(1, min(99, round(most)) + 1)
    ]
    area = np.repeat(np.arange(len(AREAS)), [min(99, round(most)) for most in numbers])
    weight = rng.lognormal(0, 0.7, len(outward))
    weight /= weight.sum()
    held = weight * children
    sectors = np.clip(np.round(held / _CHILDREN_PER_SECTOR), 1, SECTORS).astype(np.int64)
    units = np.clip(np.round(held / sectors / _CHILDREN_PER_UNIT), 1, UNITS).astype(np.int64)
    by_outward = {code: number for number, code in enumerate(outward)}
    return Places(tuple(outward), area, weight, sectors, units, by_outward)
