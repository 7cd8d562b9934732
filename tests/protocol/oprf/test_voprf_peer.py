"""The Rust package `voprf` as an independent peer: its client with our server, and the reverse."""

import pytest
from voprf import ristretto

from protocol.oprf import group
from protocol.oprf.dleq import PROOF_BYTES, Proof, verify_proof
from protocol.oprf.group import Element, Scalar
from protocol.oprf.voprf import blind, blind_evaluate, derive_key_pair, finalize

SEED = bytes(range(32))
INFO = b"a peer"
INPUTS = tuple(b"input %d" % number for number in range(5))
NONCE = group.scalar_from_int(987654321)


def _evaluator() -> ristretto.Evaluator:
    return ristretto.Evaluator.from_seed(SEED, INFO)


def _our_key() -> tuple[Scalar, Element]:
    return derive_key_pair(SEED, INFO)


def test_both_derive_one_key_from_a_seed() -> None:
    assert _our_key()[1] == _evaluator().public_key.serialize()


@pytest.mark.parametrize("oprf_input", [b"\0", b"input", b"x" * 1000])
def test_our_client_with_its_server(oprf_input: bytes) -> None:
    evaluator = _evaluator()
    blinding = blind(oprf_input, group.scalar_from_int(1234567))
    reply = evaluator.evaluate(
        ristretto.BlindedInput.deserialize(blinding.blinded_element)
    ).serialize()
    evaluated, proof = _split(reply, 1)
    verify_proof(_our_key()[1], [blinding.blinded_element], evaluated, proof)
    assert finalize(blinding, evaluated[0]) == evaluator.evaluate_known_input(oprf_input)


@pytest.mark.parametrize("oprf_input", [b"\0", b"input", b"x" * 1000])
def test_its_client_with_our_server(oprf_input: bytes) -> None:
    secret, public = _our_key()
    client, blinded = ristretto.Client.blind(list(oprf_input))
    sent = [group.decode_element(blinded.serialize())]
    evaluated, proof = blind_evaluate(secret, public, sent, NONCE)
    reply = ristretto.VerifiableOutput.deserialize(_join(evaluated, proof))
    output = client.finalize(reply, ristretto.PublicKey.deserialize(public))
    assert output == _evaluator().evaluate_known_input(oprf_input)


def test_our_client_with_its_server_in_a_batch() -> None:
    evaluator = _evaluator()
    blindings = [
        blind(text, group.scalar_from_int(number)) for number, text in enumerate(INPUTS, start=2)
    ]
    sent = [blinding.blinded_element for blinding in blindings]
    reply = evaluator.evaluate_batch(
        [ristretto.BlindedInput.deserialize(element) for element in sent]
    ).serialize()
    evaluated, proof = _split(reply, len(sent))
    verify_proof(_our_key()[1], sent, evaluated, proof)
    assert list(map(finalize, blindings, evaluated)) == _known(evaluator)


def test_its_client_with_our_server_in_a_batch() -> None:
    secret, public = _our_key()
    clients, blinded = zip(*(ristretto.Client.blind(list(text)) for text in INPUTS), strict=True)
    sent = [group.decode_element(element.serialize()) for element in blinded]
    evaluated, proof = blind_evaluate(secret, public, sent, NONCE)
    outputs = ristretto.Client.finalize_batch(
        clients,
        ristretto.VerifiableBatchOutput.deserialize(_join(evaluated, proof)),
        ristretto.PublicKey.deserialize(public),
    )
    assert outputs == _known(_evaluator())


def test_its_client_refuses_our_proof_over_another_batch() -> None:
    secret, public = _our_key()
    client, blinded = ristretto.Client.blind(list(b"input"))
    sent = group.decode_element(blinded.serialize())
    evaluated, _ = blind_evaluate(secret, public, [sent], NONCE)
    _, other = blind_evaluate(secret, public, [sent, sent], NONCE)
    reply = ristretto.VerifiableOutput.deserialize(_join(evaluated, other))
    with pytest.raises(ValueError, match=r"[Pp]roof"):
        client.finalize(reply, ristretto.PublicKey.deserialize(public))


def _known(evaluator: ristretto.Evaluator) -> list[bytes]:
    return [evaluator.evaluate_known_input(text) for text in INPUTS]


def _split(reply: bytes, number: int) -> tuple[tuple[Element, ...], Proof]:
    """The peer's form: the proof, then the elements."""
    content = reply[PROOF_BYTES:]
    elements = tuple(
        group.decode_element(content[32 * place : 32 * place + 32]) for place in range(number)
    )
    return elements, Proof.decode(reply[:PROOF_BYTES])


def _join(evaluated: tuple[Element, ...], proof: Proof) -> list[int]:
    return list(proof.encode() + b"".join(evaluated))
