"""How often names are borne: forenames as the ONS counted them, surnames by share and rank.

Forenames: for each, the boys and girls born in England and Wales from 1996 to 2012, as the Office
for National Statistics counted them (Open Government Licence v3.0), spellings folded, of names with
50 children or more: 98 % of 10.97 million. It is a file here, since the packages that carry these
counts are under licences that this project takes nothing from.
Surnames: the 372 of `name_counts.SURNAMES`, 36 % of the people, then a tail whose shares fall off
as 1 / rank until they make up the whole; how these are spelt comes from the package names (the
commonest of the US census of 1990).
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt

from protocol.matching.name_counts import SURNAMES
from tests.bench_matching.name_groups import GROUPS, Group

Shares = npt.NDArray[np.float64]

RARE = 330
"""Children of the ONS counts; a forename of no list that fewer bear is rare."""

_LEAST_SLOTS, _SLOTS = 1 << 10, 1 << 22
"""Of the table that is drawn from; what is rarer than one slot is in it by chance."""
_FIRST_SHARE, _FALLS_BY = 3.0, 60
"""Of a group's surnames that no table has: hundredths of a per cent where it stands first, and
behind how many others it has half of that."""
_WHOLE = 10_000
"""All surnames together, in hundredths of a per cent."""


@dataclass(frozen=True, slots=True)
class NameTables:
    """Spellings, and for each group the shares of its children that bear them, in their order."""

    forenames: tuple[str, ...]
    surnames: tuple[str, ...]
    group_shares: tuple[float, ...]
    """Of each group among all children."""
    boys: tuple[Shares, ...]
    girls: tuple[Shares, ...]
    families: tuple[Shares, ...]
    """Surnames by group."""


def name_tables() -> NameTables:
    """Return the tables of the whole country."""
    return make_tables(_counted(), _tail_spellings())


def make_tables(counts: Mapping[str, tuple[int, int]], tail: Iterable[str]) -> NameTables:
    """Return the tables for these counts of boys and girls by forename, and surnames for the tail.

    A group is as large as the bearers of its own forenames say: they are `own` of its children.
    Of a surname the English have what the other groups leave of its share in the country.
    """
    forenames = tuple(counts)
    by_sex = np.array(list(counts.values()), dtype=np.float64).T
    listed = [np.isin(forenames, group.forenames) for group in GROUPS]
    listed[0] = ~np.any(listed[1:], axis=0)
    rare = listed[0] & (by_sex.sum(axis=0) < RARE)
    sizes = [by_sex[:, mask].sum() / by_sex.sum() for mask in listed]
    shares = [size / group.own for size, group in zip(sizes[1:], GROUPS[1:], strict=True)]
    boys, girls = (
        tuple(
            _mixed(
                (group.own, counted * mask),
                (group.rare, counted * rare),
                (1 - group.own - group.rare, counted * listed[0]),
            )
            for mask, group in zip(listed, GROUPS, strict=True)
        )
        for counted in by_sex
    )
    general = _general(tail)
    spelt = tuple(dict.fromkeys([*general, *chain(*map(_borne, GROUPS)), *forenames]))
    everybody = np.array([general.get(name, 0.0) for name in spelt])
    families = [
        _families(group, spelt, everybody, dict(zip(forenames, fathers, strict=True)))
        for group, fathers in zip(GROUPS[1:], boys[1:], strict=True)
    ]
    borne = np.sum([share * each for share, each in zip(shares, families, strict=True)], axis=0)
    english = np.maximum(everybody / everybody.sum() - borne, 0)
    return NameTables(
        forenames,
        spelt,
        (1 - sum(shares), *shares),
        boys,
        girls,
        (english / english.sum(), *families),
    )


def draw(rng: np.random.Generator, shares: Shares, count: int) -> npt.NDArray[np.int32]:
    """Return so many numbers, each as often as its share says, but for chance."""
    if not shares.any():
        return np.zeros(count, dtype=np.int32)
    slots = min(_SLOTS, max(_LEAST_SLOTS, 1 << count.bit_length()))
    points = (np.arange(slots) + rng.random()) / slots
    found = np.searchsorted(np.cumsum(shares / shares.sum()), points, side="right")
    table = np.minimum(found, len(shares) - 1).astype(np.int32)
    drawn: npt.NDArray[np.int32] = table[rng.integers(0, slots, count, dtype=np.int32)]
    return drawn


def _borne(group: Group) -> Iterable[str]:
    return (*group.surnames, *group.sisters.values(), *group.girls_apart[1])


def _families(
    group: Group, spelt: tuple[str, ...], everybody: Shares, fathers: Mapping[str, float]
) -> Shares:
    """Return the shares of surnames among a group's families."""
    places = {name: place for place, name in enumerate(spelt)}
    own, others = np.zeros(len(spelt)), everybody
    for rank, name in enumerate(group.surnames):
        own[places[name]] = SURNAMES.get(name, _FIRST_SHARE * _FALLS_BY / (_FALLS_BY + rank))
    if group.fathers_name:
        others = np.zeros(len(spelt))
        for name in fathers.keys() - set(group.called_by_second[1]):
            others[places[name]] = fathers[name]
    return _mixed((group.listed, own), (1 - group.listed, others))


def _general(tail: Iterable[str]) -> dict[str, float]:
    """Return the shares of surnames in the whole country: the table's, then the tail's."""
    shares = {name: float(share) for name, share in SURNAMES.items()}
    last, left = min(shares.values()) * len(shares), _WHOLE - sum(shares.values())
    for name in tail:
        if left <= 0:
            break
        if name not in shares:
            shares[name] = last / (len(shares) + 1)
            left -= shares[name]
    return shares


def _counted() -> dict[str, tuple[int, int]]:
    """Return the boys and girls of each forename of the ONS."""
    text = (Path(__file__).parent / "ons_forenames.csv").read_text("ascii")
    rows = csv.DictReader(text.splitlines())
    return {row["name"]: (int(row["boys"]), int(row["girls"])) for row in rows}


def _tail_spellings() -> list[str]:
    text = (resources.files("names") / "dist.all.last").read_text("ascii")
    return [line.split()[0] for line in text.splitlines()]


def _mixed(*weighed: tuple[float, Shares]) -> Shares:
    """Return shares that are made up of these, by their weights; none where there are no names."""
    mixed: Shares = np.sum([w * each / (each.sum() or 1.0) for w, each in weighed], axis=0)
    return mixed
