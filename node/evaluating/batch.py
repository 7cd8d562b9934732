"""A lookup's batch at the client: blind, pad, check replies, combine, finalise (spec 20 §3)."""

import os
from collections.abc import Sequence

from protocol.directory.members import OprfKey
from protocol.errors import ProofError
from protocol.messages.evaluation import EvaluationReply
from protocol.oprf import group
from protocol.oprf.threshold import PartialEvaluation, combine, verify_partial
from protocol.oprf.voprf import TOKEN_BYTES, Blinding, blind, finalize


class Batch:
    """A batch of one fixed size: the inputs, then random elements nobody can tell from them."""

    subset: tuple[int, ...] = ()
    """Whoever answers first is taken: none is named."""
    check = None
    """Each reply has its proof."""

    def __init__(self, oprf_inputs: Sequence[bytes], size: int, key: OprfKey) -> None:
        self._key = key
        self._blindings: list[Blinding] = [
            blind(oprf_input, _random_scalar()) for oprf_input in oprf_inputs
        ]
        padding = size - len(oprf_inputs)
        self.blinded_elements = (
            *(blinding.blinded_element for blinding in self._blindings),
            *(group.multiply_base(_random_scalar()) for _ in range(padding)),
        )
        self._partials: dict[int, PartialEvaluation] = {}

    @property
    def is_complete(self) -> bool:
        return len(self._partials) >= self._key.threshold

    def take(self, index: int, reply: EvaluationReply) -> None:
        """Check a keyholder's reply against its public share and keep it.

        Raises:
            ProofError: the keyholder did not use its share, or answered for another generation.
        """
        made = reply.evaluated
        if made is None or made.proof is None or reply.generation != self._key.generation:
            raise ProofError("evaluation: of another generation")
        partial = PartialEvaluation(index, made.evaluated_elements, made.proof)
        verify_partial(self._key.verification_shares[index], self.blinded_elements, partial)
        self._partials[index] = partial

    def wrong(self) -> tuple[int, ...]:
        """Return nobody: each reply was checked before it was kept."""
        return ()

    def tokens(self) -> list[bytes]:
        """Return the token of each input, in order.

        Raises:
            TooFewSharesError: not complete.
        """
        evaluated = combine(self._partials, self._key.threshold, len(self._blindings))
        return [
            finalize(blinding, element)[:TOKEN_BYTES]
            for blinding, element in zip(self._blindings, evaluated, strict=True)
        ]


def _random_scalar() -> group.Scalar:
    return group.scalar_from_wide(os.urandom(64))
