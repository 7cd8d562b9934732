"""Hits and misses by turns at one node, and whether their times tell them apart.

What else a machine does falls on both alike. So neither limit is of a clock on the wall: of a hit
and the miss beside it, either comes later as often as the other, however busy the machine.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from protocol.messages.stream import FailureReason
from protocol.messages.vocabulary import Outcome
from tests.durability.asking import Asker, asker_at, lookup
from tests.durability.traffic import answer_of

MOST_APART = 0.1
"""Of a tick: how far the middle of the differences may be from nothing."""


@dataclass(frozen=True, slots=True)
class Said:
    """How a question ended, and how long after it was sent."""

    outcome: Outcome | FailureReason
    seconds: float


@dataclass(frozen=True, slots=True)
class Pair:
    """A hit and a miss that were sent one after the other."""

    hit: Said
    miss: Said


async def send_pairs(url: str, number: int) -> list[Pair]:
    """Ask so often about the child that is held, and as often about the other.

    Two pairs are under way together, as much as a node works on at once; of the four neither hits
    nor misses are always the first. A pair in which the node *cannot answer* is left out.
    """
    pairs: list[Pair] = []
    async with asker_at(url) as asker:
        for turn in range(number // 2):
            orders = (True, False) if turn % 2 else (False, True)
            pairs += await asyncio.gather(*(_send_pair(asker, order) for order in orders))
    return [
        pair for pair in pairs if Outcome.CANNOT_ANSWER not in {pair.hit.outcome, pair.miss.outcome}
    ]


def assert_alike(pairs: Sequence[Pair], tick_ms: int) -> None:
    """No answer comes before its tick, and neither hits nor misses come later than the others."""
    tick = tick_ms / 1000
    assert min(said.seconds for pair in pairs for said in (pair.hit, pair.miss)) >= tick
    apart = median(pair.hit.seconds - pair.miss.seconds for pair in pairs)
    ticks = [int(pair.hit.seconds / tick) - int(pair.miss.seconds / tick) for pair in pairs]
    print(f"{len(pairs)} pairs, apart by {apart * 1000:.2f} ms, ticks {Counter(ticks)}")  # noqa: T201 (shown by pytest -s, and when it fails)
    assert median(ticks) == 0
    assert abs(apart) < MOST_APART * tick


async def _send_pair(asker: Asker, is_hit_first: bool) -> Pair:
    order = (True, False) if is_hit_first else (False, True)
    said = await asyncio.gather(*(_send(asker, is_hit) for is_hit in order))
    return Pair(*said) if is_hit_first else Pair(*reversed(said))


async def _send(asker: Asker, is_hit: bool) -> Said:
    made = lookup(1, is_hit=is_hit)
    began = time.monotonic()
    reply = await asker.send(made)
    seconds = time.monotonic() - began
    return Said(answer_of(made, reply).outcome if isinstance(reply, bytes) else reply, seconds)
