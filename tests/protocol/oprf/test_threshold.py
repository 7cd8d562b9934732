import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import ProofError, TooFewSharesError
from protocol.oprf import group
from protocol.oprf.dleq import Proof, verify_proof
from protocol.oprf.group import Element, Scalar
from protocol.oprf.sharing import commit, evaluate_polynomial, verification_share
from protocol.oprf.threshold import (
    PartialEvaluation,
    combine,
    lagrange_coefficient,
    verify_partial,
)
from protocol.oprf.voprf import blind, blind_evaluate, finalize
from tests.protocol.oprf.rfc9497_vectors import BATCH_OF_TWO, PUBLIC, SECRET, VECTORS, Vector

THRESHOLD = 3
INDICES = range(1, 6)


def _split_key(seed: str) -> tuple[Scalar, ...]:
    """RFC 9497's key as the constant term of a random polynomial."""
    draw = random.Random(seed)
    others = (group.scalar_from_int(draw.randrange(1, group.ORDER)) for _ in range(1, THRESHOLD))
    return (SECRET, *others)


COEFFICIENTS = _split_key("whoelse")
COMMITMENTS = commit(COEFFICIENTS)
SHARES = {index: evaluate_polynomial(COEFFICIENTS, index) for index in INDICES}
PUBLIC_SHARES = {index: verification_share(COMMITMENTS, index) for index in INDICES}


def _partial(index: int, elements: Sequence[Element]) -> PartialEvaluation:
    nonce = group.scalar_from_int(1000 + index)
    evaluated, proof = blind_evaluate(SHARES[index], PUBLIC_SHARES[index], elements, nonce)
    return PartialEvaluation(index, evaluated, proof)


SENT = BATCH_OF_TWO.blinded_elements
PARTIALS = {index: _partial(index, SENT) for index in INDICES}

every_vector = pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS.keys())
every_subset = pytest.mark.parametrize("indices", [*combinations(INDICES, THRESHOLD)], ids=str)


@every_vector
@every_subset
def test_any_three_of_five_give_the_output_of_rfc9497(
    vector: Vector, indices: tuple[int, ...]
) -> None:
    sent = vector.blinded_elements
    partials = {index: _partial(index, sent) for index in indices}
    for index in indices:
        verify_partial(PUBLIC_SHARES[index], sent, partials[index])
    combined = combine(partials, THRESHOLD, len(sent))
    assert combined == vector.evaluated_elements
    blindings = map(blind, vector.inputs, vector.blinds)
    assert tuple(map(finalize, blindings, combined)) == vector.outputs


@pytest.mark.parametrize("seed", ["one", "two", "three"])
def test_output_does_not_depend_on_how_the_key_was_split(seed: str) -> None:
    coefficients = _split_key(seed)
    partials = {}
    for index in (1, 3, 5):
        share = evaluate_polynomial(coefficients, index)
        nonce = group.scalar_from_int(index)
        public = group.multiply_base(share)
        partials[index] = PartialEvaluation(index, *blind_evaluate(share, public, SENT, nonce))
    assert combine(partials, THRESHOLD, 2) == BATCH_OF_TWO.evaluated_elements


def test_the_first_commitment_is_the_key_of_rfc9497() -> None:
    assert COMMITMENTS[0] == PUBLIC


@pytest.mark.parametrize("index", INDICES)
def test_public_share_is_recomputed_from_the_commitments(index: int) -> None:
    assert PUBLIC_SHARES[index] == group.multiply_base(SHARES[index])


@pytest.mark.parametrize("index", INDICES)
def test_partial_evaluation_does_not_verify_under_the_group_key(index: int) -> None:
    partial = PARTIALS[index]
    with pytest.raises(ProofError):
        verify_proof(PUBLIC, SENT, partial.evaluated_elements, partial.proof)


@pytest.mark.parametrize("index", INDICES)
def test_refuses_evaluation_with_another_share(index: int) -> None:
    other = index % 5 + 1
    with pytest.raises(ProofError):
        verify_partial(PUBLIC_SHARES[index], SENT, PARTIALS[other])


def test_refuses_an_altered_element() -> None:
    first, second = PARTIALS[1].evaluated_elements
    altered = replace(PARTIALS[1], evaluated_elements=(first, group.add(second, PUBLIC)))
    with pytest.raises(ProofError):
        verify_partial(PUBLIC_SHARES[1], SENT, altered)


def test_refuses_evaluated_elements_in_another_order() -> None:
    first, second = PARTIALS[1].evaluated_elements
    with pytest.raises(ProofError):
        verify_partial(
            PUBLIC_SHARES[1], SENT, replace(PARTIALS[1], evaluated_elements=(second, first))
        )


def test_refuses_a_batch_in_another_order_than_was_sent() -> None:
    first, second = SENT
    with pytest.raises(ProofError):
        verify_partial(PUBLIC_SHARES[1], SENT, _partial(1, (second, first)))


def test_refuses_the_proof_of_another_keyholder() -> None:
    with pytest.raises(ProofError):
        verify_partial(PUBLIC_SHARES[1], SENT, replace(PARTIALS[1], proof=PARTIALS[2].proof))


def test_refuses_the_proof_of_another_batch() -> None:
    other = _partial(1, (SENT[1], SENT[0])).proof
    with pytest.raises(ProofError):
        verify_partial(PUBLIC_SHARES[1], SENT, replace(PARTIALS[1], proof=other))


@pytest.mark.parametrize("number", [0, 1, 3])
def test_refuses_another_number_of_elements_than_was_sent(number: int) -> None:
    evaluated = (PARTIALS[1].evaluated_elements * 2)[:number]
    with pytest.raises(ProofError):
        verify_partial(PUBLIC_SHARES[1], SENT, replace(PARTIALS[1], evaluated_elements=evaluated))


def test_refuses_an_evaluation_under_an_identity_share() -> None:
    with pytest.raises(ProofError):
        verify_partial(group.IDENTITY, SENT, PARTIALS[1])


@settings(max_examples=20)
@given(
    st.sampled_from(INDICES),
    st.lists(st.sampled_from([group.IDENTITY, PUBLIC, *SENT]), max_size=3),
    st.sampled_from([group.scalar_from_int(0), SECRET]),
)
def test_degenerate_evaluations_raise_only_our_errors(
    index: int, evaluated: list[Element], scalar: Scalar
) -> None:
    partial = PartialEvaluation(index, tuple(evaluated), Proof(scalar, scalar))
    with pytest.raises(ProofError):
        verify_partial(PUBLIC_SHARES[index], SENT, partial)


@pytest.mark.parametrize("number", range(THRESHOLD))
def test_refuses_too_few_shares(number: int) -> None:
    partials = {index: PARTIALS[index] for index in range(1, number + 1)}
    with pytest.raises(TooFewSharesError, match=f"needs 3 keyholders, got {number}"):
        combine(partials, THRESHOLD, 2)


def test_two_shares_combined_as_if_they_were_enough_give_something_else() -> None:
    partials = {index: PARTIALS[index] for index in (1, 2)}
    assert combine(partials, 2, 2) != BATCH_OF_TWO.evaluated_elements


@settings(max_examples=10)
@given(st.sets(st.sampled_from(INDICES), min_size=THRESHOLD))
def test_more_shares_than_needed_change_nothing(indices: set[int]) -> None:
    partials = {index: PARTIALS[index] for index in indices}
    assert combine(partials, THRESHOLD, 2) == BATCH_OF_TWO.evaluated_elements


def test_arrival_order_changes_nothing() -> None:
    for order in permutations((2, 4, 5)):
        partials = {index: PARTIALS[index] for index in order}
        assert combine(partials, THRESHOLD, 2) == BATCH_OF_TWO.evaluated_elements


def test_leaves_the_padding_out() -> None:
    partials = {index: PARTIALS[index] for index in (1, 2, 3)}
    assert combine(partials, THRESHOLD, 1) == BATCH_OF_TWO.evaluated_elements[:1]


@settings(max_examples=50)
@given(
    st.lists(st.integers(0, group.ORDER - 1), min_size=1, max_size=5),
    st.sets(st.integers(1, 64), min_size=5, max_size=5),
)
def test_lagrange_weights_interpolate_at_zero(coefficients: list[int], indices: set[int]) -> None:
    total = 0
    for index in indices:
        value = sum(c * index**power for power, c in enumerate(coefficients))
        weight = int.from_bytes(lagrange_coefficient(index, sorted(indices)), "little")
        total += weight * value
    assert total % group.ORDER == coefficients[0]


def test_lagrange_weights_of_one_to_three() -> None:
    """By hand: 3, -3, 1."""
    weights = [lagrange_coefficient(index, (1, 2, 3)) for index in (1, 2, 3)]
    assert weights == [group.scalar_from_int(value) for value in (3, -3, 1)]
