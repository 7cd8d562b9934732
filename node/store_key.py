"""The store key: seals what a node keeps, and is not on the disk it keeps it on (spec 80 §1)."""

import hmac
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from node.errors import SettingsError, StoreError
from node.files import create_file

STORE_KEY_BYTES = 32
NONCE_BYTES = 12
FINGERPRINT_BYTES = 32
OTHERS = 0o077
"""Permission bits of the group and of everybody."""


class StoreKey:
    """Seals blobs and makes keyed fingerprints, each use under a subkey of its own label."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._subkeys: dict[bytes, bytes] = {}
        self._ciphers: dict[bytes, ChaCha20Poly1305] = {}

    def hand_over(self) -> bytes:
        """Return the key's 32 bytes, for a process of our own: over a socket, never on a disk."""
        return self._key

    def seal(self, label: bytes, plaintext: bytes, place: bytes = b"") -> bytes:
        """Return nonce and ciphertext; `place` binds a blob to where it is kept."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher(label).encrypt(nonce, plaintext, place)

    def open(self, label: bytes, sealed: bytes, place: bytes = b"") -> bytes:
        """Return the plaintext.

        Raises:
            StoreError: another key, another place, or altered.
        """
        nonce, ciphertext = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            return self._cipher(label).decrypt(nonce, ciphertext, place)
        except (InvalidTag, ValueError):
            raise StoreError(
                "the store does not open with this store key: is it another node's key?"
            ) from None

    def fingerprint(self, label: bytes, *parts: bytes) -> bytes:
        """Return 32 keyed bytes that are equal for equal parts."""
        framed = [len(part).to_bytes(4, "big") + part for part in parts]
        return hmac.digest(self._subkey(label), b"".join(framed), "sha256")

    def _cipher(self, label: bytes) -> ChaCha20Poly1305:
        if label not in self._ciphers:
            self._ciphers[label] = ChaCha20Poly1305(self._subkey(label))
        return self._ciphers[label]

    def _subkey(self, label: bytes) -> bytes:
        if label not in self._subkeys:
            self._subkeys[label] = HKDFExpand(SHA256(), STORE_KEY_BYTES, label).derive(self._key)
        return self._subkeys[label]


def load_store_key(path: Path) -> StoreKey:
    """Return the key of a file of 64 hex digits.

    Raises:
        SettingsError: missing, unreadable, readable by others, or malformed.
    """
    try:
        if path.stat().st_mode & OTHERS:
            raise SettingsError(f"store key {path}: others may read it: run  chmod 600 {path}")
        key = bytes.fromhex(path.read_text("ascii").strip())
    except OSError as error:
        raise SettingsError(
            f"store key {path}: {error.strerror}: mount the credential, or restore it from where "
            "your council keeps it; without it nothing in this folder opens"
        ) from None
    except ValueError:
        raise SettingsError(f"store key {path}: expected 64 hex digits") from None
    if len(key) != STORE_KEY_BYTES:
        raise SettingsError(f"store key {path}: expected 64 hex digits")
    return StoreKey(key)


def make_store_key(path: Path) -> StoreKey:
    """Write a fresh key, readable by its owner alone, and return it.

    Raises:
        SettingsError: the file exists, or cannot be written.
    """
    key = os.urandom(STORE_KEY_BYTES)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        create_file(path, key.hex().encode() + b"\n")
    except OSError as error:
        raise SettingsError(f"store key {path}: {error.strerror}") from None
    return StoreKey(key)
