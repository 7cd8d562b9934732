"""An import's batch at the client: the keyholders it names add up, and one element checks it.

The sum of their answers is checked first, and each keyholder's only where it does not hold (spec
20 §3).
"""

from collections.abc import Sequence

from node.evaluating.batch_work import BlindTask, FinishTask, Work, check_of
from protocol.directory.members import OprfKey
from protocol.errors import ProofError
from protocol.messages.evaluation import EvaluationReply
from protocol.oprf.checking import BatchCheck
from protocol.oprf.group import Element
from protocol.oprf.threshold import weighted_verification_share

SEED_BYTES = 32


class ImportBatch:
    """Up to 1,023 inputs, random elements behind them, and last the element that checks the inputs.

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
        self._answers: dict[int, tuple[Element, ...]] = {}
        """The evaluated inputs, and last the check."""
        self._tokens: list[bytes] = []

    @property
    def is_complete(self) -> bool:
        return len(self._answers) == len(self.subset)

    @property
    def check(self) -> BatchCheck:
        """What convicts a keyholder, once nothing more is expected of this batch."""
        return check_of(self._seed, len(self._oprf_inputs))

    def take(self, index: int, reply: EvaluationReply) -> None:
        """Keep a keyholder's reply; nothing of it is verified before all are there.

        Raises:
            ProofError: it answered for another generation.
        """
        if reply.evaluated is None or reply.generation != self._key.generation:
            raise ProofError("evaluation: of another generation")
        elements = reply.evaluated.evaluated_elements
        self._answers[index] = (*elements[: len(self._oprf_inputs)], elements[-1])

    def wrong(self) -> tuple[int, ...]:
        """Check the answers; return who gave a wrong one, and drop theirs.

        1. The sum over the batch holds: all is right. 2. Else that of a keyholder's own answers
        does not, under its own share.

        Raises:
            ProofError: the sum does not hold and every keyholder's does (never seen).
        """
        answers = list(self._answers.values())
        tokens = self._work(FinishTask(self._oprf_inputs, self._seed, self._key.group_key, answers))
        if tokens is not None:
            self._tokens = tokens
            return ()
        liars = tuple(index for index in self.subset if not self._is_right(index))
        if not liars:
            raise ProofError("evaluation: the sum over the batch does not hold")
        for index in liars:
            del self._answers[index]
        return liars

    def tokens(self) -> list[bytes]:
        """Return the token of each input, in order, once `wrong` has found none."""
        return self._tokens

    def _is_right(self, index: int) -> bool:
        public = self._key.verification_shares[index]
        weighted = weighted_verification_share(public, index, self.subset)
        *evaluated, check = self._answers[index]
        try:
            self.check.verify(weighted, evaluated, check)
        except ProofError:
            return False
        return True
