"""What somebody adds to a question that a council checks, on a beat that is there without it."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from node.clock import Clock
from node.errors import CallBackError
from node.evaluating.evaluator import EvaluationReport
from protocol import limits
from protocol.directory.members import Directory
from protocol.identifiers import Epoch, MemberId
from protocol.matching.identity import Identity
from protocol.matching.keys import question_keys
from protocol.messages.callback import HOUR_MS
from protocol.tags import tag, tag_context

Evaluate = Callable[[Directory, Sequence[bytes]], Awaitable[tuple[list[bytes], EvaluationReport]]]
"""`Evaluator.lookup_tokens`."""

AddTags = Callable[[bytes, Callable[[MemberId, Epoch], Sequence[bytes]]], None]
"""`CallBacks.add_tags`."""

KEPT_MS = 24 * HOUR_MS
"""How long what was added waits in memory, never on a disk, for its turn, or for keyholders that
are away: a check is due within a day."""

_STRING_BYTES = 32


@dataclass(frozen=True, slots=True, repr=False)
class _Waiting:
    oprf_inputs: Sequence[bytes]
    since_ms: int


class Adding:
    """Has the keyholders evaluate a batch at every beat: what was added to checks, and as many
    random strings as it takes to fill it. No round, and not how long one takes to make, shows that
    something matched (spec 50 §5.2)."""

    def __init__(
        self,
        evaluate: Evaluate,
        add_tags: AddTags,
        directory: Callable[[], Directory],
        clock: Clock,
    ) -> None:
        """`directory` raises DirectoryError where none is valid."""
        self._evaluate = evaluate
        self._add_tags = add_tags
        self._directory = directory
        self._clock = clock
        self._waiting: dict[bytes, _Waiting] = {}

    def add(self, check: bytes, child: Identity) -> None:
        """Take what is known of the child of a check, in the place of what waits for it."""
        # Whether somebody lives with the child is no answer to whether it is the child.
        oprf_inputs = [key.oprf_input for key in question_keys(child, household=False)]
        self._waiting[check] = _Waiting(oprf_inputs, self._clock())

    def is_waiting(self, check: bytes) -> bool:
        """Whether what was added to a check has not been sent yet."""
        return check in self._waiting

    async def turn(self) -> None:
        """Evaluate one batch, and send what comes of it with the post.

        Raises:
            DirectoryError: there is no valid directory.
            AskError: too few keyholders; what waits is evaluated the next time.
            NoHubError: no hub carried the round; likewise.
            StoreError: it cannot be kept; likewise.
        """
        self._forget_old()
        directory = self._directory()
        if directory.oprf_key is None:
            return
        chosen = self._chosen()
        strings = [string for waiting in chosen.values() for string in waiting.oprf_inputs]
        filling = [os.urandom(_STRING_BYTES) for _ in range(limits.LOOKUP_BATCH - len(strings))]
        tokens, _ = await self._evaluate(directory, [*strings, *filling])
        of_each = iter(tokens)
        for check, waiting in chosen.items():
            theirs = list(islice(of_each, len(waiting.oprf_inputs)))
            await asyncio.to_thread(self._send, check, theirs)
            if self._waiting.get(check) is waiting:
                del self._waiting[check]

    def _chosen(self) -> dict[bytes, _Waiting]:
        """Return what goes with this beat: the oldest, and what finds room beside it."""
        chosen, room = {}, limits.LOOKUP_BATCH
        for check, waiting in self._waiting.items():
            if len(waiting.oprf_inputs) <= room:
                chosen[check] = waiting
                room -= len(waiting.oprf_inputs)
        return chosen

    def _send(self, check: bytes, tokens: Sequence[bytes]) -> None:
        def tags_for(recipient: MemberId, epoch: Epoch) -> Sequence[bytes]:
            context = tag_context(epoch, recipient)
            return [tag(token, context) for token in tokens]

        # Decided meanwhile, nobody waits for it any more.
        with suppress(CallBackError):
            self._add_tags(check, tags_for)

    def _forget_old(self) -> None:
        oldest_ms = self._clock() - KEPT_MS
        for check, waiting in [*self._waiting.items()]:
            if waiting.since_ms < oldest_ms:
                del self._waiting[check]
