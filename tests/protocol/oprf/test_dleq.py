from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import MalformedError, ProofError
from protocol.oprf import group
from protocol.oprf.dleq import Proof, generate_proof, verify_proof
from protocol.oprf.group import Element

SECRET = group.scalar_from_int(1234567)
PUBLIC = group.multiply_base(SECRET)
OTHER_SECRET = group.scalar_from_int(7654321)
NONCE = group.scalar_from_int(999)
ZERO = group.scalar_from_int(0)
INPUTS = tuple(group.hash_to_group(b"input %d" % number, b"test") for number in range(4))
OUTPUTS = tuple(group.multiply(SECRET, element) for element in INPUTS)
PROOF = generate_proof(SECRET, PUBLIC, INPUTS, OUTPUTS, NONCE)


@settings(max_examples=10)
@given(
    st.integers(1, group.ORDER - 1), st.integers(1, group.ORDER - 1), st.integers(1, len(INPUTS))
)
def test_verifies_what_it_proved(secret: int, nonce: int, number: int) -> None:
    scalar = group.scalar_from_int(secret)
    public = group.multiply_base(scalar)
    outputs = [group.multiply(scalar, element) for element in INPUTS[:number]]
    proof = generate_proof(scalar, public, INPUTS[:number], outputs, group.scalar_from_int(nonce))
    verify_proof(public, INPUTS[:number], outputs, proof)


def _swapped(elements: Sequence[Element]) -> tuple[Element, ...]:
    return (elements[1], elements[0], *elements[2:])


Refusal = tuple[Element, Sequence[Element], Sequence[Element], Proof]


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            (group.multiply_base(OTHER_SECRET), INPUTS, OUTPUTS, PROOF), id="another public key"
        ),
        pytest.param((PUBLIC, (PUBLIC, *INPUTS[1:]), OUTPUTS, PROOF), id="an altered input"),
        pytest.param(
            (PUBLIC, INPUTS, (*OUTPUTS[:-1], group.multiply(OTHER_SECRET, INPUTS[-1])), PROOF),
            id="one output under another secret",
        ),
        pytest.param((PUBLIC, _swapped(INPUTS), OUTPUTS, PROOF), id="inputs in another order"),
        pytest.param((PUBLIC, INPUTS, _swapped(OUTPUTS), PROOF), id="outputs in another order"),
        pytest.param(
            (PUBLIC, _swapped(INPUTS), _swapped(OUTPUTS), PROOF), id="the batch in another order"
        ),
        pytest.param((PUBLIC, INPUTS[:-1], OUTPUTS[:-1], PROOF), id="a shorter batch"),
        pytest.param((PUBLIC, INPUTS[:-1], OUTPUTS, PROOF), id="fewer inputs than outputs"),
        pytest.param(
            (PUBLIC, INPUTS, OUTPUTS, Proof(PROOF.response, PROOF.challenge)),
            id="challenge and response swapped",
        ),
        pytest.param(
            (PUBLIC, INPUTS, OUTPUTS, replace(PROOF, challenge=SECRET)), id="another challenge"
        ),
        pytest.param(
            (PUBLIC, INPUTS, OUTPUTS, replace(PROOF, response=SECRET)), id="another response"
        ),
        pytest.param(
            (PUBLIC, INPUTS, OUTPUTS, replace(PROOF, challenge=ZERO)), id="a zero challenge"
        ),
        pytest.param(
            (PUBLIC, INPUTS, OUTPUTS, replace(PROOF, response=ZERO)), id="a zero response"
        ),
        pytest.param((PUBLIC, INPUTS, OUTPUTS, Proof(ZERO, ZERO)), id="a proof of zeros"),
        pytest.param((group.IDENTITY, INPUTS, OUTPUTS, PROOF), id="the identity as public key"),
        pytest.param(
            (PUBLIC, (group.IDENTITY, *INPUTS[1:]), OUTPUTS, PROOF), id="the identity as an input"
        ),
        pytest.param(
            (PUBLIC, INPUTS, (group.IDENTITY, *OUTPUTS[1:]), PROOF), id="the identity as an output"
        ),
        pytest.param((PUBLIC, (), (), PROOF), id="an empty batch"),
    ],
)
def test_refuses_proof_with(case: Refusal) -> None:
    with pytest.raises(ProofError):
        verify_proof(*case)


def test_refuses_to_prove_two_secrets_at_once() -> None:
    """Two outputs off by opposite amounts would cancel out without the weights."""
    shift = group.multiply_base(OTHER_SECRET)
    back = group.multiply(group.scalar_from_int(-1), shift)
    outputs = (group.add(OUTPUTS[0], shift), group.add(OUTPUTS[1], back), *OUTPUTS[2:])
    proof = generate_proof(SECRET, PUBLIC, INPUTS, outputs, NONCE)
    with pytest.raises(ProofError):
        verify_proof(PUBLIC, INPUTS, outputs, proof)


def test_refuses_to_prove_an_empty_batch() -> None:
    with pytest.raises(MalformedError):
        generate_proof(SECRET, PUBLIC, (), (), NONCE)


def test_refuses_to_prove_with_a_zero_nonce() -> None:
    """It would give the secret away."""
    with pytest.raises(MalformedError):
        generate_proof(SECRET, PUBLIC, INPUTS, OUTPUTS, ZERO)


def test_proof_decodes_what_it_encoded() -> None:
    assert Proof.decode(PROOF.encode()) == PROOF


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(PROOF.encode()[:-1], id="too short"),
        pytest.param(PROOF.encode() + b"\0", id="trailing byte"),
        pytest.param(group.ORDER.to_bytes(32, "little") + PROOF.response, id="challenge too large"),
        pytest.param(PROOF.challenge + b"\xff" * 32, id="response too large"),
    ],
)
def test_refuses_malformed_proof(content: bytes) -> None:
    with pytest.raises(MalformedError):
        Proof.decode(content)


@given(st.binary(max_size=70) | st.binary(min_size=64, max_size=64))
def test_proof_decoder_raises_only_our_errors(content: bytes) -> None:
    with suppress(MalformedError):
        assert Proof.decode(content).encode() == content


_element = st.sampled_from([PUBLIC, group.IDENTITY, *INPUTS, *OUTPUTS])
_scalar = st.sampled_from([ZERO, SECRET, PROOF.challenge, PROOF.response])


@settings(max_examples=50)
@given(_element, st.lists(_element, max_size=3), st.lists(_element, max_size=3), _scalar, _scalar)
def test_degenerate_proofs_raise_only_our_errors(
    public: Element,
    inputs: list[Element],
    outputs: list[Element],
    challenge: group.Scalar,
    response: group.Scalar,
) -> None:
    with pytest.raises(ProofError):
        verify_proof(public, inputs, outputs, Proof(challenge, response))
