"""Match keys: the strings that two councils compare through the OPRF (spec 10 §4 to §6).

One function serves import and asking. A new key is a member of `KeyId`, a line in `parts.PARTS`
and its place in the order of `_steps`.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from protocol.encoding import Writer
from protocol.labels import MATCH_KEY
from protocol.limits import IDENTITY_POSTCODES, QUESTION_SLOTS, RECORD_KEYS
from protocol.matching.identity import Identity
from protocol.matching.key_ids import KeyId
from protocol.matching.parts import PARTS, Dates, Pair, Parts, Pieces, common_id

MATCHING_VERSION = 3
"""Raised by any change in what enters the OPRF; different versions never meet."""

QUESTION_CUT = QUESTION_SLOTS
RECORD_CUT = RECORD_KEYS


@dataclass(frozen=True, slots=True, repr=False)
class MatchKey:
    """A composite of a child's data, unhashed: it goes into the OPRF and nowhere else."""

    id: KeyId
    oprf_input: bytes

    def __repr__(self) -> str:
        return f"MatchKey({self.id.name}, ...)"


def question_keys(identity: Identity, household: bool) -> tuple[MatchKey, ...]:
    """Return a question's keys, the most telling first, at most `QUESTION_CUT`, each once.

    Household keys are among them only where the purpose allows.
    """
    # With a date, only those records are asked for by name and sector alone that have none.
    without_date = (KeyId.D8N,) if identity.date_of_birth else (KeyId.D8, KeyId.D8N)
    return _first_keys(identity, _steps(without_date, household), QUESTION_CUT)


def record_keys(identity: Identity, shared_postcodes: Collection[str] = ()) -> tuple[MatchKey, ...]:
    """Return a record's keys, the most telling first, at most `RECORD_CUT`, each once.

    `shared_postcodes` are those of the child's where many unrelated children live at its address:
    such an address is no key by itself, nor with a date or a surname.
    """
    without_date = (KeyId.D8,) if identity.date_of_birth else (KeyId.D8N,)
    steps = _steps(without_date, household=True)
    return _first_keys(identity, steps, RECORD_CUT, shared_postcodes)


_OF_AN_ADDRESS = frozenset({KeyId.D7, KeyId.H1, KeyId.H2, KeyId.H3, KeyId.H4})
"""Keys by which all that children need to share is where they live, and a name or a date."""

_Span = tuple[int, int | None]

_FIRST: _Span = (0, 1)
_ALL: _Span = (0, None)


@dataclass(frozen=True, slots=True)
class _Step:
    """Emit one key for these places and, within each, these pairs of names."""

    id: KeyId
    pairs: _Span = _FIRST
    places: _Span = _FIRST


@lru_cache
def _steps(without_date: tuple[KeyId, ...], household: bool) -> tuple[_Step, ...]:
    """Return the order of preference (spec 10 §6); a step may repeat earlier keys."""
    k = KeyId
    first = (
        *(k.A1, k.A2, k.U1),
        *(k.A3, k.B1, k.B2),
        *(k.C1, k.C3, k.C2, k.C4, k.D1, k.D2),
        *(k.D5, k.D7, k.D4, k.D6, k.D9, k.B0, k.D3, *without_date),
    )
    other_names = (
        _Step(k.C1, pairs=(1, 4)),
        _Step(k.D1, pairs=(1, 2)),
        _Step(k.D2, pairs=(1, 2)),
        _Step(k.A3, pairs=(1, 3)),
        _Step(k.B2, pairs=(1, 2)),
    )
    of_household = (
        *(_Step(k.H5), _Step(k.H1), _Step(k.H2, pairs=(0, 2)), _Step(k.H4), _Step(k.H3)),
    )
    other_places: list[_Step] = []
    for number in range(1, IDENTITY_POSTCODES):
        place = (number, number + 1)
        here = (k.A3, k.C4, k.D5, k.B2, k.B1, *((k.H2,) if household else ()))
        other_places += [_Step(key_id, places=place) for key_id in here]
        if number == 1:
            other_places += [_Step(k.D6, places=place)]
            other_places += [_Step(key_id) for key_id in (k.C8, k.C5, k.C6, k.C7)]
            other_places += [_Step(k.D3, places=place)]
    further = (_Step(k.C1, _ALL), _Step(k.A3, _ALL, _ALL), _Step(k.B1, _ALL, _ALL))
    return (
        *(_Step(key_id) for key_id in first),
        *other_names,
        *(of_household if household else ()),
        *other_places,
        *further,
    )


def _first_keys(
    identity: Identity,
    steps: tuple[_Step, ...],
    most: int,
    shared_postcodes: Collection[str] = (),
) -> tuple[MatchKey, ...]:
    distinct = dict.fromkeys(_in_order(identity, steps, shared_postcodes))
    return tuple(
        MatchKey(key_id, _oprf_input(key_id, parts)) for key_id, parts in islice(distinct, most)
    )


def _in_order(
    identity: Identity, steps: tuple[_Step, ...], shared_postcodes: Collection[str]
) -> Iterator[tuple[KeyId, Parts]]:
    """Yield each key's id and parts; a key with a missing part is none."""
    pairs = _pairs(identity)
    dates = Dates.of(identity.date_of_birth)
    rows = [
        [Pieces(identity, dates, pair, postcode) for pair in pairs]
        for postcode in identity.postcodes or ("",)
    ]
    for step in steps:
        for row in rows[slice(*step.places)]:
            if step.id in _OF_AN_ADDRESS and row[0].postcode in shared_postcodes:
                continue
            for pieces in row[slice(*step.pairs)]:
                for parts in PARTS[step.id](pieces):
                    if all(parts):
                        yield common_id(step.id, parts), parts


def _pairs(identity: Identity) -> list[Pair]:
    """Return forename with surname, both first forms first, then by their ranks' sum.

    At one sum the surname gives way first: it is the one that changes more often.
    """
    ranked = [
        (forename_rank + surname_rank, forename_rank, (forename, surname))
        for forename_rank, forename in enumerate(identity.forenames or ("",))
        for surname_rank, surname in enumerate(identity.surnames or ("",))
    ]
    return [Pair(*names) for _, _, names in sorted(ranked)]


def _oprf_input(key_id: KeyId, parts: Parts) -> bytes:
    # In ASCII a text has as many bytes as characters.
    encoded = [len(part).to_bytes(2, "big") + part.encode("ascii") for part in parts]
    return _HEADS[key_id] + b"".join(encoded)


_HEADS = {
    key_id: Writer().prefixed(MATCH_KEY).integer(MATCHING_VERSION, 1).integer(key_id, 1).done()
    for key_id in KeyId
}
"""What each key's string begins with (spec 10 §5)."""
