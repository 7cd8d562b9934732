"""Open links to nodes: envelopes out, replies back under a delivery number (spec 40 §3)."""

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Awaitable, Callable
from operator import attrgetter

from protocol.identifiers import MemberId
from protocol.messages.link import Frame, FrameType
from protocol.messages.stream import FailureReason

MOST_LINKS_PER_MEMBER = 8
MOST_DELIVERIES_PER_LINK = 256
"""Envelopes in flight on one link: beyond it the member is busy, so a slow reader costs no more."""


class LinkClosed(Exception):
    """The peer is gone: nothing more can be sent, and nothing will come."""


class Link:
    """One node's link. `send` writes one WebSocket message, or raises LinkClosed."""

    def __init__(self, send: Callable[[bytes], Awaitable[None]]) -> None:
        self._send = send
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[bytes | FailureReason]] = {}

    @property
    def in_flight(self) -> int:
        return len(self._waiting)

    async def deliver(self, envelope: bytes) -> bytes | FailureReason:
        """Send an envelope and wait for its reply; the caller sets the deadline."""
        number = next(self._numbers) & 0xFFFFFFFF
        reply: asyncio.Future[bytes | FailureReason] = asyncio.get_running_loop().create_future()
        self._waiting[number] = reply
        try:
            await self._send(Frame(FrameType.DELIVER, number, envelope).encode())
            return await reply
        finally:
            del self._waiting[number]

    def take(self, frame: Frame) -> None:
        """Hand a frame from the node to whoever waits for it; a late one is dropped."""
        reply = self._waiting.get(frame.delivery)
        if reply is None or reply.done():
            return
        if frame.type is FrameType.REPLY:
            reply.set_result(frame.content)
        elif frame.type is FrameType.DECLINED:
            reply.set_result(FailureReason.DECLINED)

    def fail(self) -> None:
        """End every wait: the link is gone."""
        for reply in self._waiting.values():
            if not reply.done():
                reply.set_result(FailureReason.UNREACHABLE)


class Links:
    """All open links, by member; rounds spread over the links of one member."""

    def __init__(self) -> None:
        self._links: defaultdict[MemberId, list[Link]] = defaultdict(list)

    def add(self, member: MemberId, link: Link) -> bool:
        """Register a link; False when the member has too many."""
        if len(self._links[member]) >= MOST_LINKS_PER_MEMBER:
            return False
        self._links[member].append(link)
        return True

    def remove(self, member: MemberId, link: Link) -> None:
        """Forget a link and end its waits."""
        self._links[member].remove(link)
        link.fail()

    def members_linked(self) -> int:
        return sum(1 for links in self._links.values() if links)

    async def deliver(
        self, member: MemberId, envelope: bytes, deadline: float
    ) -> bytes | FailureReason:
        """Return a member's reply, or why there is none. `deadline` is on the loop's clock."""
        links = self._links.get(member)
        if not links:
            return FailureReason.UNREACHABLE
        links.append(links.pop(0))
        # The least burdened, in turn: one that has stopped answering gets no more than it must.
        link = min(links, key=attrgetter("in_flight"))
        if link.in_flight >= MOST_DELIVERIES_PER_LINK:
            return FailureReason.BUSY
        try:
            async with asyncio.timeout_at(deadline):
                return await link.deliver(envelope)
        except TimeoutError:
            return FailureReason.TIMED_OUT
        except LinkClosed:
            # Closed under the write: the link's own reader removes it.
            return FailureReason.UNREACHABLE
