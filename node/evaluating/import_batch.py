"""An import's batch at the client: the keyholders it names add up, and one element checks it.

The sum of their answers is checked first; who answered wrongly is looked for only where it does
not hold (spec 20 §3).
"""

from collections.abc import Sequence

from node.evaluating.batch_work import BlindTask, FinishTask, Work
from protocol.directory.members import OprfKey
from protocol.errors import ProofError
from protocol.messages.evaluation import EvaluationReply
from protocol.oprf.threshold import (
    PartialEvaluation,
    verify_partial,
    weighted_verification_share,
)

SEED_BYTES = 32


class ImportBatch:
    """Up to 511 inputs, random elements behind them, and last the element that checks the inputs.

    All that is secret in it comes of `seed`: 32 fresh random bytes, for these inputs and this
    subset alone.
    """

    def __init__(
        self,
        oprf_inputs: Sequence[bytes],
        key: OprfKey,
        subset: tuple[int, ...],
        seed: bytes,
        work: Work,
    ) -> None:
        self._oprf_inputs = oprf_inputs
        self._key = key
        self.subset = subset
        self._seed = seed
        self._work = work
        self.blinded_elements = work(BlindTask(oprf_inputs, seed))
        self._partials: dict[int, PartialEvaluation] = {}
        self._tokens: list[bytes] = []

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
        number = len(self._oprf_inputs)
        answers = [
            (*partial.evaluated_elements[:number], partial.evaluated_elements[-1])
            for partial in self._partials.values()
        ]
        tokens = self._work(FinishTask(self._oprf_inputs, self._seed, self._key.group_key, answers))
        if tokens is not None:
            self._tokens = tokens
            return ()
        liars = tuple(index for index in self.subset if not self._is_right(index))
        if not liars:
            raise ProofError("evaluation: the sum over the batch does not hold")
        for index in liars:
            del self._partials[index]
        return liars

    def tokens(self) -> list[bytes]:
        """Return the token of each input, in order, once `wrong` has found none."""
        return self._tokens

    def _is_right(self, index: int) -> bool:
        public = self._key.verification_shares[index]
        weighted = weighted_verification_share(public, index, self.subset)
        try:
            verify_partial(weighted, self.blinded_elements, self._partials[index])
        except ProofError:
            return False
        return True
