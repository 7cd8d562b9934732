"""Ed25519 over a length-prefixed label and content, always (spec 30 §2)."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from protocol.errors import MalformedError, SignatureError

SIGNATURE_BYTES = 64
VERIFYING_KEY_BYTES = 32

_FIELD = 2**255 - 19
_ORDER_8 = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_LOW_ORDER = frozenset({0, 1, _FIELD - 1, _ORDER_8, _FIELD - _ORDER_8})
"""y of the eight points of low order: under them anybody signs anything."""


def sign(key: Ed25519PrivateKey, label: bytes, content: bytes) -> bytes:
    """Return the 64-byte signature over label and content."""
    return key.sign(_labelled(label, content))


def verify_signature(key: Ed25519PublicKey, label: bytes, content: bytes, signature: bytes) -> None:
    """Check a signature over the bytes received.

    Raises:
        SignatureError: it was not made by this key for this label and content.
    """
    try:
        key.verify(signature, _labelled(label, content))
    except InvalidSignature:
        raise SignatureError("signature: does not verify") from None


def decode_verifying_key(content: bytes) -> Ed25519PublicKey:
    """Return a public key from 32 bytes.

    Raises:
        MalformedError: wrong length.
    """
    if len(content) != VERIFYING_KEY_BYTES:
        raise MalformedError("malformed signing key: expected 32 bytes")
    y = int.from_bytes(content, "little") & (2**255 - 1)
    if y >= _FIELD or y in _LOW_ORDER:
        raise MalformedError("malformed signing key: not canonical, or of low order")
    return Ed25519PublicKey.from_public_bytes(content)


def _labelled(label: bytes, content: bytes) -> bytes:
    return len(label).to_bytes(2, "big") + label + len(content).to_bytes(4, "big") + content
