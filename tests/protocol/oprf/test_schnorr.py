import hashlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import MalformedError, SignatureError
from protocol.oprf import group
from protocol.oprf.contribution import proof_message
from protocol.oprf.group import Scalar
from protocol.oprf.schnorr import Signature, sign, verify_signature
from tests.protocol.oprf.cocktail_vectors import NAMES, Vector, load_vectors

SECRET = group.scalar_from_int(7)
PUBLIC = group.multiply_base(SECRET)
MESSAGE = b"message"
SIGNATURE = sign(SECRET, MESSAGE)

ORDER_BYTES = group.ORDER.to_bytes(32, "little")


@pytest.fixture(scope="module")
def vectors() -> dict[str, Vector]:
    return load_vectors()


@pytest.mark.parametrize("name", NAMES)
def test_cocktail_vectors_proof_intermediates(vectors: dict[str, Vector], name: str) -> None:
    vector = vectors[name]
    for entry, secrets in zip(vector.fields["round1"], vector.secrets, strict=True):
        given_values = {key: bytes.fromhex(text) for key, text in entry["pop_intermediate"].items()}
        secret = secrets.coefficients[0]
        public = group.multiply_base(secret)
        commitments = tuple(
            group.decode_element(bytes.fromhex(text)) for text in entry["vss_commitment"]
        )
        ephemeral_key = group.decode_element(bytes.fromhex(entry["ephemeral_public_key"]))
        message = proof_message(vector.plan, commitments, ephemeral_key)
        nonce_input = b"COCKTAIL-DKG-Ristretto255-SHA512-NONCE" + secret + message
        nonce = _hash_to_scalar(nonce_input)
        nonce_commitment = group.multiply_base(nonce)
        challenge_input = (
            b"COCKTAIL-DKG-Ristretto255-SHA512-H7" + nonce_commitment + public + message
        )
        assert given_values == {
            "message": message,
            "nonce_input": nonce_input,
            "nonce": nonce,
            "nonce_commitment": nonce_commitment,
            "challenge_input": challenge_input,
            "challenge": _hash_to_scalar(challenge_input),
        }
        assert sign(secret, message).encode().hex() == entry["pop"]
        verify_signature(public, message, Signature.decode(bytes.fromhex(entry["pop"])))


@given(st.integers(1, group.ORDER - 1), st.binary(max_size=200))
def test_verifies_what_it_signed(secret: int, message: bytes) -> None:
    scalar = group.scalar_from_int(secret)
    verify_signature(group.multiply_base(scalar), message, sign(scalar, message))


def test_signs_deterministically() -> None:
    assert sign(SECRET, MESSAGE) == SIGNATURE


def test_never_repeats_a_nonce_for_another_message() -> None:
    assert sign(SECRET, b"other").nonce_commitment != SIGNATURE.nonce_commitment


@pytest.mark.parametrize(
    ("public", "message", "signature"),
    [
        pytest.param(PUBLIC, b"other", SIGNATURE, id="another message"),
        pytest.param(
            group.multiply_base(group.scalar_from_int(8)), MESSAGE, SIGNATURE, id="another key"
        ),
        pytest.param(group.IDENTITY, MESSAGE, SIGNATURE, id="the identity as a key"),
        pytest.param(
            PUBLIC, MESSAGE, Signature(PUBLIC, SIGNATURE.response), id="another nonce commitment"
        ),
        pytest.param(
            PUBLIC, MESSAGE, Signature(SIGNATURE.nonce_commitment, SECRET), id="another response"
        ),
        pytest.param(
            PUBLIC,
            MESSAGE,
            Signature(SIGNATURE.nonce_commitment, group.scalar_from_int(0)),
            id="a zero response",
        ),
    ],
)
def test_refuses_signature_with(
    public: group.Element, message: bytes, signature: Signature
) -> None:
    with pytest.raises(SignatureError):
        verify_signature(public, message, signature)


def test_refuses_to_sign_with_zero() -> None:
    with pytest.raises(MalformedError):
        sign(group.scalar_from_int(0), MESSAGE)


def test_signature_decodes_what_it_encoded() -> None:
    assert Signature.decode(SIGNATURE.encode()) == SIGNATURE


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(SIGNATURE.encode()[:-1], id="too short"),
        pytest.param(SIGNATURE.encode() + b"\0", id="trailing byte"),
        pytest.param(group.IDENTITY + SIGNATURE.response, id="identity"),
        pytest.param(b"\xff" * 32 + SIGNATURE.response, id="element not canonical"),
        pytest.param(SIGNATURE.nonce_commitment + ORDER_BYTES, id="response not reduced"),
    ],
)
def test_refuses_malformed_signature(content: bytes) -> None:
    with pytest.raises(MalformedError):
        Signature.decode(content)


@given(st.binary(max_size=70) | st.binary(min_size=64, max_size=64))
def test_signature_decoder_raises_only_our_errors(content: bytes) -> None:
    with suppress(MalformedError):
        assert Signature.decode(content).encode() == content


def _hash_to_scalar(content: bytes) -> Scalar:
    return group.scalar_from_wide(hashlib.sha512(content).digest())
