"""What a keyholder keeps while a ceremony runs: `ceremony.sealed`, in no backup (spec 25)."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from node.files import erase_file, replace_file
from node.store_key import StoreKey
from protocol import labels
from protocol.encoding import Reader, Writer
from protocol.oprf import group
from protocol.oprf.ceremony import SEED_BYTES
from protocol.oprf.group import Element, Scalar

_PLACE = b"ceremony"
_MOST_BYTES = 4096


@dataclass(slots=True, repr=False)
class CeremonyState:
    """Own secrets, and what has come for one session, by participant index, as received."""

    static_secret: Scalar
    seed: bytes
    session: bytes = b""
    has_failed: bool = False
    """Whether somebody broke the session's rules: it is not gone on with."""
    contributions: dict[int, bytes] = field(default_factory=dict)
    signatures: dict[int, bytes] = field(default_factory=dict)

    @property
    def static_key(self) -> Element:
        return group.multiply_base(self.static_secret)

    def restart(self, session: bytes) -> None:
        """Forget another session's messages. The secrets differ by session of themselves."""
        self.session = session
        self.has_failed = False
        self.contributions.clear()
        self.signatures.clear()

    def encode(self) -> bytes:
        writer = Writer().fixed(self.static_secret, 32).fixed(self.seed, SEED_BYTES)
        writer.prefixed(self.session).integer(self.has_failed, 1)
        for received in (self.contributions, self.signatures):
            writer.integer(len(received), 1)
            for index, content in received.items():
                writer.integer(index, 1).prefixed(content)
        return writer.done()

    @classmethod
    def decode(cls, content: bytes) -> "CeremonyState":
        reader = Reader(content, "ceremony state")
        secret = group.decode_scalar(reader.fixed(32))
        state = cls(secret, reader.fixed(SEED_BYTES), reader.prefixed(_MOST_BYTES))
        state.has_failed = reader.flag()
        for received in (state.contributions, state.signatures):
            for _ in range(reader.integer(1)):
                index = reader.integer(1)
                received[index] = reader.prefixed(_MOST_BYTES)
        reader.finish()
        return state


class CeremonyFile:
    """The file. It is erased once the directory names the key."""

    def __init__(self, path: Path, key: StoreKey) -> None:
        self._path = path
        self._key = key

    def make(self) -> CeremonyState:
        """Write fresh secrets and return them."""
        secret = group.scalar_from_wide(os.urandom(64))
        state = CeremonyState(secret, os.urandom(SEED_BYTES))
        self.store(state)
        return state

    def load(self) -> CeremonyState | None:
        """Return the state, None where there is no file.

        Raises:
            StoreError: sealed under another store key, or altered.
        """
        try:
            sealed = self._path.read_bytes()
        except FileNotFoundError:
            return None
        return CeremonyState.decode(self._key.open(labels.STORE_KEYS, sealed, _PLACE))

    def store(self, state: CeremonyState) -> None:
        replace_file(self._path, self._key.seal(labels.STORE_KEYS, state.encode(), _PLACE))

    def erase(self) -> None:
        erase_file(self._path)
