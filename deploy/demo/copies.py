"""A child in one council's file, and how the file is typed."""

import unicodedata
from dataclasses import dataclass, replace
from random import Random

from deploy.demo.councils import CouncilPlan
from deploy.demo.people import Child
from deploy.demo.rows import IdentityColumns, Row
from deploy.demo.variations import Held, Variation


@dataclass(frozen=True, slots=True)
class Copy:
    """A child in one council's file."""

    child: Child
    council: CouncilPlan
    variation: Variation
    held: Held
    row: Row


def write_identity(rng: Random, held: Held, variation: Variation) -> IdentityColumns:
    """Return the columns as the council's system exports them."""
    tidy = IdentityColumns(
        surname=held.surname,
        forename=held.forename,
        date_of_birth=held.born.isoformat(),
        postcode=held.postcodes[0] if held.postcodes else "",
        nhs_number=held.nhs_number,
        upn=held.upn,
        other_surnames=held.other_surname,
        other_forenames=held.known_as,
        other_postcodes=";".join(held.postcodes[1:]),
    )
    return _untidy(rng, held, tidy) if variation is Variation.UNTIDY else tidy


def _untidy(rng: Random, held: Held, tidy: IdentityColumns) -> IdentityColumns:
    surname = _without_accents(tidy.surname) if rng.random() < 0.5 else tidy.surname
    number = tidy.nhs_number
    return replace(
        tidy,
        surname=surname.upper(),
        forename=f" {tidy.forename.upper()}  " if rng.random() < 0.5 else f"{tidy.forename} ",
        date_of_birth=f"{held.born:%d/%m/%Y}",
        postcode=tidy.postcode.replace(" ", rng.choice(("", "  "))),
        nhs_number=f"{number[:3]} {number[3:6]} {number[6:]}".strip(),
    )


def _without_accents(name: str) -> str:
    return "".join(
        letter
        for letter in unicodedata.normalize("NFKD", name)
        if not unicodedata.combining(letter)
    )
