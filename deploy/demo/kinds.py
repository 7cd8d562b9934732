"""The kinds of question that the demo shows, and which children each fits."""

from collections.abc import Callable, Sequence
from enum import Enum

from deploy.demo.children import Population
from deploy.demo.copies import Copy
from deploy.demo.expectation import Asked, first_forms
from deploy.demo.people import Child
from deploy.demo.variations import Variation
from protocol.matching.common_names import is_common_either_way


class Kind(Enum):
    """What a question shows; asked in this order, and from the start again after the last."""

    EXACT = "the same in several files"
    MOVED = "moved, the asker has the new address alone"
    MISSPELT = "a name misspelt, asked with the NHS number"
    NOBODY = "known to nobody"
    NAMES_SWAPPED = "forename and surname swapped"
    DATE_SWAPPED = "day and month of birth swapped"
    UNKNOWN_SIBLING = "not known, the sibling of a known child"
    SPLIT_SIBLING = "a sibling known to another council"
    OTHER_SURNAME = "a former or married name"
    TWIN = "a twin known to another council"
    MOVED_NEARBY = "moved within the postcode sector"
    MOVED_TWO_ADDRESSES = "moved, the asker has both addresses"
    UNTIDY = "the same, but typed carelessly"
    MISSPELT_UPN = "a name misspelt, asked with the UPN"
    MISSPELT_MISSED = "a name misspelt, asked without a number: not found"
    NUMBER_ALONE = "asked with NHS number and date of birth alone"
    COMMON_NAME = "a common name, moved: checked by a person first"


REQUIRED = (
    Kind.EXACT,
    Kind.MOVED,
    Kind.MISSPELT,
    Kind.NOBODY,
    Kind.NAMES_SWAPPED,
    Kind.DATE_SWAPPED,
    Kind.UNKNOWN_SIBLING,
)
"""The first of `Kind`: no demo goes without them."""


def candidates_of(population: Population, kind: Kind) -> list[Asked]:
    """Return a question of this kind for every child that it fits."""
    return [
        asked
        for child in population.children
        if (asked := _ASK[kind](population, child)) is not None
    ]


_Ask = Callable[[Population, Child], Asked | None]


def _common(child: Child) -> Asked:
    """Return the four entries of a common lookup."""
    return Asked(child, postcodes=(child.postcode,))


def _ask_exact(population: Population, child: Child) -> Asked | None:
    copies = population.copies_of(child)
    all_exact = all(copy.variation is Variation.EXACT for copy in copies)
    return _common(child) if len(copies) > 1 and all_exact else None


def _ask_nobody(population: Population, child: Child) -> Asked | None:
    is_alone = not population.copies_of(child) and not population.kin_of(child)
    return _common(child) if is_alone else None


def _ask_unknown_sibling(population: Population, child: Child) -> Asked | None:
    is_sibling = not population.copies_of(child) and population.kin_of(child)
    return _common(child) if is_sibling else None


def _ask_split(*, are_twins: bool) -> _Ask:
    def ask(population: Population, child: Child) -> Asked | None:
        held = population.copies_of(child)
        split = any(
            (other.born == child.born) == are_twins
            and _are_apart(held, population.copies_of(other))
            for other in population.kin_of(child)
        )
        return _common(child) if split else None

    return ask


def _are_apart(copies: Sequence[Copy], others: Sequence[Copy]) -> bool:
    councils = {copy.council.id for copy in copies}
    return bool(copies and others) and councils.isdisjoint(copy.council.id for copy in others)


def _ask_with(variation: Variation, ask: Callable[[Copy], Asked | None] | None = None) -> _Ask:
    """Return a way to ask about a child of which some copy has the variation."""

    def ask_child(population: Population, child: Child) -> Asked | None:
        for copy in population.copies_of(child):
            if copy.variation is variation:
                return ask(copy) if ask else _common(child)
        return None

    return ask_child


def _ask_moved(copy: Copy) -> Asked | None:
    """Ask where the council has the other address alone."""
    return _ask_rare(copy) if len(copy.held.postcodes) == 1 else None


def _ask_rare(copy: Copy) -> Asked | None:
    """Ask where the name says enough beside the date; a common one would be checked first."""
    is_common = is_common_either_way(*first_forms(copy.child.forename, copy.child.surname))
    return None if is_common else _common(copy.child)


def _ask_common(copy: Copy) -> Asked | None:
    return None if _ask_rare(copy) else _common(copy.child)


def _ask_moved_two_addresses(copy: Copy) -> Asked | None:
    here = copy.held.postcodes[0]
    return Asked(copy.child, postcodes=(copy.child.postcode, here))


def _ask_misspelt(copy: Copy) -> Asked | None:
    return Asked(copy.child, nhs_number=True) if copy.held.nhs_number else None


def _ask_misspelt_upn(copy: Copy) -> Asked | None:
    return Asked(copy.child, upn=True) if copy.held.upn else None


def _ask_number_alone(population: Population, child: Child) -> Asked | None:
    held = population.copies_of(child)
    is_held = len(held) > 1 and any(copy.held.nhs_number for copy in held)
    return Asked(child, names=False, nhs_number=True) if is_held else None


_ASK: dict[Kind, _Ask] = {
    Kind.EXACT: _ask_exact,
    Kind.MOVED: _ask_with(Variation.MOVED, _ask_moved),
    Kind.MISSPELT: _ask_with(Variation.MISSPELT, _ask_misspelt),
    Kind.NOBODY: _ask_nobody,
    Kind.NAMES_SWAPPED: _ask_with(Variation.NAMES_SWAPPED, _ask_rare),
    Kind.DATE_SWAPPED: _ask_with(Variation.DATE_SWAPPED, _ask_rare),
    Kind.UNKNOWN_SIBLING: _ask_unknown_sibling,
    Kind.SPLIT_SIBLING: _ask_split(are_twins=False),
    Kind.OTHER_SURNAME: _ask_with(Variation.OTHER_SURNAME),
    Kind.TWIN: _ask_split(are_twins=True),
    Kind.MOVED_NEARBY: _ask_with(Variation.MOVED_NEARBY),
    Kind.MOVED_TWO_ADDRESSES: _ask_with(Variation.MOVED, _ask_moved_two_addresses),
    Kind.UNTIDY: _ask_with(Variation.UNTIDY),
    Kind.MISSPELT_UPN: _ask_with(Variation.MISSPELT, _ask_misspelt_upn),
    Kind.MISSPELT_MISSED: _ask_with(Variation.MISSPELT),
    Kind.NUMBER_ALONE: _ask_number_alone,
    Kind.COMMON_NAME: _ask_with(Variation.MOVED, _ask_common),
}
