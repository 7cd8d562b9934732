"""One more element in a batch, that tells its sender whether all came back right (spec 20 §3).

With secret random r_0 ... r_m, and B_j the other elements, the sender puts

    C = r_0 * generator + sum of r_j * B_j

behind them. Under the one key that belongs to the public key Y, C evaluates to

    r_0 * Y + sum of r_j * E_j,

with E_j the evaluations, and of a keyholder's share of it likewise. C is uniform, whatever the r_j
are: who evaluates knows nothing of them, and an answer that deviates anywhere hits this sum with
probability 2^-128, for so many are the values of each. Shown afterwards, they convict whoever
missed it: a right answer never does.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from protocol.errors import MalformedError, ProofError
from protocol.oprf import group
from protocol.oprf.group import Element, Scalar

WEIGHT_BYTES = 16


def weight(content: bytes) -> Scalar:
    """Return r_j of 16 fresh random bytes: below the order as they are."""
    return Scalar(content + bytes(group.SCALAR_BYTES - WEIGHT_BYTES))


@dataclass(frozen=True, slots=True, repr=False)
class BatchCheck:
    """Fresh random scalars of one batch: r_0, uniform, and one for each element to be checked.

    Secret until all have answered. Two batches under one check would give them away.
    """

    offset: Scalar
    weights: tuple[Scalar, ...]

    def encode(self) -> bytes:
        """Return r_0 and the others, 32 bytes each."""
        return self.offset + b"".join(self.weights)

    @classmethod
    def decode(cls, content: bytes) -> "BatchCheck":
        """Return what was encoded.

        Raises:
            MalformedError: not whole scalars, one at least.
        """
        starts = range(0, max(len(content), 1), group.SCALAR_BYTES)
        offset, *weights = (
            group.decode_scalar(content[start : start + group.SCALAR_BYTES]) for start in starts
        )
        return cls(offset, tuple(weights))

    def element(self, blinded_elements: Sequence[Element]) -> Element:
        """Return C, to be evaluated behind these elements.

        Raises:
            MalformedError: one of them is not of the group, or a scalar is zero.
        """
        return self._sum(group.multiply_base(self.offset), blinded_elements)

    def verify(
        self, public: Element, evaluated_elements: Sequence[Element], evaluated_check: Element
    ) -> None:
        """Check evaluations against that of C.

        Raises:
            ProofError: some element was not evaluated under the key, or the share, of `public`.
        """
        try:
            offset = group.multiply(self.offset, public)
            expected = self._sum(offset, evaluated_elements)
        except MalformedError:
            raise ProofError("evaluation: an element is the identity") from None
        if expected != evaluated_check:
            raise ProofError("evaluation: the sum over the batch does not hold")

    def _sum(self, offset: Element, elements: Sequence[Element]) -> Element:
        return group.add(offset, group.sum_of_products(zip(self.weights, elements, strict=True)))
