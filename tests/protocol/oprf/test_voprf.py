import hashlib

import pytest

from protocol.errors import MalformedError
from protocol.oprf import group
from protocol.oprf.dleq import Proof, verify_proof
from protocol.oprf.voprf import Blinding, blind, blind_evaluate, derive_key_pair, finalize
from tests.protocol.oprf.rfc9497_vectors import KEY_INFO, PUBLIC, SECRET, SEED, VECTORS, Vector

every_vector = pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS.keys())


def test_derives_the_key_of_rfc9497() -> None:
    assert derive_key_pair(SEED, KEY_INFO) == (SECRET, PUBLIC)


def test_derives_another_key_for_another_info() -> None:
    assert derive_key_pair(SEED, b"another")[0] != SECRET


@every_vector
def test_blinds_as_rfc9497(vector: Vector) -> None:
    assert tuple(b.blinded_element for b in _blindings(vector)) == vector.blinded_elements


@every_vector
def test_evaluates_and_proves_as_rfc9497(vector: Vector) -> None:
    evaluated, proof = blind_evaluate(SECRET, PUBLIC, vector.blinded_elements, vector.nonce)
    assert (evaluated, proof.encode()) == (vector.evaluated_elements, vector.proof)


@every_vector
def test_verifies_the_proof_of_rfc9497(vector: Vector) -> None:
    verify_proof(
        PUBLIC, vector.blinded_elements, vector.evaluated_elements, Proof.decode(vector.proof)
    )


@every_vector
def test_finalizes_as_rfc9497(vector: Vector) -> None:
    outputs = map(finalize, _blindings(vector), vector.evaluated_elements)
    assert tuple(outputs) == vector.outputs


def test_output_does_not_depend_on_the_blind() -> None:
    outputs = set()
    for number in (1, 2, group.ORDER - 1):
        blinding = blind(b"input", group.scalar_from_int(number))
        evaluated, _ = blind_evaluate(SECRET, PUBLIC, [blinding.blinded_element], SECRET)
        outputs.add(finalize(blinding, evaluated[0]))
    assert len(outputs) == 1


def test_refuses_to_blind_with_zero() -> None:
    with pytest.raises(MalformedError):
        blind(b"input", group.scalar_from_int(0))


def test_refuses_to_evaluate_the_identity() -> None:
    nonce = group.scalar_from_int(1)
    with pytest.raises(MalformedError):
        blind_evaluate(SECRET, PUBLIC, [group.IDENTITY], nonce)


def test_refuses_to_finalize_the_identity() -> None:
    with pytest.raises(MalformedError):
        finalize(blind(b"input", group.scalar_from_int(7)), group.IDENTITY)


def test_hashes_the_input_to_the_group_under_its_own_domain() -> None:
    """Without the domain, whoever hashes for another protocol would be asking us."""
    blinding = blind(b"input", group.scalar_from_int(1))
    assert blinding.blinded_element != group.hash_to_group(b"input", b"another protocol")


def test_blinding_shows_no_secret_when_printed() -> None:
    blinding = blind(b"an input", group.scalar_from_int(7))
    assert "an input" not in repr(blinding)


def test_output_is_that_of_the_formula() -> None:
    """Finalize with the blind 1 and the key 1 is a plain hash: RFC 9497 §3.3.2, by hand."""
    one = group.scalar_from_int(1)
    blinding = blind(b"input", one)
    element = blinding.blinded_element
    expected = hashlib.sha512(b"\0\5input" + b"\0\x20" + element + b"Finalize").digest()
    assert finalize(blinding, element) == expected


def _blindings(vector: Vector) -> tuple[Blinding, ...]:
    return tuple(map(blind, vector.inputs, vector.blinds))
