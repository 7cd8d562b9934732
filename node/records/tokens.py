"""A record's tokens as one piece of bytes: of many, a question needs few."""

import struct
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from protocol.matching.key_ids import KEY_IDS, KeyId
from protocol.oprf.voprf import TOKEN_BYTES


class KeyedToken(NamedTuple):
    """A token with the id of the match key it was made from."""

    key_id: KeyId
    token: bytes

    def __repr__(self) -> str:
        return "KeyedToken(...)"


_TOKEN = struct.Struct(f"B{TOKEN_BYTES}s")
KEYED_TOKEN_BYTES = _TOKEN.size

_KNOWN = bytes(KEY_IDS)

JOINING = frozenset(key_id for key_id in KeyId if key_id >> 4 in {1, 2})
"""Keys whose tokens make two records one child: groups A and B, a number alone too (spec 50 §7)."""

NAMING = frozenset({KeyId.C1, KeyId.C1_COMMON})
"""Keys of a whole name with a date of birth: a namesake has them too."""

NUMBERS = frozenset({KeyId.A1, KeyId.A2, KeyId.B0})

SEPARATING = JOINING | NAMING
"""Keys of which a former identity and the one of now may have no token in common (spec 50 §7.2)."""


class Tokens:
    """All tokens of a record, in the order of its keys; `content` is 33 bytes each (spec 80 §2)."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    @classmethod
    def of(cls, tokens: Iterable[KeyedToken]) -> "Tokens":
        return cls(b"".join([_TOKEN.pack(*keyed) for keyed in tokens]))

    def with_keys(self, key_ids: Collection[KeyId]) -> list[bytes]:
        """Return the tokens made from these keys."""
        return [
            self.content[place * KEYED_TOKEN_BYTES + 1 : (place + 1) * KEYED_TOKEN_BYTES]
            for place, key_id in enumerate(self.key_ids())
            if key_id in key_ids
        ]

    def of_keys(self, key_ids: Collection[KeyId]) -> "Tokens":
        """Return those made from these keys, with their key ids."""
        return Tokens.of(keyed for keyed in self if keyed.key_id in key_ids)

    def joined(self) -> bytes:
        """Return the tokens without their key ids, 32 bytes each."""
        tokens = bytearray(self.content)
        del tokens[::KEYED_TOKEN_BYTES]
        return bytes(tokens)

    def are_of_known_keys(self) -> bool:
        return not self.key_ids().translate(None, delete=_KNOWN)

    def key_ids(self) -> bytes:
        """Return the wire byte of each token's key."""
        return self.content[::KEYED_TOKEN_BYTES]

    def __len__(self) -> int:
        return len(self.content) // KEYED_TOKEN_BYTES

    def __iter__(self) -> Iterator[KeyedToken]:
        for key_id, token in _TOKEN.iter_unpack(self.content):
            yield KeyedToken(KEY_IDS[key_id], token)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tokens) and self.content == other.content

    def __hash__(self) -> int:
        return hash(self.content)
