"""Many strings: a few batches on their way at once, each kept as soon as it is evaluated."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from protocol import limits

BATCHES_IN_FLIGHT = 4
"""Enough that both the keyholders and two cores here have work; what a kill can lose, at most."""


@dataclass(frozen=True, slots=True, repr=False)
class EvaluatedBatch:
    """Some inputs and their tokens, and what the keyholders that made them allow after that."""

    oprf_inputs: Sequence[bytes]
    tokens: Sequence[bytes]
    allowance_left: int
    """In elements; of the keyholder that allows least."""


EvaluateBatch = Callable[[list[bytes]], Awaitable[EvaluatedBatch]]


class BatchStore(Protocol):
    """Keeps batches, durably. It is called in threads, for several batches at once."""

    def ask(self, oprf_inputs: Sequence[bytes], request: bytes, now_ms: int) -> None:
        """Keep what is about to be sent for these inputs."""

    def asked(self, oprf_inputs: Sequence[bytes]) -> bytes | None:
        """Return what was sent last for exactly these inputs, if their tokens never came."""

    def keep(self, batch: EvaluatedBatch) -> None:
        """Keep tokens."""


async def evaluate_in_batches(
    oprf_inputs: Iterable[bytes], evaluate: EvaluateBatch, store: BatchStore
) -> None:
    """Evaluate all inputs, no more of them in memory than are on their way.

    Where one batch fails, none is begun any more, and those on their way are still kept: they are
    counted at the keyholders.

    Raises:
        Whatever the first batch that failed raised.
    """
    inputs = iter(oprf_inputs)
    taking = asyncio.Lock()
    failures: list[Exception] = []

    async def evaluate_next() -> bool:
        async with taking:
            batch = [] if failures else await asyncio.to_thread(_take, inputs)
        if not batch:
            return False
        try:
            await asyncio.to_thread(store.keep, await evaluate(batch))
        except Exception as error:
            failures.append(error)
        return not failures

    async def work() -> None:
        while await evaluate_next():
            pass

    # The first goes alone: a keyholder that is away costs one batch at the others, not several.
    if await evaluate_next():
        async with asyncio.TaskGroup() as group:
            for _ in range(BATCHES_IN_FLIGHT):
                group.create_task(work())
    if failures:
        raise failures[0]


def _take(inputs: Iterator[bytes]) -> list[bytes]:
    return list(islice(inputs, limits.IMPORT_INPUTS))
