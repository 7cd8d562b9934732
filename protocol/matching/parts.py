"""What each match key is made of (spec 10 §4, §5)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from protocol.matching.common_names import is_common, is_common_either_way, is_common_set
from protocol.matching.identity import Carer, Identity
from protocol.matching.key_ids import KeyId
from protocol.matching.nicknames import is_listed, nickname_sets
from protocol.matching.normalise import (
    date_parts,
    district_of,
    exact_date,
    sector_of,
    unordered_date,
)
from protocol.matching.phonetic import skeleton

Parts = tuple[str, ...]

_CARERS = 2
"""Adults in the keys that name one."""


@dataclass(frozen=True, slots=True, repr=False)
class Dates:
    """A child's date of birth as keys use it; "" is missing."""

    exact: str = ""
    unordered: str = ""
    parts: tuple[str, str, str] = ("", "", "")

    @classmethod
    def of(cls, day: date | None) -> "Dates":
        return cls(exact_date(day), unordered_date(day), date_parts(day)) if day else cls()


class Pair:
    """A forename with a surname. Its sounds are made once, and not kept longer than the child."""

    def __init__(self, forename: str, surname: str) -> None:
        self.forename = forename
        self.surname = surname

    @cached_property
    def sounds(self) -> tuple[str, str]:
        """kF and kS."""
        return skeleton(self.forename), skeleton(self.surname)


@dataclass(frozen=True, slots=True, repr=False)
class Pieces:
    """A child with one pair of names and one place; "" is missing everywhere."""

    child: Identity
    dates: Dates
    pair: Pair
    postcode: str

    @property
    def forename(self) -> str:
        return self.pair.forename

    @property
    def surname(self) -> str:
        return self.pair.surname

    @property
    def sounds(self) -> tuple[str, str]:
        return self.pair.sounds

    @property
    def date(self) -> str:
        return self.dates.exact

    @property
    def sector(self) -> str:
        return sector_of(self.postcode)

    @property
    def district(self) -> str:
        return district_of(self.postcode)

    @property
    def names(self) -> tuple[str, ...]:
        """N."""
        return nickname_sets(self.forename) if self.forename else ()

    @property
    def carers(self) -> tuple[Carer, ...]:
        return self.child.carers[:_CARERS]

    @property
    def house(self) -> str:
        """The house's number or name, which belongs to the first place only."""
        return self.child.house if self.child.postcodes[:1] == (self.postcode,) else ""


def common_id(key_id: KeyId, parts: Parts) -> KeyId:
    """Return the id that a key with these parts goes by: common names have ids of their own."""
    if key_id not in _COMMON:
        return key_id
    of_common, are_common = _COMMON[key_id]
    return of_common if are_common(parts[0], parts[1]) else key_id


_COMMON: dict[KeyId, tuple[KeyId, Callable[[str, str], bool]]] = {
    KeyId.C1: (KeyId.C1_COMMON, is_common),
    KeyId.C2: (KeyId.C2_COMMON, is_common_set),
    KeyId.C3: (KeyId.C3_COMMON, is_common_either_way),
}


def _c2(of: Pieces) -> Sequence[Parts]:
    # What no list knows has C1, which says the same.
    return [(name, of.surname, of.date) for name in of.names if is_listed(of.forename)]


def _surnames_here(of: Pieces) -> Sequence[str]:
    """Return the surnames that a household may go by: the child's and the first carer's."""
    return [of.surname, *(carer.surname for carer in of.carers[:1])]


def _carer_date(carer: Carer) -> str:
    return exact_date(carer.date_of_birth) if carer.date_of_birth else ""


def _mothers(of: Pieces) -> Sequence[Parts]:
    carers = of.child.carers[:1] if of.child.due_date else ()
    return [(carer.forename, carer.surname, _carer_date(carer)) for carer in carers]


PARTS: dict[KeyId, Callable[[Pieces], Sequence[Parts]]] = {
    KeyId.A1: lambda of: [(of.child.nhs_number or "", of.date)],
    KeyId.A2: lambda of: [(of.child.upn or "", of.date)],
    KeyId.A3: lambda of: [(of.forename, of.surname, of.date, of.postcode)],
    KeyId.B0: lambda of: [(of.child.nhs_number or "",), (of.child.upn or "",)],
    KeyId.B1: lambda of: [(of.forename, of.surname, of.date, of.sector)],
    KeyId.B2: lambda of: [(*of.sounds, of.date, of.district)],
    KeyId.C1: lambda of: [(of.forename, of.surname, of.date)],
    KeyId.C2: _c2,
    KeyId.C3: lambda of: [(*sorted((of.forename, of.surname)), of.dates.unordered)],
    KeyId.C4: lambda of: [(name, of.date, of.postcode) for name in of.names],
    KeyId.C5: lambda of: [(of.forename, of.surname, of.dates.parts[0], of.sector)],
    KeyId.C6: lambda of: [(of.forename, of.surname, of.dates.parts[1], of.sector)],
    KeyId.C7: lambda of: [(of.forename, of.surname, of.dates.parts[2], of.sector)],
    KeyId.C8: lambda of: [
        (of.forename, of.date, carer.forename, carer.surname) for carer in of.carers
    ],
    KeyId.D1: lambda of: [(*sorted(of.sounds), of.dates.unordered)],
    KeyId.D2: lambda of: [(of.forename[:3], of.surname[:3], of.date)],
    KeyId.D3: lambda of: [(name, of.surname, of.postcode) for name in of.names[:1]],
    KeyId.D4: lambda of: [(of.forename, of.date, of.district)],
    KeyId.D5: lambda of: [(of.surname, of.date, of.postcode)],
    KeyId.D6: lambda of: [(of.forename[:1], of.surname[:3], of.date, of.district)],
    KeyId.D7: lambda of: [(of.date, of.postcode)],
    KeyId.D8: lambda of: [(of.forename, of.surname, of.sector)],
    KeyId.D8N: lambda of: [(of.forename, of.surname, of.sector)],
    KeyId.D9: lambda of: [(of.surname, of.date, of.district)],
    KeyId.H1: lambda of: [(of.child.uprn, surname) for surname in _surnames_here(of)],
    KeyId.H2: lambda of: [(of.surname, of.postcode)],
    KeyId.H3: lambda of: [(of.postcode, of.house, of.surname)],
    KeyId.H4: lambda of: [(carer.forename, carer.surname, of.postcode) for carer in of.carers],
    KeyId.H5: lambda of: [
        (carer.forename, carer.surname, _carer_date(carer)) for carer in of.carers
    ],
    KeyId.U1: _mothers,
}
"""For each key the parts, in wire order, of each string that it gives; one with "" gives none."""
