"""A batch on its way to keyholders: the same bytes however often it is posted (spec 20 §3)."""

import asyncio
from collections.abc import Collection, Mapping
from contextlib import aclosing
from dataclasses import replace

from node.errors import EvidenceError, NoHubError
from node.evaluating.batch import Batch
from node.evaluating.evidence import KeepEvidence, KeyholderEvidence, names_its_request
from node.evaluating.import_batch import ImportBatch
from node.evaluating.judging import verify_evidence
from node.federation.rounds import Delivery, Failure, RoundSender
from protocol.directory.members import Directory
from protocol.errors import ProtocolError
from protocol.identifiers import MemberId
from protocol.messages.evaluation import EvaluationReply, EvaluationStatus
from protocol.sealing.envelope import SentRequest

_STATUS_WORDS = {
    EvaluationStatus.ALLOWANCE_USED: "says today's allowance is used up",
    EvaluationStatus.OTHER_GENERATION: "is of another share generation or matching version",
    EvaluationStatus.NOT_A_KEYHOLDER: "has no share of the key yet",
    EvaluationStatus.NO_ELEMENT: "says that an element of the batch is none",
}

_SLOW = frozenset({Failure.TIMED_OUT, Failure.BUSY})

SLOW_RETRIES = 2
"""How often one that was too slow is asked again: each time may take a whole round's time."""

MOST_ALLOWANCE = 0xFFFFFFFF
"""The highest allowance that a reply can state."""


class AskedBatch:
    """One request to each of some keyholders, and what came of the last time it was posted."""

    def __init__(
        self,
        directory: Directory,
        batch: Batch | ImportBatch,
        body: bytes,
        sent: Mapping[MemberId, SentRequest],
        bundle: bytes,
        keep: KeepEvidence,
    ) -> None:
        self._directory = directory
        self._batch = batch
        self._body = body
        self._sent = sent
        self._bundle = bundle
        self._keep = keep
        self._failed: list[Delivery] = []
        self._taken: dict[int, KeyholderEvidence] = {}
        self._a_hub_broke_off = False
        self._posted = 0
        self.problems: dict[MemberId, str] = {}
        """What was wrong at which keyholder, the last time."""
        self.allowance_left = MOST_ALLOWANCE
        """What is left at the keyholder that allows least, of those that have evaluated."""

    @property
    def members(self) -> Collection[MemberId]:
        """Whom it asks."""
        return self._sent.keys()

    async def post(self, sender: RoundSender) -> list[bytes] | None:
        """Return the tokens, as soon as enough replies are valid; None if too few come.

        Raises:
            NoHubError: no hub carried the round.
        """
        self.problems, self._failed = {}, []
        self._posted += 1
        try:
            deliveries = sender.run(self._directory, self._sent, self._bundle)
            async with aclosing(deliveries):
                async for delivery in deliveries:
                    problem = await asyncio.to_thread(self._take, delivery)
                    if problem:
                        self.problems[delivery.member] = problem
                        self._failed.append(delivery)
                    if self._batch.is_complete:
                        return await asyncio.to_thread(self._finish)
        except NoHubError:
            self._a_hub_broke_off = True
            raise
        self._a_hub_broke_off |= any(not delivery.is_said for delivery in self._failed)
        return None

    def may_do_better(self, spare: int) -> bool:
        """Whether the same bytes may do better in a while, so that nobody is counted twice.

        Somebody was not reached, perhaps because a hub was away: its members dial again within
        half a minute. Or there are fewer others to ask, `spare`, than have failed. Or somebody was
        too slow: once or twice again, for it may have its reply by now.
        """
        failures = {delivery.failure for delivery in self._failed}
        if failures & _SLOW and self._posted <= SLOW_RETRIES:
            return True
        is_away = Failure.UNREACHABLE in failures
        return is_away and (self._a_hub_broke_off or len(self._failed) > spare)

    def _finish(self) -> list[bytes] | None:
        wrong = self._batch.wrong()
        holders = self._directory.keyholders()
        for index in wrong:
            kept = self._kept(replace(self._taken[index], check=self._batch.check))
            self.problems[holders[index].id] = f"gave an invalid reply (ProofError){kept}"
        return None if wrong else self._batch.tokens()

    def _take(self, delivery: Delivery) -> str:
        """Keep a keyholder's valid reply; return what is wrong in words otherwise, "" if nothing.

        Of a wrong one the evidence is kept, if it is any.
        """
        if delivery.body is None or delivery.reply is None:
            return f"did not reply ({delivery.failure})"
        sent = self._sent[delivery.member]
        evidence = KeyholderEvidence(sent.envelope, self._body, sent.reply_secret, delivery.reply)
        if not names_its_request(evidence, delivery.body):
            return "gave an invalid reply (it does not say to what)"
        try:
            reply = EvaluationReply.decode(delivery.body, sent.header.kind)
            if reply.status is not EvaluationStatus.EVALUATED:
                return _STATUS_WORDS[reply.status]
            index = self._directory.member(delivery.member).entry.keyholder_index or 0
            self._batch.take(index, reply)
        except ProtocolError as error:
            return f"gave an invalid reply ({type(error).__name__}){self._kept(evidence)}"
        self._taken[index] = evidence
        self.allowance_left = min(self.allowance_left, reply.allowance_left)
        return ""

    def _kept(self, evidence: KeyholderEvidence) -> str:
        try:
            verify_evidence(evidence, self._directory)
        except EvidenceError:
            return ""
        return ", of which the evidence is kept" if self._keep(evidence) else ""
