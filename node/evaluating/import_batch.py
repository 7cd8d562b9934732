"""An import's batch at the client: the keyholders it names add up, and one element checks it.

The sum of their answers is checked first; who answered wrongly is looked for only where it does
not hold (spec 20 §3).
"""

import hashlib
from collections.abc import Sequence

from protocol import labels, limits
from protocol.directory.members import OprfKey
from protocol.encoding import Writer
from protocol.errors import ProofError
from protocol.messages.evaluation import EvaluationReply
from protocol.oprf import group
from protocol.oprf.checking import BatchCheck
from protocol.oprf.group import Element, Scalar
from protocol.oprf.threshold import (
    PartialEvaluation,
    add_up,
    verify_partial,
    weighted_verification_share,
)
from protocol.oprf.voprf import TOKEN_BYTES, blind, finalize_all

SEED_BYTES = 32


class ImportBatch:
    """Up to 511 inputs, random elements behind them, and last the element that checks the inputs.

    All that is secret in it comes of `seed`: 32 fresh random bytes, for these inputs and this
    subset alone.
    """

    def __init__(
        self, oprf_inputs: Sequence[bytes], key: OprfKey, subset: tuple[int, ...], seed: bytes
    ) -> None:
        self._key = key
        self.subset = subset
        offset, *scalars = _scalars(seed, 1 + 2 * limits.IMPORT_INPUTS)
        number = len(oprf_inputs)
        blinds, weights = scalars[: limits.IMPORT_INPUTS], scalars[limits.IMPORT_INPUTS :]
        self._blindings = list(map(blind, oprf_inputs, blinds))
        self._check = BatchCheck(offset, tuple(weights[:number]))
        blinded = tuple(blinding.blinded_element for blinding in self._blindings)
        self.blinded_elements = (
            *blinded,
            *map(group.multiply_base, blinds[number:]),
            self._check.element(blinded),
        )
        self._partials: dict[int, PartialEvaluation] = {}
        self._evaluated: tuple[Element, ...] = ()

    @property
    def is_complete(self) -> bool:
        return len(self._partials) == len(self.subset)

    def take(self, index: int, reply: EvaluationReply) -> None:
        """Keep a keyholder's reply; nothing of it is verified before all are there.

        Raises:
            ProofError: it answered for another generation.
        """
        if reply.evaluated is None or reply.generation != self._key.generation:
            raise ProofError("evaluation: of another generation")
        self._partials[index] = PartialEvaluation(
            index, reply.evaluated.evaluated_elements, reply.evaluated.proof
        )

    def wrong(self) -> tuple[int, ...]:
        """Check the answers; return who gave a wrong one, and drop theirs.

        1. The sum over the batch holds: all is right. 2. Else each proof is verified.

        Raises:
            ProofError: the sum does not hold and every proof does (never seen).
        """
        number = len(self._blindings)
        *evaluated, check = add_up(
            [
                (*partial.evaluated_elements[:number], partial.evaluated_elements[-1])
                for partial in self._partials.values()
            ]
        )
        try:
            self._check.verify(self._key.group_key, evaluated, check)
        except ProofError:
            liars = tuple(index for index in self.subset if not self._is_right(index))
            if not liars:
                raise
            for index in liars:
                del self._partials[index]
            return liars
        self._evaluated = tuple(evaluated)
        return ()

    def tokens(self) -> list[bytes]:
        """Return the token of each input, in order, once `wrong` has found none."""
        outputs = finalize_all(self._blindings, self._evaluated)
        return [output[:TOKEN_BYTES] for output in outputs]

    def _is_right(self, index: int) -> bool:
        public = self._key.verification_shares[index]
        weighted = weighted_verification_share(public, index, self.subset)
        try:
            verify_partial(weighted, self.blinded_elements, self._partials[index])
        except ProofError:
            return False
        return True


def _scalars(seed: bytes, number: int) -> list[Scalar]:
    stream = hashlib.shake_256(Writer().prefixed(labels.IMPORT_SECRETS).raw(seed).done())
    wide = stream.digest(64 * number)
    return [group.scalar_from_wide(wide[start : start + 64]) for start in range(0, len(wide), 64)]
