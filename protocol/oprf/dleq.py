"""Batched proofs that two discrete logarithms are equal (RFC 9497 §2.2), over ristretto255."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from protocol.errors import MalformedError, ProofError
from protocol.oprf import group
from protocol.oprf.group import Element, Scalar

CONTEXT = b"OPRFV1-\x01-ristretto255-SHA512"
"""contextString of RFC 9497 §3.1 for VOPRF mode."""

PROOF_BYTES = 2 * group.SCALAR_BYTES
GENERATOR = group.multiply_base(group.scalar_from_int(1))

_SEED_DOMAIN = b"Seed-" + CONTEXT
_SCALAR_DOMAIN = b"HashToScalar-" + CONTEXT


@dataclass(frozen=True, slots=True)
class Proof:
    """A challenge and a response. Wire form: 64 bytes, c then s."""

    challenge: Scalar
    response: Scalar

    def encode(self) -> bytes:
        return self.challenge + self.response

    @classmethod
    def decode(cls, content: bytes) -> "Proof":
        """Return a proof.

        Raises:
            MalformedError: not 64 bytes, or a scalar not reduced.
        """
        if len(content) != PROOF_BYTES:
            raise MalformedError("malformed proof: expected 64 bytes")
        return cls(group.decode_scalar(content[:32]), group.decode_scalar(content[32:]))


def generate_proof(
    secret: Scalar,
    public: Element,
    inputs: Sequence[Element],
    outputs: Sequence[Element],
    nonce: Scalar,
) -> Proof:
    """Prove that outputs[i] = secret * inputs[i] and public = secret * generator.

    `nonce` is a fresh uniform scalar: one used twice gives the secret away.
    """
    weights = _composite_weights(public, inputs, outputs)
    composite = group.sum_of_products(zip(weights, inputs, strict=True))
    evaluated = group.multiply(secret, composite)
    challenge = _challenge(
        public, composite, evaluated, group.multiply_base(nonce), group.multiply(nonce, composite)
    )
    response = group.scalar_subtract(nonce, group.scalar_multiply(challenge, secret))
    return Proof(challenge, response)


def verify_proof(
    public: Element, inputs: Sequence[Element], outputs: Sequence[Element], proof: Proof
) -> None:
    """Check a proof over a whole batch.

    Raises:
        ProofError: it does not hold.
    """
    if len(inputs) != len(outputs):
        raise ProofError("proof: inputs and outputs differ in number")
    weights = _composite_weights(public, inputs, outputs)
    try:
        composite = group.sum_of_products(zip(weights, inputs, strict=True))
        evaluated = group.sum_of_products(zip(weights, outputs, strict=True))
        first = group.sum_of_products([(proof.response, GENERATOR), (proof.challenge, public)])
        second = group.sum_of_products([(proof.response, composite), (proof.challenge, evaluated)])
    except MalformedError:
        # A zero scalar or a composite that cancels out: no honest prover gets there.
        raise ProofError("proof: degenerate") from None
    if _challenge(public, composite, evaluated, first, second) != proof.challenge:
        raise ProofError("proof: does not hold")


def _composite_weights(
    public: Element, inputs: Sequence[Element], outputs: Sequence[Element]
) -> list[Scalar]:
    seed = _framed(hashlib.sha512(_framed(public) + _framed(_SEED_DOMAIN)).digest())
    return [
        group.hash_to_scalar(
            seed + index.to_bytes(2, "big") + _framed(given) + _framed(evaluated) + b"Composite",
            _SCALAR_DOMAIN,
        )
        for index, (given, evaluated) in enumerate(zip(inputs, outputs, strict=True))
    ]


def _challenge(*elements: Element) -> Scalar:
    transcript = b"".join(_framed(element) for element in elements)
    return group.hash_to_scalar(transcript + b"Challenge", _SCALAR_DOMAIN)


def _framed(content: bytes) -> bytes:
    return len(content).to_bytes(2, "big") + content
