"""N: the names behind a short form, so that Kasia meets Katarzyna, and Bob Rob (spec 10 §4)."""

from collections.abc import Iterable, Mapping

from nicknames import NickNamer

from protocol.matching.name_counts import FORENAMES
from protocol.matching.normalise import compact
from protocol.matching.own_nicknames import LINES

MOST_SETS = 2
"""A forename is in two sets at most: of the package's, which may be more, the most frequent."""


def nickname_sets(forename: str) -> tuple[str, ...]:
    """Return the names that stand for a forename's sets, the most frequent first; at least one.

    A line of our list is a set and goes by its first name; a name with the short forms that the
    package has is another. A forename that no list has stands for itself.
    """
    return _SETS.get(forename, (forename,))


def is_listed(forename: str) -> bool:
    """Return whether the forename is a short form, or has one."""
    return forename in _SETS


def members_of(name: str) -> frozenset[str]:
    """Return every forename, itself included, that has this name among its sets."""
    return _MEMBERS.get(name, frozenset({name}))


def _sets_of(forename: str) -> tuple[str, ...]:
    names = _OURS.get(forename) or _THEIRS[forename]
    by_count = sorted(names, key=lambda name: (-FORENAMES.get(name, 0), name))
    return tuple(by_count[:MOST_SETS])


def _ours() -> Mapping[str, frozenset[str]]:
    return _grouped((line.names[0], word) for line in LINES for word in line.words)


def _theirs() -> Mapping[str, frozenset[str]]:
    """Return the sets of the package: a name of our list is in those of our list alone.

    Other names may join a line by its first name, if that is no short form itself.
    """
    ours = {line.names[0] for line in LINES} - {short for line in LINES for short in line.shorts}
    pairs = [
        (compact(name), compact(short))
        for name, shorts in NickNamer.default_lookup().items()
        for short in shorts
    ]
    return _grouped(
        (name, word)
        for name, short in pairs
        if short not in _OURS and (name in ours or name not in _OURS)
        for word in (name, short)
    )


def _grouped(pairs: Iterable[tuple[str, str]]) -> Mapping[str, frozenset[str]]:
    """Return what stands first in each pair, by what stands second."""
    grouped: dict[str, set[str]] = {}
    for first, second in pairs:
        grouped.setdefault(second, set()).add(first)
    return {second: frozenset(firsts) for second, firsts in grouped.items()}


_OURS = _ours()
_THEIRS = _theirs()
_SETS = {each: _sets_of(each) for each in _OURS.keys() | _THEIRS.keys()}
_MEMBERS = _grouped((each, name) for each, names in _SETS.items() for name in names)
