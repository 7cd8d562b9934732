"""Sealed cells: HPKE to a member's sealing key, and the reply under its secret (spec 30 §5).

Request: RFC 9180 base mode, one shot, MLKEM768_X25519 + HKDF-SHA256 + ChaCha20-Poly1305.
Reply: as RFC 9458 §4.4, a key and nonce from the reply secret and a fresh salt.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from protocol import labels
from protocol.encoding import Writer
from protocol.errors import MalformedError, OpenError

SealingPrivateKey = MLKEM768X25519PrivateKey
SealingPublicKey = MLKEM768X25519PublicKey

ENCAPSULATION_BYTES = 1120
TAG_BYTES = 16
REQUEST_OVERHEAD_BYTES = ENCAPSULATION_BYTES + TAG_BYTES
REPLY_OVERHEAD_BYTES = TAG_BYTES
REPLY_SECRET_BYTES = 32
SALT_BYTES = 32
SEALING_KEY_BYTES = 1216
SEALING_SEED_BYTES = 96

_PROBE = X25519PrivateKey.from_private_bytes(bytes(32))

_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


def seal_request(key: SealingPublicKey, context: bytes, plaintext: bytes) -> bytes:
    """Return encapsulated key and ciphertext; `context` (the header) is bound through `info`."""
    return _SUITE.encrypt(plaintext, key, info=_request_info(context))


def open_request(key: SealingPrivateKey, context: bytes, cell: bytes) -> bytes:
    """Return the plaintext of a request cell.

    Raises:
        OpenError: sealed to another key or under another header, or altered.
    """
    try:
        return _SUITE.decrypt(cell, key, info=_request_info(context))
    except (InvalidTag, ValueError):
        raise OpenError("request cell: does not open") from None


def seal_reply(reply_secret: bytes, salt: bytes, request_digest: bytes, plaintext: bytes) -> bytes:
    """Return the reply's ciphertext. `salt` is 32 fresh random bytes: never twice for a secret."""
    cipher, nonce = _reply_cipher(reply_secret, salt, request_digest)
    return cipher.encrypt(nonce, plaintext, None)


def open_reply(reply_secret: bytes, salt: bytes, request_digest: bytes, cell: bytes) -> bytes:
    """Return the plaintext of a reply.

    Raises:
        OpenError: made for another request, or altered.
    """
    cipher, nonce = _reply_cipher(reply_secret, salt, request_digest)
    try:
        return cipher.decrypt(nonce, cell, None)
    except InvalidTag:
        raise OpenError("reply cell: does not open") from None


def decode_sealing_key(content: bytes) -> SealingPublicKey:
    """Return a public key from 1,216 bytes: ML-KEM-768, then X25519.

    Raises:
        MalformedError: wrong length, or not a key.
    """
    if len(content) != SEALING_KEY_BYTES:
        raise MalformedError("malformed sealing key: expected 1216 bytes")
    try:
        curve = X25519PublicKey.from_public_bytes(content[-32:])
        _PROBE.exchange(curve)  # refuses low order: nothing could be sealed to it
        return MLKEM768X25519PublicKey(MLKEM768PublicKey.from_public_bytes(content[:-32]), curve)
    except ValueError:
        raise MalformedError("malformed sealing key: not a key") from None


def sealing_key_from_seed(seed: bytes) -> tuple[SealingPrivateKey, bytes]:
    """Return a private key and its 1,216 public bytes from 96 secret random bytes.

    Raises:
        MalformedError: another length.
    """
    if len(seed) != SEALING_SEED_BYTES:
        raise MalformedError("malformed sealing seed: expected 96 bytes")
    lattice = MLKEM768PrivateKey.from_seed_bytes(seed[:64])
    curve = X25519PrivateKey.from_private_bytes(seed[64:])
    public = lattice.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()
    return MLKEM768X25519PrivateKey(lattice, curve), public


def _request_info(context: bytes) -> bytes:
    return Writer().prefixed(labels.REQUEST_CELL).prefixed(context).done()


def _reply_cipher(
    reply_secret: bytes, salt: bytes, request_digest: bytes
) -> tuple[ChaCha20Poly1305, bytes]:
    info = Writer().prefixed(labels.REPLY_CELL).prefixed(request_digest).done()
    derived = HKDF(SHA256(), length=44, salt=salt, info=info).derive(reply_secret)
    return ChaCha20Poly1305(derived[:32]), derived[32:]
