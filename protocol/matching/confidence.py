"""How much a matched key says, and what it leaves open (spec 10 §7)."""

from enum import IntEnum

from protocol.matching.keys import KeyId


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


_MEANING: dict[KeyId, tuple[Tier, str]] = {
    KeyId.A1: (Tier.CERTAIN, ""),
    KeyId.A2: (Tier.CERTAIN, ""),
    KeyId.A3: (Tier.CERTAIN, ""),
    KeyId.B1: (Tier.STRONG, "the full postcode is not the same"),
    KeyId.C1: (Tier.PROBABLE, "the postcode is not the same, or not known"),
    KeyId.C3: (Tier.PROBABLE, "names may be swapped, or day and month"),
}
