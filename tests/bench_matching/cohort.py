"""A made-up nation of children, by seed: families of six name groups at their places.

Every child is a row of arrays, since there are 11 million; what a council would write of one is
`child`, as text. Children of one family share mother, places and, but for customs, surname; 2.5 %
are twins. Days of birth are even over 18 years.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.bench_matching.name_groups import GROUPS
from tests.bench_matching.name_tables import NameTables, draw
from tests.bench_matching.places import Places, make_places
from tests.bench_matching.uk_errors import Child, Strangers

ENGLAND_AND_WALES = 11_260_000
"""Children under 18."""
TODAY = date(2026, 1, 1)
DAYS = 6570

GAP_DAYS = (400, 1800)
SECOND_TWINS = 0.029
"""Of the children who are not a family's first: 2.5 % of all children are twins."""
FORMER_PLACES = (0.55, 0.25, 0.12, 0.05, 0.03)
"""Families by the number of former postcodes on record: none, one, ..."""
TWO_FORENAMES, KNOWN_AS = 0.02, 0.02
"""Children with a second forename in the entry, beside those called by it; with a further one."""
DOUBLE_BARRELLED, OTHER_SURNAME = 0.04, 0.08
"""Families; the second is another surname on record, of the other parent or of before."""
MOTHERS_OWN_SURNAME = 0.3
MOTHERS_AGE_DAYS = (7300, 14600)
"""At the birth of her first."""

Ints = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Families:
    """A row for each; -1 is none."""

    places: Ints
    """Shape (families, 5): current first."""
    second_surname: Ints
    is_double: npt.NDArray[np.bool_]
    """Whether the second surname stands behind a hyphen, or is another one."""
    mother: Ints
    mothers_surname: Ints
    mothers_day: Ints


@dataclass(frozen=True, slots=True)
class Nation:
    """A row for each child; names are numbers in `tables`, days are days before `TODAY`."""

    tables: NameTables
    places: Places
    families: Families
    family: Ints
    group: Ints
    forename: Ints
    second_forename: Ints
    is_known_as: npt.NDArray[np.bool_]
    """Whether the second forename is what it is known as, in an entry of its own."""
    surname: Ints
    day: Ints
    group_ends: tuple[int, ...]
    family_ends: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.family)

    def child(self, number: int) -> Child:
        """Return a child as it is."""
        forenames, surnames = self.tables.forenames, self.tables.surnames
        home = int(self.family[number])
        second, of_family = int(self.second_forename[number]), self.families
        further = forenames[second] if second >= 0 else ""
        known_as = bool(self.is_known_as[number])
        surname, other = surnames[self.surname[number]], int(of_family.second_surname[home])
        double = bool(of_family.is_double[home])
        if other >= 0 and double:
            surname = f"{surname}-{surnames[other]}"
        return Child(
            group=GROUPS[self.group[number]],
            forename=forenames[self.forename[number]],
            second_forename="" if known_as else further,
            known_as=further if known_as else "",
            surname=surname,
            other_surname=surnames[other] if other >= 0 and not double else "",
            date_of_birth=date_of(int(self.day[number])),
            postcodes=tuple(self.places.text(p) for p in of_family.places[home].tolist() if p >= 0),
            mother=(
                forenames[of_family.mother[home]],
                surnames[of_family.mothers_surname[home]],
                date_of(int(of_family.mothers_day[home])),
            ),
        )

    def strangers(self, number: int) -> Strangers:
        """Return whose names, of the child's group, and which places errors around it draw on."""
        group, home = int(self.group[number]), int(self.family[number])
        children, homes = _span(self.group_ends, group), _span(self.family_ends, group)

        def new_place(rng: Random) -> str:
            of_move = np.random.default_rng(rng.getrandbits(32))
            return self.places.text(
                int(self.places.move(of_move, self.families.places[home, :1])[0])
            )

        return Strangers(
            forename=lambda rng: self.tables.forenames[self.forename[rng.randrange(*children)]],
            surname=lambda rng: self.tables.surnames[
                self.families.mothers_surname[rng.randrange(*homes)]
            ],
            new_place=new_place,
        )


def date_of(day: int) -> date:
    """Return the day of birth of one born this many days before today."""
    return TODAY - timedelta(days=day + 1)


def make_nation(seed: int, tables: NameTables, children: int = ENGLAND_AND_WALES) -> Nation:
    """Return the nation of a seed."""
    rng = np.random.default_rng(seed)
    places = make_places(rng, children)
    parts = []
    families = 0
    for group, share in enumerate(tables.group_shares):
        part = _make_group(rng, tables, places, group, round(share * children), families)
        families += len(part[0].mother)
        parts.append(part)
    of_families = Families(
        *(_joined([getattr(f, field) for f, _ in parts]) for field in Families.__slots__)
    )
    columns = {field: _joined([columns[field] for _, columns in parts]) for field in parts[0][1]}
    return Nation(
        tables=tables,
        places=places,
        families=of_families,
        group_ends=_ends([len(columns["family"]) for _, columns in parts]),
        family_ends=_ends([len(f.mother) for f, _ in parts]),
        **columns,
    )


def _make_group(
    rng: np.random.Generator,
    tables: NameTables,
    places: Places,
    group: int,
    children: int,
    first: int,
) -> tuple[Families, dict[str, Ints]]:
    """Return the families of a group, counted from `first`, and the columns of its children."""
    sizes = np.arange(1, len(GROUPS[group].children) + 1)
    share = np.array(GROUPS[group].children)
    count = round(children / float(sizes @ share))
    surname = draw(rng, tables.families[group], count)
    families = _make_families(rng, tables, places, group, surname)
    size = _by_share(rng, share, count) + 1
    home = np.repeat(np.arange(count, dtype=np.int32), size)
    day = _days(rng, size, home)
    girl = rng.random(len(home)) < _girls(tables, group)
    forename = _forenames(rng, tables, group, girl)
    rate, called = GROUPS[group].called_by_second
    is_called = np.isin(forename, _numbers(tables.forenames, called))
    is_called &= rng.random(len(home)) < rate
    point = rng.random(len(home))
    has_second = np.flatnonzero(is_called | (point < TWO_FORENAMES + KNOWN_AS))
    second = np.full(len(home), -1, dtype=np.int32)
    second[has_second] = _forenames(rng, tables, group, girl[has_second])
    return families, {
        "family": home + np.int32(first),
        "group": np.full(len(home), group, dtype=np.uint8),
        "forename": forename,
        "second_forename": second,
        "is_known_as": ~is_called & (point < KNOWN_AS),
        "surname": _surnames(rng, tables, group, surname[home], girl),
        "day": day,
    }


def _make_families(
    rng: np.random.Generator,
    tables: NameTables,
    places: Places,
    group: int,
    surname: Ints,
) -> Families:
    count = len(surname)
    weight = places.weight * rng.lognormal(0, GROUPS[group].clustered, len(places.weight))
    point = rng.random(count)
    other, mothers = (draw(rng, tables.families[group], count) for _ in range(2))
    return Families(
        places=_places(rng, places, weight, count),
        second_surname=np.where(point < DOUBLE_BARRELLED + OTHER_SURNAME, other, np.int32(-1)),
        is_double=point < DOUBLE_BARRELLED,
        mother=draw(rng, tables.girls[group], count),
        mothers_surname=np.where(rng.random(count) < MOTHERS_OWN_SURNAME, mothers, surname),
        mothers_day=(DAYS + rng.integers(*MOTHERS_AGE_DAYS, count)).astype(np.int32),
    )


def _places(
    rng: np.random.Generator, places: Places, weight: npt.NDArray[np.float64], count: int
) -> Ints:
    """Return each family's places: the current one, and before it former ones, each moved from."""
    table = np.full((count, len(FORMER_PLACES)), -1, dtype=np.int32)
    table[:, 0] = places.draw(rng, draw(rng, weight, count).astype(np.int64))
    former = _by_share(rng, np.array(FORMER_PLACES), count)
    for number in range(1, len(FORMER_PLACES)):
        have = np.flatnonzero(former >= number)
        table[have, number] = places.move(rng, table[have, number - 1].astype(np.int64))
    return table


def _days(rng: np.random.Generator, size: Ints, home: Ints) -> Ints:
    """Return each child's day; siblings are a gap apart, and who would be grown up starts anew."""
    firsts = np.cumsum(size) - size
    gap = rng.integers(*GAP_DAYS, len(home)).astype(np.int64)
    gap[rng.random(len(home)) < SECOND_TWINS] = 0
    gap[firsts] = rng.integers(0, DAYS, len(size))
    since = np.cumsum(gap)
    before = (since[firsts] - gap[firsts])[home]
    day: Ints = ((since - before) % DAYS).astype(np.int32)
    return day


def _surnames(
    rng: np.random.Generator,
    tables: NameTables,
    group: int,
    surname: Ints,
    girl: npt.NDArray[np.bool_],
) -> Ints:
    """Return each child's surname: the family's, but for what is customary with girls."""
    spelt = tables.surnames
    as_sister = np.arange(len(spelt), dtype=np.int32)
    for brother, sister in GROUPS[group].sisters.items():
        as_sister[spelt.index(brother)] = spelt.index(sister)
    rate, apart = GROUPS[group].girls_apart
    found = np.where(girl, as_sister[surname], surname)
    if apart:
        chosen = girl & (rng.random(len(girl)) < rate)
        found[chosen] = rng.choice(_numbers(spelt, apart), int(chosen.sum()))
    return found


def _forenames(
    rng: np.random.Generator, tables: NameTables, group: int, girl: npt.NDArray[np.bool_]
) -> Ints:
    found = np.empty(len(girl), dtype=np.int32)
    for shares, chosen in ((tables.girls, girl), (tables.boys, ~girl)):
        found[chosen] = draw(rng, shares[group], int(chosen.sum()))
    return found


def _girls(tables: NameTables, group: int) -> float:
    """Return the share of girls; half, unless the tables have no names of a sex."""
    boys, girls = tables.boys[group].sum() > 0, tables.girls[group].sum() > 0
    return 0.5 if boys and girls else float(girls)


def _numbers(spelt: Sequence[str], names: Sequence[str]) -> Ints:
    return np.flatnonzero(np.isin(spelt, names)).astype(np.int32)


def _by_share(rng: np.random.Generator, share: npt.NDArray[np.float64], count: int) -> Ints:
    found: Ints = np.searchsorted(np.cumsum(share)[:-1], rng.random(count), side="right")
    return found


def _joined(columns: Sequence[Ints]) -> Ints:
    joined: Ints = np.concatenate(columns)
    return joined


def _ends(lengths: Sequence[int]) -> tuple[int, ...]:
    return tuple(np.cumsum(lengths).tolist())


def _span(ends: tuple[int, ...], number: int) -> tuple[int, int]:
    return (ends[number - 1] if number else 0), ends[number]
