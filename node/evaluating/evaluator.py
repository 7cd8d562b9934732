"""Evaluation rounds: all keyholders for a lookup, a threshold for an import (spec 20 §3)."""

import asyncio
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from node.clock import Clock
from node.errors import NO_KEY, AskError, NoHubError
from node.evaluating.asked_batch import AskedBatch
from node.evaluating.batch import Batch
from node.evaluating.batch_work import Work, work_here
from node.evaluating.bulk import BatchStore, EvaluatedBatch, evaluate_in_batches
from node.evaluating.evidence import KeepEvidence, keep_nothing
from node.evaluating.import_batch import SEED_BYTES, ImportBatch
from node.evaluating.sent_batch import SentBatch
from node.federation.rounds import RoundSender
from node.keys import NodeKeys
from protocol import limits
from protocol.directory.members import Directory, Member, OprfKey
from protocol.identifiers import ROUND_ID_BYTES, MemberId, RoundId
from protocol.matching.keys import MATCHING_VERSION
from protocol.messages.evaluation import (
    EvaluationRequest,
    batch_size,
)
from protocol.sealing.bundle import encode_bundle
from protocol.sealing.cell import REPLY_SECRET_BYTES
from protocol.sealing.envelope import Header, Kind, SentRequest, seal_request

IMPORT_WAITS_SECONDS = (1, 2, 4, 8, 16, 32)
"""How long an import waits for a hub, or its members there, to come back. Once its envelopes are
older than two minutes, a hub refuses them and the import ends."""

RESEND_MS = limits.FRESHNESS_MS - int(limits.ROUND_SECONDS * 1000)
"""How long after it was sent an interrupted batch is sent again: later it would be refused on the
way, and be counted for nothing."""


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
        work: Work = work_here,
    ) -> None:
        """`work` performs an import's arithmetic, called in threads."""
        self._member = member
        self._keys = keys
        self._sender = sender
        self._clock = clock
        self._keep = keep
        self._work = work

    async def lookup_tokens(
        self, directory: Directory, oprf_inputs: Sequence[bytes]
    ) -> tuple[list[bytes], EvaluationReport]:
        """Return a question's tokens: one round to all keyholders, the first t valid replies.

        Raises:
            AskError: no key yet, or too few keyholders; names those that gave nothing.
            NoHubError: no hub carried the round.
        """
        report = EvaluationReport()
        asked = await asyncio.to_thread(self._make_lookup, directory, oprf_inputs)
        return await self._post(directory, asked, report), report

    async def import_tokens(
        self, directory: Directory, oprf_inputs: Iterable[bytes], store: BatchStore
    ) -> None:
        """Have a file's tokens made, a few batches at once; `store` gets each as it is evaluated.

        What was sent before for the same inputs is sent again while it is fresh. A batch goes to
        as many keyholders as the threshold; where one fails, it goes to others.

        Raises:
            AskError: no key yet, or too few keyholders; names those that gave nothing.
            NoHubError: no hub carried the round.
        """
        report = EvaluationReport()

        async def evaluate(inputs: list[bytes]) -> EvaluatedBatch:
            return await self._import_batch(directory, inputs, report, store)

        await evaluate_in_batches(oprf_inputs, evaluate, store)

    async def _import_batch(
        self,
        directory: Directory,
        oprf_inputs: Sequence[bytes],
        report: EvaluationReport,
        store: BatchStore,
    ) -> EvaluatedBatch:
        """Evaluate one batch, leaving out the keyholders that failed before: each failed batch
        was counted at the others."""
        holders = _in_own_order(directory, self._member)
        threshold = _key(directory).threshold
        asked = await asyncio.to_thread(self._recall, directory, oprf_inputs, store)
        while True:
            usable = {
                index: member
                for index, member in holders.items()
                if member.id not in report.problems
            }
            if len(usable) < threshold:
                raise _too_few(directory, threshold, len(usable), report)
            chosen = dict(list(usable.items())[:threshold])
            if asked is None:
                asked = await asyncio.to_thread(
                    self._make_import, directory, oprf_inputs, chosen, store
                )
            spare = len(usable) - threshold
            try:
                tokens = await self._post(directory, asked, report, IMPORT_WAITS_SECONDS, spare)
                return EvaluatedBatch(oprf_inputs, tokens, asked.allowance_left)
            except AskError:
                if not asked.problems:
                    raise
                asked = None

    async def _post(
        self,
        directory: Directory,
        asked: AskedBatch,
        report: EvaluationReport,
        waits_seconds: Sequence[float] = (),
        spare: int = 0,
    ) -> list[bytes]:
        """Evaluate one batch at its keyholders; `spare` is how many others could be asked."""
        waits = iter(waits_seconds)
        while True:
            try:
                tokens = await asked.post(self._sender)
                if tokens is not None:
                    report.problems |= asked.problems
                    return tokens
                wait = next(waits, None) if asked.may_do_better(spare) else None
                if wait is None:
                    break
            except NoHubError:
                wait = next(waits, None)
                if wait is None:
                    raise
            # The same bytes again are counted once: a long import outlives a hub's restart.
            await asyncio.sleep(wait)
        report.problems |= asked.problems
        usable = sum(member not in report.problems for member in asked.members)
        raise _too_few(directory, _key(directory).threshold, usable, report)

    def _make_lookup(self, directory: Directory, oprf_inputs: Sequence[bytes]) -> AskedBatch:
        kind, key = Kind.EVALUATION, _key(directory)
        batch = Batch(oprf_inputs, batch_size(kind), key)
        body = _body(directory, batch)
        sent = self._seal(kind, body, list(directory.keyholders().values()))
        return self._asked(directory, batch, body, sent)

    def _make_import(
        self,
        directory: Directory,
        oprf_inputs: Sequence[bytes],
        holders: dict[int, Member],
        store: BatchStore,
    ) -> AskedBatch:
        subset, seed = tuple(sorted(holders)), os.urandom(SEED_BYTES)
        batch = ImportBatch(oprf_inputs, _key(directory), subset, seed, self._work)
        body = _body(directory, batch)
        sent = self._seal(Kind.IMPORT_EVALUATION, body, list(holders.values()))
        store.ask(oprf_inputs, SentBatch(seed, sha256(body).digest(), sent).encode(), self._clock())
        return self._asked(directory, batch, body, sent)

    def _recall(
        self, directory: Directory, oprf_inputs: Sequence[bytes], store: BatchStore
    ) -> AskedBatch | None:
        """Return the batch that was sent for these inputs, while it can be sent again."""
        content, key = store.asked(oprf_inputs), _key(directory)
        if content is None:
            return None
        before = SentBatch.decode(content)
        holders = directory.keyholders()
        subset = tuple(index for index in sorted(holders) if holders[index].id in before.sent)
        if self._clock() - before.time_ms > RESEND_MS or len(subset) != len(before.sent):
            return None
        batch = ImportBatch(oprf_inputs, key, subset, before.seed, self._work)
        body = _body(directory, batch)
        # Another generation, say: what would come back would not be what is expected.
        if before.body_digest != sha256(body).digest():
            return None
        return self._asked(directory, batch, body, before.sent)

    def _asked(
        self,
        directory: Directory,
        batch: Batch | ImportBatch,
        body: bytes,
        sent: Mapping[MemberId, SentRequest],
    ) -> AskedBatch:
        bundle = encode_bundle(list(sent.values()), self._keys.signing)
        return AskedBatch(directory, batch, body, sent, bundle, self._keep)

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


def _body(directory: Directory, batch: Batch | ImportBatch) -> bytes:
    generation, version = _key(directory).generation, directory.matching_version
    return EvaluationRequest(generation, version, batch.blinded_elements, batch.subset).encode()


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
