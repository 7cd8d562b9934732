"""How much a matched key says, and what it leaves open (spec 10 §7)."""

from collections.abc import Collection
from enum import IntEnum

from protocol.matching.key_ids import KeyId


class Tier(IntEnum):
    """One wire byte; the lower number is the stronger."""

    CERTAIN = 1
    STRONG = 2
    PROBABLE = 3
    POSSIBLE = 4
    HOUSEHOLD = 5


def tier_of(key_id: KeyId) -> Tier:
    """Return the tier of a record whose strongest matching key is this."""
    return _MEANING[key_id][0]


def difference_of(key_id: KeyId) -> str:
    """Return what differs when this is the strongest key that matched; "" where nothing does.

    Words for a practitioner, to stand after "but".
    """
    return _MEANING[key_id][1]


def rank_of(key_id: KeyId) -> int:
    """Return an id's place among all, the strongest first: 0 and up."""
    return _RANKS[key_id]


def strongest_key(key_ids: Collection[KeyId]) -> KeyId | None:
    """Return the strongest of the keys on which one record matched; None if they say nothing.

    Loose keys count only beside another key of the child, or where D1 and D2 both match; the
    household's keys do not stand for that.
    """
    of_child = {key_id for key_id in key_ids if tier_of(key_id) is not Tier.HOUSEHOLD}
    is_loose = of_child <= _LOOSE and not of_child >= _TOGETHER
    counted = set(key_ids) - _LOOSE if is_loose else set(key_ids)
    return min(counted, key=rank_of, default=None)


_LOOSE = {KeyId.C2_COMMON, KeyId.C3_COMMON, KeyId.D1, KeyId.D2}
"""Namesakes born on one day are many enough without a short form or a swapped date between them."""
_TOGETHER = {KeyId.D1, KeyId.D2}

_MEANING: dict[KeyId, tuple[Tier, str]] = {
    KeyId.A1: (Tier.CERTAIN, ""),
    KeyId.A2: (Tier.CERTAIN, ""),
    KeyId.A3: (Tier.CERTAIN, ""),
    KeyId.B1: (Tier.STRONG, "the full postcode is not the same"),
    KeyId.B2: (Tier.STRONG, "the name is spelt differently, and the postcode may not be the same"),
    KeyId.C1: (Tier.PROBABLE, "the postcode is not the same, or not known"),
    KeyId.C2: (Tier.PROBABLE, "the forename is another form of it, and the postcode not the same"),
    KeyId.C3: (Tier.PROBABLE, "names may be swapped, or day and month"),
    KeyId.C4: (Tier.PROBABLE, "the surname is not the same"),
    KeyId.C5: (Tier.PROBABLE, "the day of birth is not the same"),
    KeyId.C6: (Tier.PROBABLE, "the month of birth is not the same"),
    KeyId.C7: (Tier.PROBABLE, "the year of birth is not the same"),
    KeyId.C8: (Tier.PROBABLE, "the surname is not the same; a carer is"),
    KeyId.C1_COMMON: (Tier.POSSIBLE, "the name is a common one, and the postcode not the same"),
    KeyId.C2_COMMON: (Tier.POSSIBLE, "the name is a common one, and the postcode not the same"),
    KeyId.C3_COMMON: (Tier.POSSIBLE, "the name is a common one, and names or date may be swapped"),
    KeyId.B0: (Tier.POSSIBLE, "only the number is the same: check name and date of birth"),
    KeyId.D1: (Tier.POSSIBLE, "the names only sound alike"),
    KeyId.D2: (Tier.POSSIBLE, "the names only begin alike"),
    KeyId.D3: (Tier.POSSIBLE, "the date of birth is not the same: may be a relative"),
    KeyId.D4: (Tier.POSSIBLE, "the surname is not the same"),
    KeyId.D5: (Tier.POSSIBLE, "the forename is not the same: may be a twin"),
    KeyId.D6: (Tier.POSSIBLE, "the names only begin alike"),
    KeyId.D7: (Tier.POSSIBLE, "the names are not the same: may be a twin or a neighbour"),
    KeyId.D8: (Tier.POSSIBLE, "the date of birth was not compared"),
    KeyId.D8N: (Tier.POSSIBLE, "the date of birth is not on record there"),
    KeyId.D9: (Tier.POSSIBLE, "the forename is not the same"),
    KeyId.U1: (Tier.POSSIBLE, "only the mother was compared: a baby of hers, perhaps a twin"),
    KeyId.H1: (Tier.HOUSEHOLD, "the same household, not the child"),
    KeyId.H2: (Tier.HOUSEHOLD, "the same household, not the child"),
    KeyId.H3: (Tier.HOUSEHOLD, "the same household, not the child"),
    KeyId.H4: (Tier.HOUSEHOLD, "the same household, not the child"),
    KeyId.H5: (Tier.HOUSEHOLD, "an adult is the same: the household may be, or have been"),
}

_RANKS = {
    key_id: rank
    for rank, key_id in enumerate(sorted(KeyId, key=lambda key_id: (tier_of(key_id), key_id)))
}
