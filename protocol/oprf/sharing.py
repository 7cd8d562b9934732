"""Polynomials that share a secret, and commitments to them (Feldman; C2SP cocktail-dkg, Round 1).

A polynomial is its coefficients, constant term first; participant i's share is its value at i.
"""

from collections.abc import Sequence

from protocol.oprf import group
from protocol.oprf.group import Element, Scalar


def evaluate_polynomial(coefficients: Sequence[Scalar], index: int) -> Scalar:
    """Return the share of participant `index`, in constant time but for the index."""
    point = group.scalar_from_int(index)
    value = group.scalar_from_int(0)
    for coefficient in reversed(coefficients):
        value = group.scalar_add(group.scalar_multiply(value, point), coefficient)
    return value


def commit(coefficients: Sequence[Scalar]) -> tuple[Element, ...]:
    """Return coefficient * generator for each.

    Raises:
        MalformedError: a coefficient is zero.
    """
    return tuple(group.multiply_base(coefficient) for coefficient in coefficients)


def verification_share(commitments: Sequence[Element], index: int) -> Element:
    """Return participant `index`'s public share: sum of index^k * commitments[k].

    It is the identity if that share is zero: never for a key made by a ceremony.

    Raises:
        MalformedError: `index` is zero, or a commitment is the identity.
    """
    return group.sum_of_products(
        (group.scalar_from_int(pow(index, power, group.ORDER)), commitment)
        for power, commitment in enumerate(commitments)
    )


def add_commitments(all_commitments: Sequence[Sequence[Element]]) -> tuple[Element, ...]:
    """Return the commitments to the sum of polynomials of one degree; may hold the identity."""
    return tuple(_add_all(column) for column in zip(*all_commitments, strict=True))


def _add_all(elements: Sequence[Element]) -> Element:
    total = group.IDENTITY
    for element in elements:
        total = group.add(total, element)
    return total
