"""A case that this council holds, found by its reference: what to ask the others with."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

from node.records.tokens import KeyedToken, Tokens
from protocol.matching.confidence import Tier, tier_of
from protocol.messages.involvement import Involvement


@dataclass(frozen=True, slots=True, repr=False)
class CaseRow:
    """One row of a case."""

    source_key: bytes
    of_child: bytes
    """Equal for rows whose entries of the child are; empty of a row that its source no longer
    gives."""
    source: str
    involvement: Involvement
    tokens: Tokens


@dataclass(frozen=True, slots=True, repr=False)
class HeldCase:
    """One child under a reference: its rows, and their tokens. Of the child we hold no more."""

    reference: str
    rows: tuple[CaseRow, ...]
    tokens: tuple[KeyedToken, ...]
    """The most telling first, each once."""

    @property
    def id(self) -> bytes:
        """What names it in a form."""
        return self.rows[0].source_key


def cases_of(reference: str, rows: Iterable[CaseRow]) -> Sequence[HeldCase]:
    """Return one case for each child: rows are one child's where their entries are the same, or a
    certain or strong key is common to them. Systems number their cases each for itself."""
    children: list[tuple[list[CaseRow], set[bytes]]] = []
    for row in rows:
        joined, joining = [row], _joining(row)
        apart = []
        for others, tokens in children:
            if joining.isdisjoint(tokens):
                apart.append((others, tokens))
            else:
                joined, joining = others + joined, joining | tokens
        children = [*apart, (joined, joining)]
    return [HeldCase(reference, tuple(joined), _merged(joined)) for joined, _ in children]


def _joining(row: CaseRow) -> set[bytes]:
    telling = {token for key_id, token in row.tokens if tier_of(key_id) <= Tier.STRONG}
    return {row.of_child, *telling} - {b""}


def _merged(rows: Sequence[CaseRow]) -> tuple[KeyedToken, ...]:
    """Return the tokens of all, in the order of each: what is cut off is the least of every row."""
    in_turn = chain.from_iterable(zip_longest(*(row.tokens for row in rows)))
    return tuple(dict.fromkeys(keyed for keyed in in_turn if keyed is not None))
