"""A member's own keys, sealed under the store key in `keys.sealed` (spec 80 §1)."""

import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from node.errors import SettingsError, StoreError
from node.files import replace_file
from node.store_key import StoreKey
from protocol import labels
from protocol.encoding import encode_base64url
from protocol.sealing.cell import SEALING_SEED_BYTES, SealingPrivateKey, sealing_key_from_seed

_SIGNING_SEED_BYTES = 32


@dataclass(frozen=True, slots=True, repr=False)
class NodeKeys:
    """Signs for the member, and opens what is sealed to it."""

    signing: Ed25519PrivateKey
    sealing: SealingPrivateKey
    sealing_public: bytes

    @property
    def signing_public_text(self) -> str:
        return encode_base64url(self.signing.public_key().public_bytes_raw())

    @property
    def sealing_public_text(self) -> str:
        return encode_base64url(self.sealing_public)


def make_keys(path: Path, key: StoreKey) -> NodeKeys:
    """Write fresh keys and return them."""
    seeds = os.urandom(_SIGNING_SEED_BYTES + SEALING_SEED_BYTES)
    replace_file(path, key.seal(labels.STORE_KEYS, seeds, b"keys"))
    return _from_seeds(seeds)


def load_keys(path: Path, key: StoreKey) -> NodeKeys:
    """Return the keys of a file.

    Raises:
        SettingsError: missing.
        StoreError: sealed under another store key, or altered.
    """
    try:
        sealed = path.read_bytes()
    except OSError as error:
        raise SettingsError(
            f"{path}: {error.strerror}: restore it from the node's backup, or make a new node "
            "with 'whoelse-node init' and have it admitted"
        ) from None
    try:
        seeds = key.open(labels.STORE_KEYS, sealed, b"keys")
    except StoreError as error:
        raise StoreError(f"{path}: {error}") from None
    return _from_seeds(seeds)


def _from_seeds(seeds: bytes) -> NodeKeys:
    sealing, sealing_public = sealing_key_from_seed(seeds[_SIGNING_SEED_BYTES:])
    signing = Ed25519PrivateKey.from_private_bytes(seeds[:_SIGNING_SEED_BYTES])
    return NodeKeys(signing, sealing, sealing_public)
