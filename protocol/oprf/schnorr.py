"""Schnorr signatures of key ceremonies: C2SP cocktail-dkg, ristretto255 with SHA-512 (spec 25 §3).

They prove possession and certify transcripts. Everything else is signed with Ed25519.
"""

import hashlib
from dataclasses import dataclass

from protocol.errors import MalformedError, SignatureError
from protocol.oprf import group
from protocol.oprf.group import Element, Scalar

SIGNATURE_BYTES = group.ELEMENT_BYTES + group.SCALAR_BYTES

_NONCE_PREFIX = b"COCKTAIL-DKG-Ristretto255-SHA512-NONCE"
_CHALLENGE_PREFIX = b"COCKTAIL-DKG-Ristretto255-SHA512-H7"


@dataclass(frozen=True, slots=True)
class Signature:
    """A nonce commitment and a response. Wire form: 64 bytes, R then z."""

    nonce_commitment: Element
    response: Scalar

    def encode(self) -> bytes:
        return self.nonce_commitment + self.response

    @classmethod
    def decode(cls, content: bytes) -> "Signature":
        """Return a signature.

        Raises:
            MalformedError: not 64 bytes, R not canonical or the identity, or z not reduced.
        """
        if len(content) != SIGNATURE_BYTES:
            raise MalformedError("malformed schnorr signature: expected 64 bytes")
        return cls(group.decode_element(content[:32]), group.decode_scalar(content[32:]))


def sign(secret: Scalar, message: bytes) -> Signature:
    """Sign deterministically (C2SP cocktail-dkg, Schnorr Sign Algorithm).

    Raises:
        MalformedError: the secret is zero, or the nonce came out as zero (never seen; final for
            this secret and message).
    """
    public = group.multiply_base(secret)
    nonce = _hash_to_scalar(_NONCE_PREFIX + secret + message)
    nonce_commitment = group.multiply_base(nonce)
    challenge = _challenge(nonce_commitment, public, message)
    return Signature(
        nonce_commitment, group.scalar_add(nonce, group.scalar_multiply(challenge, secret))
    )


def verify_signature(public: Element, message: bytes, signature: Signature) -> None:
    """Check a signature (C2SP cocktail-dkg, Schnorr Verify Algorithm).

    Raises:
        SignatureError: it does not verify.
    """
    challenge = _challenge(signature.nonce_commitment, public, message)
    try:
        left = group.multiply_base(signature.response)
        right = group.add(signature.nonce_commitment, group.multiply(challenge, public))
    except MalformedError:
        # A zero response or challenge, or the identity as a key: no honest signer gets there.
        raise SignatureError("schnorr signature: degenerate") from None
    if left != right:
        raise SignatureError("schnorr signature: does not verify")


def _challenge(nonce_commitment: Element, public: Element, message: bytes) -> Scalar:
    return _hash_to_scalar(_CHALLENGE_PREFIX + nonce_commitment + public + message)


def _hash_to_scalar(content: bytes) -> Scalar:
    return group.scalar_from_wide(hashlib.sha512(content).digest())
