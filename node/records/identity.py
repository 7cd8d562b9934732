"""One child in all that is held of it: tokens and rows, joined by what tells a child."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from node.records.tokens import JOINING, Tokens

Rows = Callable[[], Iterable[tuple[bytes, Tokens]]]
"""Gives the source key and the tokens of every row that is held."""


@dataclass(frozen=True, repr=False)
class Identity:
    """A child: its tokens, and the source keys of its rows."""

    tokens: Tokens
    rows: frozenset[bytes]

    @cached_property
    def joining(self) -> frozenset[bytes]:
        return frozenset(self.tokens.with_keys(JOINING))

    def has(self, source_key: bytes, tokens: Tokens) -> bool:
        """Whether a row is this child's."""
        return source_key in self.rows or not self.joining.isdisjoint(tokens.with_keys(JOINING))

    def overlaps(self, other: "Identity") -> bool:
        return not (self.rows.isdisjoint(other.rows) and self.joining.isdisjoint(other.joining))

    def with_row(self, source_key: bytes, tokens: Tokens) -> "Identity":
        """Return the child with one more row."""
        held = dict.fromkeys(self.tokens)
        return Identity(
            Tokens.of([*held, *(keyed for keyed in tokens if keyed not in held)]),
            self.rows | {source_key},
        )


def grown(identity: Identity, rows: Rows) -> Identity:
    """Return a child with all rows that are its own, and those that are theirs, and so on."""
    while True:
        more = identity
        for source_key, tokens in rows():
            if source_key not in more.rows and more.has(source_key, tokens):
                more = more.with_row(source_key, tokens)
        if more == identity:
            return identity
        identity = more
