"""Evaluation by t of n keyholders, equal to RFC 9497 under the key that nobody holds (spec 20 §3).

Lagrange interpolation in the exponent: sum of lambda_i * (share_i * element) = key * element.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from protocol.errors import MalformedError, ProofError, TooFewSharesError
from protocol.oprf import group
from protocol.oprf.dleq import Proof, verify_proof
from protocol.oprf.group import Element, Scalar


@dataclass(frozen=True, slots=True)
class PartialEvaluation:
    """One keyholder's answer to a batch: as many elements as were sent, and one proof."""

    index: int
    evaluated_elements: tuple[Element, ...]
    proof: Proof


def lagrange_coefficient(index: int, indices: Sequence[int]) -> Scalar:
    """Return the weight of `index` at zero among distinct `indices` (RFC 9591 §4.2)."""
    numerator, denominator = 1, 1
    for other in indices:
        if other != index:
            numerator = numerator * other % group.ORDER
            denominator = denominator * (other - index) % group.ORDER
    return group.scalar_from_int(numerator * pow(denominator, -1, group.ORDER))


def check_subset(
    subset: Sequence[int], index: int, threshold: int, keyholders: Collection[int]
) -> None:
    """Check that keyholder `index` is asked among as many keyholders as the threshold.

    Raises:
        MalformedError: it is not, or they are too few, too many or unknown.
    """
    if len(subset) != threshold or index not in subset or not set(subset) <= set(keyholders):
        raise MalformedError("malformed subset: not a threshold of keyholders with this one")


def weighted_share(share: Scalar, index: int, indices: Sequence[int]) -> Scalar:
    """Return what keyholder `index` multiplies by where the subset is named (spec 20 §3).

    The answers of all of `indices` then add up to the evaluation under the group key.
    """
    return group.scalar_multiply(lagrange_coefficient(index, indices), share)


def weighted_verification_share(
    verification_share: Element, index: int, indices: Sequence[int]
) -> Element:
    """Return the public side of `weighted_share`."""
    return group.multiply(lagrange_coefficient(index, indices), verification_share)


def add_up(answers: Sequence[Sequence[Element]]) -> tuple[Element, ...]:
    """Return the sum of weighted answers, element by element.

    It is the evaluation under the group key if all are right, which the caller has yet to check;
    a sum of wrong ones may be the identity.
    """
    return tuple(reduce(group.add, column) for column in zip(*answers, strict=True))


def verify_partial(
    verification_share: Element, blinded_elements: Sequence[Element], partial: PartialEvaluation
) -> None:
    """Check one keyholder's answer against its public share.

    Raises:
        ProofError: the answer was not made with that share.
    """
    if len(partial.evaluated_elements) != len(blinded_elements):
        raise ProofError("evaluation: another number of elements than was sent")
    verify_proof(verification_share, blinded_elements, partial.evaluated_elements, partial.proof)


def combine(
    partials: Mapping[int, PartialEvaluation], threshold: int, number: int
) -> tuple[Element, ...]:
    """Return the first `number` evaluated elements under the group key, from `threshold` answers.

    What stands behind them is padding. The caller has verified each of them with `verify_partial`.

    Raises:
        TooFewSharesError: fewer than `threshold` answers.
    """
    if len(partials) < threshold:
        raise TooFewSharesError(f"evaluation: needs {threshold} keyholders, got {len(partials)}")
    indices = sorted(partials)[:threshold]
    weights = [lagrange_coefficient(index, indices) for index in indices]
    columns = zip(*(partials[index].evaluated_elements[:number] for index in indices), strict=True)
    return tuple(group.sum_of_products(zip(weights, column, strict=True)) for column in columns)
