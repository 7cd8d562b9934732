"""RFC 9497 VOPRF mode over ristretto255-SHA512: the client's and the server's half.

The server may hold the whole key or a share of it: the arithmetic is the same (spec 20 §3).
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from protocol.errors import MalformedError
from protocol.oprf import group
from protocol.oprf.dleq import CONTEXT, Proof, generate_proof
from protocol.oprf.group import Element, Scalar

TOKEN_BYTES = 32
"""Tokens are the first 32 of the 64 output bytes (spec 20 §4)."""

_GROUP_DOMAIN = b"HashToGroup-" + CONTEXT
_KEY_DOMAIN = b"DeriveKeyPair" + CONTEXT

RandomScalar = Callable[[], Scalar]


@dataclass(frozen=True, slots=True, repr=False)
class Blinding:
    """What the client keeps while its element is evaluated."""

    oprf_input: bytes
    blind: Scalar
    blinded_element: Element


def blind(oprf_input: bytes, blind_scalar: Scalar) -> Blinding:
    """Return an input's blinded element (RFC 9497 §3.3.2, Blind).

    Raises:
        MalformedError: the input hashes to the identity, or the scalar is zero.
    """
    return Blinding(oprf_input, blind_scalar, blinded_element(oprf_input, blind_scalar))


def blinded_element(oprf_input: bytes, blind_scalar: Scalar) -> Element:
    """Return what `blind` makes, alone.

    Raises:
        MalformedError: as `blind` does.
    """
    return group.multiply(blind_scalar, group.hash_to_group(oprf_input, _GROUP_DOMAIN))


def evaluate(secret: Scalar, blinded_elements: Sequence[Element]) -> tuple[Element, ...]:
    """Return the evaluated elements, of which the client checks the sum (spec 20 §3)."""
    return tuple([group.multiply(secret, element) for element in blinded_elements])


def blind_evaluate(
    secret: Scalar, public: Element, blinded_elements: Sequence[Element], nonce: Scalar
) -> tuple[tuple[Element, ...], Proof]:
    """Return the evaluated elements and one proof for all (RFC 9497 §3.3.2, BlindEvaluate)."""
    evaluated = evaluate(secret, blinded_elements)
    return evaluated, generate_proof(secret, public, blinded_elements, evaluated, nonce)


def finalize(blinding: Blinding, evaluated_element: Element) -> bytes:
    """Return the 64 output bytes (RFC 9497 §3.3.2, Finalize).

    The caller has verified the proof: this function unblinds whatever it is given.
    """
    return _finalize(blinding.oprf_input, group.scalar_invert(blinding.blind), evaluated_element)


def finalize_all(
    oprf_inputs: Sequence[bytes], blinds: Sequence[Scalar], evaluated_elements: Sequence[Element]
) -> list[bytes]:
    """Return what `finalize` gives for each, with one inversion for all."""
    inverses = group.scalars_invert(blinds)
    return [
        _finalize(*each) for each in zip(oprf_inputs, inverses, evaluated_elements, strict=True)
    ]


def _finalize(oprf_input: bytes, inverse: Scalar, evaluated_element: Element) -> bytes:
    unblinded = group.multiply(inverse, evaluated_element)
    return hashlib.sha512(
        len(oprf_input).to_bytes(2, "big")
        + oprf_input
        + len(unblinded).to_bytes(2, "big")
        + unblinded
        + b"Finalize"
    ).digest()


def derive_key_pair(seed: bytes, info: bytes) -> tuple[Scalar, Element]:
    """Return a deterministic key pair (RFC 9497 §3.2.1).

    Raises:
        MalformedError: every counter gives zero (never seen).
    """
    derive_input = seed + len(info).to_bytes(2, "big") + info
    for counter in range(256):
        secret = group.hash_to_scalar(derive_input + bytes([counter]), _KEY_DOMAIN)
        if any(secret):
            return secret, group.multiply_base(secret)
    raise MalformedError("malformed seed: no key can be derived")
