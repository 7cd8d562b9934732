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
_RECEIVED_PLACE = b"ceremony-received"
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

    def encode_received(self) -> bytes:
        writer = Writer().prefixed(self.session).integer(self.has_failed, 1)
        for received in (self.contributions, self.signatures):
            writer.integer(len(received), 1)
            for index, content in received.items():
                writer.integer(index, 1).prefixed(content)
        return writer.done()

    def read_received(self, content: bytes) -> None:
        reader = Reader(content, "ceremony state")
        self.session = reader.prefixed(_MOST_BYTES)
        self.has_failed = reader.flag()
        for received in (self.contributions, self.signatures):
            for _ in range(reader.integer(1)):
                index = reader.integer(1)
                received[index] = reader.prefixed(_MOST_BYTES)
        reader.finish()


class CeremonyFile:
    """The secrets, written once so that erasing them erases them, and what was received, beside.

    Both are erased once the directory names the key.
    """

    def __init__(self, path: Path, key: StoreKey) -> None:
        self._path = path
        self._received_path = path.with_name(f"{path.stem}-received{path.suffix}")
        self._key = key

    def make(self) -> CeremonyState:
        """Write fresh secrets and return them."""
        secret = group.scalar_from_wide(os.urandom(64))
        state = CeremonyState(secret, os.urandom(SEED_BYTES))
        self.store_secrets(state)
        return state

    def load(self) -> CeremonyState | None:
        """Return the state, None where there is no file.

        Raises:
            StoreError: sealed under another store key, or altered.
        """
        if not self._path.exists():
            return None
        secrets = self._key.open(labels.STORE_KEYS, self._path.read_bytes(), _PLACE)
        reader = Reader(secrets, "ceremony secrets")
        secret = group.decode_scalar(reader.fixed(group.SCALAR_BYTES))
        state = CeremonyState(secret, reader.fixed(SEED_BYTES))
        reader.finish()
        if self._received_path.exists():
            sealed = self._received_path.read_bytes()
            state.read_received(self._key.open(labels.STORE_KEYS, sealed, _RECEIVED_PLACE))
        return state

    def store_secrets(self, state: CeremonyState) -> None:
        """Write the secrets: once, since a file that is replaced leaves its blocks behind."""
        secrets = state.static_secret + state.seed
        replace_file(self._path, self._key.seal(labels.STORE_KEYS, secrets, _PLACE))

    def store_received(self, state: CeremonyState) -> None:
        """Write the session and what has come for it. The secrets stay where they are."""
        content = state.encode_received()
        sealed = self._key.seal(labels.STORE_KEYS, content, _RECEIVED_PLACE)
        replace_file(self._received_path, sealed)

    def erase(self) -> None:
        """Overwrite and remove both. On a copy-on-write disk the sealed bytes may remain."""
        erase_file(self._path)
        erase_file(self._received_path)
