"""Match keys: the strings that two councils compare through the OPRF (spec 10 §4 to §6).

One function serves import and asking. A new key is a member of `KeyId`, a line in `_PARTS` and its
place in `_ORDER`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice

from protocol.encoding import Writer
from protocol.labels import MATCH_KEY
from protocol.limits import IDENTITY_POSTCODES, QUESTION_SLOTS, RECORD_KEYS
from protocol.matching.identity import Identity
from protocol.matching.normalise import exact_date, sector_of, unordered_date

MATCHING_VERSION = 1
"""Raised by any change in what enters the OPRF; different versions never meet."""

QUESTION_CUT = QUESTION_SLOTS
RECORD_CUT = RECORD_KEYS


class KeyId(IntEnum):
    """One wire byte: the letter of the key's group, then its number in the group (spec 10 §5)."""

    A1 = 0x11
    A2 = 0x12
    A3 = 0x13
    B1 = 0x21
    C1 = 0x31
    C3 = 0x33


@dataclass(frozen=True, slots=True, repr=False)
class MatchKey:
    """A composite of a child's data, unhashed: it goes into the OPRF and nowhere else."""

    id: KeyId
    oprf_input: bytes

    def __repr__(self) -> str:
        return f"MatchKey({self.id.name}, ...)"


def question_keys(identity: Identity) -> tuple[MatchKey, ...]:
    """Return a question's keys, the most telling first, at most `QUESTION_CUT`, each once."""
    return _first_keys(identity, QUESTION_CUT)


def record_keys(identity: Identity) -> tuple[MatchKey, ...]:
    """Return a record's keys, the most telling first, at most `RECORD_CUT`, each once."""
    return _first_keys(identity, RECORD_CUT)


@dataclass(frozen=True, slots=True, repr=False)
class _Parts:
    """What keys are made of, for one pair of names and one place; "" is missing."""

    nhs_number: str
    upn: str
    date: str
    date_unordered: str
    forename: str
    surname: str
    postcode: str

    @property
    def sector(self) -> str:
        return sector_of(self.postcode)


_PARTS: dict[KeyId, Callable[[_Parts], tuple[str, ...]]] = {
    KeyId.A1: lambda of: (of.nhs_number, of.date),
    KeyId.A2: lambda of: (of.upn, of.date),
    KeyId.A3: lambda of: (of.forename, of.surname, of.date, of.postcode),
    KeyId.B1: lambda of: (of.forename, of.surname, of.date, of.sector),
    KeyId.C1: lambda of: (of.forename, of.surname, of.date),
    KeyId.C3: lambda of: (*sorted((of.forename, of.surname)), of.date_unordered),
}
"""What each key is made of, in wire order."""


_Span = tuple[int, int | None]

_FIRST: _Span = (0, 1)
_ALL: _Span = (0, None)


@dataclass(frozen=True, slots=True)
class _Step:
    """Emit one key for these places and, within each, these pairs of names."""

    id: KeyId
    pairs: _Span = _FIRST
    places: _Span = _FIRST


_ORDER = (
    _Step(KeyId.A1),
    _Step(KeyId.A2),
    _Step(KeyId.A3),
    _Step(KeyId.B1),
    _Step(KeyId.C1),
    _Step(KeyId.C3),
    _Step(KeyId.C1, pairs=(1, 4)),
    _Step(KeyId.A3, pairs=(1, 3)),
    *(
        _Step(key_id, places=(place, place + 1))
        for place in range(1, IDENTITY_POSTCODES)
        for key_id in (KeyId.A3, KeyId.B1)
    ),
    _Step(KeyId.C1, pairs=_ALL),
    _Step(KeyId.A3, pairs=_ALL, places=_ALL),
    _Step(KeyId.B1, pairs=_ALL, places=_ALL),
)
"""Order of preference (spec 10 §6); a step may repeat earlier keys, which count once."""


def _first_keys(identity: Identity, most: int) -> tuple[MatchKey, ...]:
    distinct = dict.fromkeys(_in_order(identity))
    return tuple(
        MatchKey(key_id, _oprf_input(key_id, parts)) for key_id, parts in islice(distinct, most)
    )


def _in_order(identity: Identity) -> Iterator[tuple[KeyId, tuple[str, ...]]]:
    """Yield each key's id and parts; a key with a missing part is none."""
    pairs = _pairs(identity)
    rows = [
        [_parts(identity, pair, place) for pair in pairs] for place in identity.postcodes or ("",)
    ]
    for step in _ORDER:
        for row in rows[slice(*step.places)]:
            for parts in row[slice(*step.pairs)]:
                chosen = _PARTS[step.id](parts)
                if all(chosen):
                    yield step.id, chosen


def _pairs(identity: Identity) -> list[tuple[str, str]]:
    """Return forename with surname, both first forms first, then by their ranks' sum.

    At one sum the surname gives way first: it is the one that changes more often.
    """
    ranked = [
        (forename_rank + surname_rank, forename_rank, (forename, surname))
        for forename_rank, forename in enumerate(identity.forenames or ("",))
        for surname_rank, surname in enumerate(identity.surnames or ("",))
    ]
    return [pair for _, _, pair in sorted(ranked)]


def _parts(identity: Identity, pair: tuple[str, str], postcode: str) -> _Parts:
    forename, surname = pair
    day = identity.date_of_birth
    return _Parts(
        nhs_number=identity.nhs_number or "",
        upn=identity.upn or "",
        date=exact_date(day) if day else "",
        date_unordered=unordered_date(day) if day else "",
        forename=forename,
        surname=surname,
        postcode=postcode,
    )


def _oprf_input(key_id: KeyId, parts: tuple[str, ...]) -> bytes:
    writer = Writer().prefixed(MATCH_KEY).integer(MATCHING_VERSION, 1).integer(key_id, 1)
    for part in parts:
        writer.prefixed(part.encode("ascii"))
    return writer.done()
