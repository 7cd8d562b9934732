"""Evaluation rounds: all keyholders for a lookup, a threshold for an import (spec 20 §3)."""

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from node.clock import Clock
from node.errors import NO_KEY, AskError, NoHubError
from node.evaluating.asked_batch import AskedBatch
from node.evaluating.batch import Batch
from node.evaluating.evidence import KeepEvidence, keep_nothing
from node.federation.rounds import RoundSender
from node.keys import NodeKeys
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
            spare = len(usable) - threshold
            try:
                return await self._batch(
                    directory, Kind.IMPORT_EVALUATION, oprf_inputs, chosen, report, spare
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
        spare: int = 0,
    ) -> list[bytes]:
        """Evaluate one batch at these keyholders; `spare` is how many others could be asked."""
        asked = await asyncio.to_thread(self._make, directory, kind, oprf_inputs, holders)
        waits = iter(IMPORT_WAITS_SECONDS if kind is Kind.IMPORT_EVALUATION else ())
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
        usable = sum(member.id not in report.problems for member in holders.values())
        raise _too_few(directory, _key(directory).threshold, usable, report)

    def _make(
        self,
        directory: Directory,
        kind: Kind,
        oprf_inputs: Sequence[bytes],
        holders: dict[int, Member],
    ) -> AskedBatch:
        key = _key(directory)
        batch = Batch(oprf_inputs, batch_size(kind), key)
        request = EvaluationRequest(
            key.generation, directory.matching_version, batch.blinded_elements
        )
        body = request.encode()
        sent = self._seal(kind, body, list(holders.values()))
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
