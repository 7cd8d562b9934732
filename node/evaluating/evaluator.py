"""Evaluation rounds: all keyholders for a lookup, a threshold for an import (spec 20 §3)."""

import asyncio
import os
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from node.clock import Clock
from node.errors import NO_KEY, AskError, EvidenceError, NoHubError
from node.evaluating.batch import Batch
from node.evaluating.evidence import (
    KeepEvidence,
    KeyholderEvidence,
    keep_nothing,
    names_its_request,
    verify_evidence,
)
from node.federation.rounds import Delivery, RoundSender
from node.keys import NodeKeys
from protocol.directory.members import Directory, Member, OprfKey
from protocol.errors import ProtocolError
from protocol.identifiers import ROUND_ID_BYTES, MemberId, RoundId
from protocol.matching.keys import MATCHING_VERSION
from protocol.messages.evaluation import (
    EvaluationReply,
    EvaluationRequest,
    EvaluationStatus,
    batch_size,
)
from protocol.sealing.bundle import encode_bundle
from protocol.sealing.cell import REPLY_SECRET_BYTES
from protocol.sealing.envelope import Header, Kind, SentRequest, seal_request

IMPORT_WAITS_SECONDS = (1, 2, 4, 8, 16, 32)
"""How long an import waits for a hub to come back. Once its envelopes are older than two minutes,
a hub refuses them and the import ends."""

_STATUS_WORDS = {
    EvaluationStatus.ALLOWANCE_USED: "says today's allowance is used up",
    EvaluationStatus.OTHER_GENERATION: "is of another share generation or matching version",
    EvaluationStatus.NOT_A_KEYHOLDER: "has no share of the key yet",
}


@dataclass(slots=True)
class EvaluationReport:
    """What happened at the keyholders: those that gave nothing, and why, by name."""

    problems: dict[MemberId, str] = field(default_factory=dict)

    def by_name(self, directory: Directory) -> dict[str, str]:
        """Return the problems by the members' names."""
        return {directory.member(member).name: words for member, words in self.problems.items()}


class Evaluator:
    """Turns OPRF inputs into tokens. Inputs leave this machine only blinded."""

    def __init__(
        self,
        member: MemberId,
        keys: NodeKeys,
        sender: RoundSender,
        clock: Clock,
        keep: KeepEvidence = keep_nothing,
    ) -> None:
        self._member = member
        self._keys = keys
        self._sender = sender
        self._clock = clock
        self._keep = keep

    async def lookup_tokens(
        self, directory: Directory, oprf_inputs: Sequence[bytes]
    ) -> tuple[list[bytes], EvaluationReport]:
        """Return a question's tokens: one round to all keyholders, the first t valid replies.

        Raises:
            AskError: no key yet, or too few keyholders; names those that gave nothing.
            NoHubError: no hub carried the round.
        """
        report = EvaluationReport()
        tokens = await self._batch(
            directory, Kind.EVALUATION, oprf_inputs, directory.keyholders(), report
        )
        return tokens, report

    async def import_tokens(
        self,
        directory: Directory,
        oprf_inputs: Sequence[bytes],
        progress: Callable[[int], None],
    ) -> list[bytes]:
        """Return a file's tokens, batch by batch; `progress` gets the number done.

        A batch goes to as many keyholders as the threshold; where one fails, it goes to others.

        Raises:
            AskError: no key yet, or too few keyholders; names those that gave nothing.
            NoHubError: no hub carried the round.
        """
        size = batch_size(Kind.IMPORT_EVALUATION)
        tokens: list[bytes] = []
        report = EvaluationReport()
        for start in range(0, len(oprf_inputs), size):
            inputs = oprf_inputs[start : start + size]
            tokens += await self._import_batch(directory, inputs, report)
            progress(len(tokens))
        return tokens

    async def _import_batch(
        self, directory: Directory, oprf_inputs: Sequence[bytes], report: EvaluationReport
    ) -> list[bytes]:
        """Evaluate one batch, leaving out the keyholders that failed before: each failed batch
        was counted at the others."""
        holders = _in_own_order(directory, self._member)
        threshold = _key(directory).threshold
        while True:
            usable = {
                index: member
                for index, member in holders.items()
                if member.id not in report.problems
            }
            if len(usable) < threshold:
                raise _too_few(directory, threshold, len(usable), report)
            chosen = dict(list(usable.items())[:threshold])
            known_problems = len(report.problems)
            try:
                return await self._batch(
                    directory, Kind.IMPORT_EVALUATION, oprf_inputs, chosen, report
                )
            except AskError:
                if len(report.problems) == known_problems:
                    raise

    async def _batch(
        self,
        directory: Directory,
        kind: Kind,
        oprf_inputs: Sequence[bytes],
        holders: dict[int, Member],
        report: EvaluationReport,
    ) -> list[bytes]:
        key = _key(directory)
        batch = await asyncio.to_thread(Batch, oprf_inputs, batch_size(kind), key)
        request = EvaluationRequest(
            key.generation, directory.matching_version, batch.blinded_elements
        )
        body = request.encode()
        sent = self._seal(kind, body, list(holders.values()))
        bundle = encode_bundle(list(sent.values()), self._keys.signing)
        indices = {member.id: index for index, member in holders.items()}
        waits = iter(IMPORT_WAITS_SECONDS if kind is Kind.IMPORT_EVALUATION else ())
        while True:
            try:
                async with aclosing(self._sender.run(directory, sent, bundle)) as deliveries:
                    async for delivery in deliveries:
                        index = indices[delivery.member]
                        asked = sent[delivery.member]
                        problem = await asyncio.to_thread(
                            self._take, directory, batch, index, asked, body, delivery
                        )
                        if problem:
                            report.problems[delivery.member] = problem
                        if batch.is_complete:
                            return await asyncio.to_thread(batch.tokens)
                break
            except NoHubError:
                # The same bytes again are counted once: a long import outlives a hub's restart.
                wait = next(waits, None)
                if wait is None:
                    raise
                await asyncio.sleep(wait)
        usable = sum(member.id not in report.problems for member in holders.values())
        raise _too_few(directory, key.threshold, usable, report)

    def _take(
        self,
        directory: Directory,
        batch: Batch,
        index: int,
        sent: SentRequest,
        body: bytes,
        delivery: Delivery,
    ) -> str:
        """Keep a keyholder's valid reply; return what is wrong in words otherwise, "" if nothing.

        Of a wrong one the evidence is kept, if it is any.
        """
        if delivery.body is None or delivery.reply is None:
            return f"did not reply ({delivery.failure})"
        evidence = KeyholderEvidence(sent.envelope, body, sent.reply_secret, delivery.reply)
        if not names_its_request(evidence, delivery.body):
            return "gave an invalid reply (it does not say to what)"
        try:
            reply = EvaluationReply.decode(delivery.body, sent.header.kind)
            if reply.status is not EvaluationStatus.EVALUATED:
                return _STATUS_WORDS[reply.status]
            batch.take(index, reply)
        except ProtocolError as error:
            return (
                f"gave an invalid reply ({type(error).__name__}){self._kept(directory, evidence)}"
            )
        return ""

    def _kept(self, directory: Directory, evidence: KeyholderEvidence) -> str:
        try:
            verify_evidence(evidence, directory)
        except EvidenceError:
            return ""
        return ", of which the evidence is kept" if self._keep(evidence) else ""

    def _seal(
        self, kind: Kind, body: bytes, recipients: list[Member]
    ) -> dict[MemberId, SentRequest]:
        round_id = RoundId(os.urandom(ROUND_ID_BYTES))
        now_ms = self._clock()
        return {
            recipient.id: seal_request(
                Header(kind, round_id, self._member, recipient.id, now_ms),
                os.urandom(REPLY_SECRET_BYTES),
                body,
                recipient.sealing_key,
                self._keys.signing,
            )
            for recipient in recipients
        }


def _in_own_order(directory: Directory, member: MemberId) -> dict[int, Member]:
    """Return the keyholders from an own starting point, so that imports spread over them."""
    holders = sorted(directory.keyholders().items())
    position = sorted(directory.members).index(member) if member in directory.members else 0
    start = position % max(1, len(holders))
    return dict(holders[start:] + holders[:start])


def _key(directory: Directory) -> OprfKey:
    if directory.oprf_key is None:
        raise AskError(NO_KEY)
    if directory.matching_version != MATCHING_VERSION:
        # Strings of one version under another's name would be *not known* everywhere.
        raise AskError(
            f"the federation matches by version {directory.matching_version} and this software by "
            f"version {MATCHING_VERSION}: bring it up to date"
        )
    return directory.oprf_key


def _too_few(
    directory: Directory, threshold: int, usable: int, report: EvaluationReport
) -> AskError:
    named = report.by_name(directory)
    detail = "; ".join(f"{name} {problem}" for name, problem in named.items())
    return AskError(
        f"{threshold} keyholders are needed and only {usable} can be used: {detail}. "
        "Try again in a minute; if it stays so, ring the directory's signers"
    )
