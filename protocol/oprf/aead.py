"""XChaCha20-Poly1305 on the system's libsodium, for key ceremonies alone (spec 25 §4).

Messages of the federation are sealed with HPKE: see `protocol.sealing`.
"""

from protocol.errors import OpenError, ProtocolError

try:
    import pysodium
except (ImportError, ValueError, OSError, TypeError, AttributeError) as error:
    raise ProtocolError(
        "libsodium is missing: install the system package libsodium23 (Debian) and start again"
    ) from error

KEY_BYTES = 32
NONCE_BYTES = 24
TAG_BYTES = 16


def encrypt(key: bytes, nonce: bytes, plaintext: bytes) -> bytes:
    """Return the ciphertext and its tag, without associated data. Never two texts for a nonce."""
    ciphertext: bytes = pysodium.crypto_aead_xchacha20poly1305_ietf_encrypt(
        plaintext, None, nonce, key
    )
    return ciphertext


def decrypt(key: bytes, nonce: bytes, ciphertext: bytes) -> bytes:
    """Return the plaintext.

    Raises:
        OpenError: another key or nonce, altered, or shorter than a tag.
    """
    if len(ciphertext) < TAG_BYTES:
        raise OpenError("encrypted share: shorter than its tag")
    try:
        plaintext: bytes = pysodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
            ciphertext, None, nonce, key
        )
    except ValueError:
        raise OpenError("encrypted share: does not open") from None
    return plaintext
