"""Ed25519 over a length-prefixed label and content, always (spec 30 §2)."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from protocol.encoding import Writer
from protocol.errors import MalformedError, SignatureError

SIGNATURE_BYTES = 64
VERIFYING_KEY_BYTES = 32


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
    return Ed25519PublicKey.from_public_bytes(content)


def _labelled(label: bytes, content: bytes) -> bytes:
    return Writer().prefixed(label).prefixed(content, width=4).done()
