"""One round: every envelope out at once, and how each ended as it does (spec 40 §4)."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from functools import partial

from hub.links import Link, Links, Result
from protocol.identifiers import MemberId
from protocol.messages.stream import FailureReason
from protocol.sealing.envelope import Kind, reply_bytes

Ended = tuple[MemberId, Result]


async def run_round(
    kind: Kind, envelopes: Mapping[MemberId, bytes], links: Links, deadline: float
) -> AsyncGenerator[list[Ended], None]:
    """Yield how each envelope ended, together what has ended since the last time.

    `deadline` is on the loop's clock. Closing the generator abandons what is still out.
    """
    deliveries = _Deliveries(reply_bytes(kind))
    for member in envelopes:
        deliveries.begin(member, envelopes[member], links.choose(member))
    timer = asyncio.get_running_loop().call_at(deadline, deliveries.time_out)
    left = len(envelopes)
    del envelopes  # each is kept until it is sent
    try:
        while left:
            together = await deliveries.ended()
            left -= len(together)
            yield together
    finally:
        timer.cancel()
        deliveries.abandon()


class _Deliveries:
    """What is out of one round, and what has ended of it."""

    def __init__(self, reply_bytes: int) -> None:
        self._reply_bytes = reply_bytes
        self._out: dict[MemberId, tuple[Link, int]] = {}
        self._sending: list[asyncio.Task[None]] = []
        self._ended: list[Ended] = []
        self._more = asyncio.Event()

    def begin(self, member: MemberId, envelope: bytes, link: Link | FailureReason) -> None:
        if isinstance(link, FailureReason):
            self._end(member, link)
            return
        number = link.expect(partial(self._end, member))
        self._out[member] = link, number
        # A peer that stops reading holds up its own envelope, not those of the others.
        self._sending.append(asyncio.create_task(link.send(number, envelope)))

    async def ended(self) -> list[Ended]:
        """Wait until something has ended, and return what has since the last time."""
        await self._more.wait()
        self._more.clear()
        together, self._ended = self._ended, []
        return together

    def time_out(self) -> None:
        out = list(self._out)
        self.abandon()
        for member in out:
            self._end(member, FailureReason.TIMED_OUT)

    def abandon(self) -> None:
        """Wait for nothing that is still out."""
        for link, number in self._out.values():
            link.drop(number)
        self._out.clear()
        for task in self._sending:
            task.cancel()

    def _end(self, member: MemberId, result: Result) -> None:
        self._out.pop(member, None)
        if not isinstance(result, FailureReason) and len(result) != self._reply_bytes:
            result = FailureReason.DECLINED
        self._ended.append((member, result))
        self._more.set()
