"""What all stored tokens were made with: an index is of one such state."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

SOURCES = "SELECT load_number, oprf_key, matching_version FROM source"


@dataclass(frozen=True, slots=True)
class IndexState:
    """What all stored tokens were made with, and a number that every load raises."""

    oprf_key: bytes
    matching_version: int
    load_number: int


def state_of(sources: Sequence[tuple[Any, ...]]) -> IndexState | None:
    """Return the state of the rows that `SOURCES` gives.

    None without any, and while they are of different keys or versions: an index of some of them
    would say *not known* of children that the others hold.
    """
    if len({(oprf_key, version) for _, oprf_key, version in sources}) != 1:
        return None
    load_number, oprf_key, version = max(sources)
    return IndexState(oprf_key, version, load_number)
