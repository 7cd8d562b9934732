"""Who in a nation may share a match key with one of those asked about: a sieve, then the real keys.

To make every key of 11 million children would take hours. So each key is made coarsely with numpy,
of numbers for names, sounds and places, and only the children who meet a question on a coarse key
are written out and given their real keys. Coarse keys leave parts out, never add any, so nobody is
lost but by one simplification: names of two words joined to one are not made for the nation.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from protocol.matching.identity import Carer, Identity
from protocol.matching.nicknames import nickname_sets
from protocol.matching.normalise import unordered_date
from protocol.matching.phonetic import skeleton
from tests.bench_matching.cohort import DAYS, Nation, date_of
from tests.bench_matching.places import SECTORS, UNITS, Places

Hashes = npt.NDArray[np.uint64]
Ints = npt.NDArray[Any]

_NOBODY = Carer("", "", None)
_CHUNK = 1 << 18
_SIEVE_BITS = 25
_MIXERS = np.array(
    [
        0x9E3779B97F4A7C15,
        0xC2B2AE3D27D4EB4F,
        0x165667B19E3779F9,
        0x27D4EB2F165667C5,
        0xD6E8FEB86659FD93,
    ],
    dtype=np.uint64,
)


@dataclass(frozen=True, slots=True)
class Names:
    """What keys make of spellings, a hash for each."""

    whole: Hashes
    sound: Hashes
    three: Hashes
    initial: Hashes
    first_set: Hashes
    second_set: Hashes
    """0 where there is none."""

    @classmethod
    def of(cls, spelt: Sequence[str]) -> "Names":
        sets = [nickname_sets(name) for name in spelt]
        return cls(
            whole=_hashes(spelt),
            sound=_hashes([skeleton(name) for name in spelt]),
            three=_hashes([name[:3] for name in spelt]),
            initial=_hashes([name[:1] for name in spelt]),
            first_set=_hashes([names[0] for names in sets]),
            second_set=_hashes([names[1] if len(names) > 1 else "" for names in sets]),
        )


@dataclass(frozen=True, slots=True)
class Rows:
    """A forename with a surname of one child, and where and when; a child may have several rows."""

    owner: Ints
    forename: Ints
    surname: Ints
    day: Ints
    """Ordinal of the date of birth; 0 is none."""
    unordered: Ints
    places: Ints
    """Shape (rows, 5); -1 is none."""
    mother: Hashes
    """Hash of her names; 0 is none."""


def candidates(nation: Nation, asked: Sequence[Identity], numbers: Ints) -> set[tuple[int, int]]:
    """Return pairs of a question and a child of another family than the one it is about.

    Args:
        asked: what is typed of each child.
        numbers: the children in question.
    """
    rows, forenames, surnames = _rows_of(asked, nation.places)
    made = [(hashes, rows.owner[kept]) for hashes, kept in _coarse_keys(rows, forenames, surnames)]
    wanted, owners = (np.concatenate(each) for each in zip(*made, strict=True))
    order = np.argsort(wanted)
    wanted, owners = wanted[order], owners[order]
    sieve = np.zeros(1 << _SIEVE_BITS, dtype=np.bool_)
    sieve[wanted >> np.uint64(64 - _SIEVE_BITS)] = True
    home = nation.family[numbers]
    found: set[tuple[int, int]] = set()
    forenames, surnames = map(_names_of, (nation.tables.forenames, nation.tables.surnames))
    for held in _rows_of_nation(nation, forenames, surnames):
        for hashes, kept in _coarse_keys(held, forenames, surnames):
            through = np.flatnonzero(sieve[hashes >> np.uint64(64 - _SIEVE_BITS)])
            first = np.searchsorted(wanted, hashes[through])
            after = np.searchsorted(wanted, hashes[through], side="right")
            child = np.repeat(held.owner[kept][through], after - first)
            question = owners[_ranges(first, after)]
            others = nation.family[child] != home[question]
            found.update(zip(question[others].tolist(), child[others].tolist(), strict=True))
    return found


def _coarse_keys(rows: Rows, forenames: Names, surnames: Names) -> Iterator[tuple[Hashes, Ints]]:
    """Yield the hashes of one key, and the rows they are of."""
    dated, everywhere = np.flatnonzero(rows.day), np.arange(len(rows.owner))
    day, unordered = rows.day.astype(np.uint64), rows.unordered.astype(np.uint64)
    here = rows.places[:, 0]
    placed = np.flatnonzero(here >= 0)
    both = np.flatnonzero((here >= 0) & (rows.day > 0))
    sector, district = (_part(here, size) for size in (UNITS, UNITS * SECTORS))

    def of(names: Hashes, numbers: Ints, kept: Ints) -> Hashes:
        return names[numbers[kept]]

    sounds = of(forenames.sound, rows.forename, dated) + of(surnames.sound, rows.surname, dated)
    yield _mixed(1, sounds, unordered[dated]), dated  # A3, B1, B2, C1, C3, D1
    whole = of(surnames.whole, rows.surname, dated)
    yield _mixed(2, of(forenames.first_set, rows.forename, dated), whole, day[dated]), dated
    second = dated[of(forenames.second_set, rows.forename, dated) > 0]
    yield (
        _mixed(
            2,
            of(forenames.second_set, rows.forename, second),
            of(surnames.whole, rows.surname, second),
            day[second],
        ),
        second,
    )  # C2
    three = of(forenames.three, rows.forename, dated), of(surnames.three, rows.surname, dated)
    yield _mixed(3, *three, day[dated]), dated  # D2
    names = of(forenames.whole, rows.forename, placed), of(surnames.whole, rows.surname, placed)
    yield _mixed(4, *names, sector[placed]), placed  # C5 to C7, D8
    where = district[both], day[both]
    yield _mixed(5, of(forenames.whole, rows.forename, both), *where), both  # D4
    yield _mixed(6, of(surnames.whole, rows.surname, both), *where), both  # D9
    mothered = dated[rows.mother[dated] > 0]
    yield (
        _mixed(
            7,
            of(forenames.whole, rows.forename, mothered),
            day[mothered],
            rows.mother[mothered],
        ),
        mothered,
    )  # C8
    for number in range(rows.places.shape[1]):
        there = everywhere[rows.places[:, number] >= 0]
        place = rows.places[there, number].astype(np.uint64)
        yield _mixed(8, of(surnames.whole, rows.surname, there), place), there  # D3, H2
        dated_there = there[rows.day[there] > 0]
        place = rows.places[dated_there, number].astype(np.uint64)
        yield _mixed(9, place, day[dated_there]), dated_there  # C4, D5, D7
        if number < 2:
            begun = (
                of(forenames.initial, rows.forename, dated_there),
                of(surnames.three, rows.surname, dated_there),
            )
            part = _part(place, UNITS * SECTORS)
            yield _mixed(10, *begun, part, day[dated_there]), dated_there  # D6


def _rows_of(asked: Sequence[Identity], places: Places) -> tuple[Rows, Names, Names]:
    """Return the rows of questions, their owners counted from 0, and the names in them."""
    table = [
        (number, forename, surname)
        for number, identity in enumerate(asked)
        for forename in identity.forenames or ("",)
        for surname in identity.surnames or ("",)
    ]
    owner = np.array([number for number, _, _ in table])
    days = [identity.date_of_birth for identity in asked]
    where = np.full((len(asked), 5), -1, dtype=np.int64)
    for number, identity in enumerate(asked):
        for rank, postcode in enumerate(identity.postcodes):
            where[number, rank] = places.number(postcode)
    carers = [(*identity.carers, _NOBODY)[0] for identity in asked]
    forenames = sorted({forename for _, forename, _ in table})
    surnames = sorted({surname for _, _, surname in table})
    ranked = [{name: rank for rank, name in enumerate(each)} for each in (forenames, surnames)]
    rows = Rows(
        owner=owner,
        forename=np.array([ranked[0][forename] for _, forename, _ in table]),
        surname=np.array([ranked[1][surname] for _, _, surname in table]),
        day=np.array([day.toordinal() if day else 0 for day in days])[owner],
        unordered=np.array([int(unordered_date(day)) if day else 0 for day in days])[owner],
        places=where[owner],
        mother=_mothers(
            _hashes([carer.forename for carer in carers]),
            _hashes([carer.surname for carer in carers]),
        )[owner],
    )
    return rows, Names.of(forenames), Names.of(surnames)


def _rows_of_nation(nation: Nation, forenames: Names, surnames: Names) -> Iterator[Rows]:
    """Yield the rows of all children, some at a time."""
    ordinals = np.array([date_of(day).toordinal() for day in range(DAYS)])
    unordered = np.array([int(unordered_date(date_of(day))) for day in range(DAYS)])
    for start in range(0, len(nation), _CHUNK):
        child = np.arange(start, min(start + _CHUNK, len(nation)))
        home = nation.family[child]
        second = nation.families.second_surname[home]
        names = [(child, nation.forename[child], nation.surname[child])]
        further = child[nation.second_forename[child] >= 0]
        names.append((further, nation.second_forename[further], nation.surname[further]))
        other = child[second >= 0]
        names.append((other, nation.forename[other], second[second >= 0]))
        both = further[nation.families.second_surname[nation.family[further]] >= 0]
        of_both = nation.families.second_surname[nation.family[both]]
        names.append((both, nation.second_forename[both], of_both))
        owner, forename, surname = (np.concatenate(each) for each in zip(*names, strict=True))
        home, day = nation.family[owner], nation.day[owner]
        yield Rows(
            owner=owner,
            forename=forename,
            surname=surname,
            day=ordinals[day],
            unordered=unordered[day],
            places=nation.families.places[home],
            mother=_mothers(
                forenames.whole[nation.families.mother[home]],
                surnames.whole[nation.families.mothers_surname[home]],
            ),
        )


@lru_cache(2)
def _names_of(spelt: tuple[str, ...]) -> Names:
    """Return what `Names.of` does; of one nation after the other the spellings are the same."""
    return Names.of(spelt)


def _mothers(forename: Hashes, surname: Hashes) -> Hashes:
    """Return a hash of both names, 0 where one is not known."""
    known = (forename > 0) & (surname > 0)
    mothers: Hashes = np.where(known, _mixed(0, forename, surname), np.uint64(0))
    return mothers


def _part(places: Ints, size: int) -> Hashes:
    return (places // size).astype(np.uint64)


def _hashes(texts: Sequence[str]) -> Hashes:
    """Return a number for each text; 0 is for none."""
    most = (1 << 64) - 1
    return np.array([hash(text) & most if text else 0 for text in texts], dtype=np.uint64)


def _mixed(kind: int, *parts: Hashes) -> Hashes:
    mixed: Hashes = np.full(len(parts[0]), kind, dtype=np.uint64)
    for part, mixer in zip(parts, _MIXERS, strict=False):
        mixed = (mixed ^ part) * mixer
        mixed ^= mixed >> np.uint64(31)
    mixed *= _MIXERS[-1]
    return mixed


def _ranges(first: Ints, after: Ints) -> Ints:
    """Return the numbers from each `first` up to its `after`, one range behind the other."""
    lengths = after - first
    offset = np.repeat(first - (np.cumsum(lengths) - lengths), lengths)
    ranges: Ints = np.arange(len(offset)) + offset
    return ranges
