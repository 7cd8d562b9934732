"""pseudopeople's sample census: ten thousand people of one town, noised again for each file.

The town has one ZIP code, as many people as a postcode sector: outward code and sector are the
same for all, the unit comes from house and street, some ten households to each.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pseudopeople

from protocol.limits import IDENTITY_CARERS
from protocol.matching.confidence import Tier, tier_of
from protocol.matching.identity import Carer, Identity
from protocol.matching.normalise import compact, forename_forms, surname_forms
from tests.bench_matching.linkage import Linkage, Quality, quality_of
from tests.bench_matching.score import meet

CHILDREN = frozenset(
    {"Biological child", "Adopted child", "Stepchild", "Foster child", "Grandchild"}
)
HEADS = ("Reference person", "Opposite-sex", "Same-sex")
ADULT = 18
_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
_NOISES = {2020: 0, 2030: 20_000}


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """One line of a census."""

    identity: Identity
    household: str
    is_child: bool


Census = Mapping[str, Person]


def census(seed: int, year: int) -> Census:
    """Return the people of a census by their true id; the seed is the noise's."""
    lines = pseudopeople.generate_decennial_census(seed=seed + _NOISES[year], year=year)
    rows = list(lines.drop_duplicates("simulant_id").itertuples())
    adults = _adults(rows)
    return {row.simulant_id: _person(row, adults) for row in rows}


def same_year(seed: int) -> Linkage:
    """Return one census noised twice: each person asks for itself."""
    return _linkage(f"census, same year, seed {seed}", census(seed, 2020), census(seed + 100, 2020))


def ten_years_on(seed: int) -> Linkage:
    """Return two censuses ten years apart, of those in both: over half have moved."""
    asked, held = census(seed, 2020), census(seed + 200, 2030)
    both = asked.keys() & held.keys()
    return _linkage(
        f"census, ten years on, seed {seed}",
        {each: asked[each] for each in both},
        {each: held[each] for each in both},
    )


def siblings(seed: int) -> tuple[Quality, int]:
    """Return how well household keys find a child's siblings in the other file of the same year,
    and how many children of other households they find."""
    asked, held = (
        {name: person for name, person in census(number, 2020).items() if person.is_child}
        for number in (seed, seed + 100)
    )
    linkage = _linkage("siblings", asked, held)
    home = {name: person.household for name, person in held.items()}
    at_home = defaultdict(set)
    for name, household in home.items():
        at_home[household].add(name)
    truth = frozenset(
        (name, other)
        for name in asked.keys() & held.keys()
        for other in at_home[home[name]] - {name}
    )
    found = {pair for pair, key_ids in meet(linkage).items() if _is_of_household(pair, key_ids)}
    strangers = {pair for pair in found if home.get(pair[0]) != home[pair[1]]}
    return quality_of(found, truth), len(strangers)


def _is_of_household(pair: tuple[str, str], key_ids: frozenset[Any]) -> bool:
    return pair[0] != pair[1] and any(tier_of(each) is Tier.HOUSEHOLD for each in key_ids)


def _linkage(name: str, asked: Census, held: Census) -> Linkage:
    queries, records = (
        {each: person.identity for each, person in people.items()} for people in (asked, held)
    )
    return Linkage.of_same_ids(name, queries, records)


def _person(row: Any, adults: Mapping[str, tuple[Carer, ...]]) -> Person:
    is_child = _text(row.relationship_to_reference_person) in CHILDREN and not _is_adult(row)
    identity = Identity(
        forenames=forename_forms(_text(row.first_name)),
        surnames=surname_forms(_text(row.last_name)),
        date_of_birth=_day(_text(row.date_of_birth)),
        postcodes=_postcodes(row),
        nhs_number=None,
        upn=None,
        carers=adults.get(row.household_id, ()) if is_child else (),
        house=compact(_text(row.street_number)),
    )
    return Person(identity, row.household_id, is_child)


def _adults(rows: list[Any]) -> dict[str, tuple[Carer, ...]]:
    """Return the adults of every household, its heads first."""
    of_household: dict[str, list[tuple[bool, Carer]]] = defaultdict(list)
    for row in rows:
        relation = _text(row.relationship_to_reference_person)
        if _is_adult(row) and "group quarters" not in relation:
            forename, surname = (
                (forms or ("",))[0]
                for forms in (
                    forename_forms(_text(row.first_name)),
                    surname_forms(_text(row.last_name)),
                )
            )
            carer = Carer(forename, surname, _day(_text(row.date_of_birth)))
            of_household[row.household_id].append((not relation.startswith(HEADS), carer))
    return {
        household: tuple(
            carer for _, carer in sorted(ranked, key=lambda pair: pair[0])[:IDENTITY_CARERS]
        )
        for household, ranked in of_household.items()
    }


def _is_adult(row: Any) -> bool:
    age = _text(row.age)
    return age.isdigit() and int(age) >= ADULT


def _postcodes(row: Any) -> tuple[str, ...]:
    street = compact(_text(row.street_name))
    if not street:
        return ()
    text = f"{street}/{compact(_text(row.street_number))}"
    unit = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big")
    return (f"AA11{_LETTERS[unit % 20]}{_LETTERS[unit // 20 % 20]}",)


def _day(text: str) -> date | None:
    try:
        month, day, year = (int(part) for part in text.split("/"))
        return date(year, month, day)
    except ValueError:
        return None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
