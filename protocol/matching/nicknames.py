"""N: the names behind a short form, so that Kasia meets Katarzyna, and Bob Rob (spec 10 §4)."""

from collections.abc import Iterable, Mapping

from nicknames import NickNamer

from protocol.matching.name_counts import FORENAMES
from protocol.matching.normalise import compact
from protocol.matching.own_nicknames import LISTED

MOST_SETS = 2
"""A short form stands for its two most frequent names at most."""


def nickname_sets(forename: str) -> tuple[str, ...]:
    """Return the names that stand for a forename's sets, the most frequent first; at least one.

    A name with short forms stands for itself; a short form for the names it may be short for; a
    name that is neither, for itself.
    """
    return _SETS.get(forename, (forename,))


def is_listed(forename: str) -> bool:
    """Return whether the forename is a short form, or has one."""
    return forename in _SETS


def members_of(name: str) -> frozenset[str]:
    """Return every forename, itself included, that has this name among its sets."""
    return _MEMBERS.get(name, frozenset({name}))


def _ranked(forename: str) -> tuple[str, ...]:
    names = _BEHIND.get(forename, frozenset()) | ({forename} & _FORMAL)
    by_frequency = sorted(names, key=lambda name: (-FORENAMES.get(name, 0), name))
    return tuple(by_frequency[:MOST_SETS])


def _ours() -> set[tuple[str, str]]:
    pairs = set()
    for line in LISTED.strip().split("\n"):
        name, *shorts = line.split()
        pairs |= {(name, short) for short in shorts}
    return pairs


def _theirs() -> set[tuple[str, str]]:
    """Return the pairs of the package; where our list knows a short form, ours alone counts."""
    ours = {short for _, short in _OURS}
    return {
        (compact(name), compact(short))
        for name, shorts in NickNamer.default_lookup().items()
        for short in shorts
        if not {compact(name), compact(short)} & ours
    }


def _grouped(pairs: Iterable[tuple[str, str]]) -> Mapping[str, frozenset[str]]:
    """Return what stands first in each pair, by what stands second."""
    grouped: dict[str, set[str]] = {}
    for first, second in pairs:
        grouped.setdefault(second, set()).add(first)
    return {second: frozenset(firsts) for second, firsts in grouped.items()}


_OURS = _ours()
_PAIRS = _OURS | _theirs()
_FORMAL = frozenset(name for name, _ in _PAIRS)
_BEHIND = _grouped(_PAIRS)
_SETS = {each: _ranked(each) for each in _FORMAL | _BEHIND.keys()}
_MEMBERS = _grouped((each, name) for each, names in _SETS.items() for name in names)
