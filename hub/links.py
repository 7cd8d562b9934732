"""Open links to nodes: envelopes out, replies back under a delivery number (spec 40 §3)."""

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


Result = bytes | FailureReason
"""A member's reply, or why there is none."""


class LinkClosed(Exception):
    """The peer is gone: nothing more can be sent, and nothing will come."""


class Link:
    """One node's link. `send` writes one WebSocket message, or raises LinkClosed."""

    def __init__(self, send: Callable[[bytes], Awaitable[None]]) -> None:
        self._send = send
        self._numbers = itertools.count(1)
        self._waiting: dict[int, Callable[[Result], None]] = {}

    @property
    def in_flight(self) -> int:
        return len(self._waiting)

    def expect(self, end: Callable[[Result], None]) -> int:
        """Return the number of a new delivery. `end` is called once, unless it is dropped."""
        number = next(self._numbers) & 0xFFFFFFFF
        self._waiting[number] = end
        return number

    async def send(self, number: int, envelope: bytes) -> None:
        """Send an envelope under its delivery's number. A link that is gone ends the delivery."""
        try:
            await self._send(Frame(FrameType.DELIVER, number, envelope).encode())
        except LinkClosed:
            # Closed under the write: the link's own reader removes it.
            self._end(number, FailureReason.UNREACHABLE)

    def take(self, frame: Frame) -> None:
        """Hand a frame from the node to whoever waits for it; a late one is dropped."""
        if frame.type is FrameType.REPLY:
            self._end(frame.delivery, frame.content)
        elif frame.type is FrameType.DECLINED:
            self._end(frame.delivery, FailureReason.DECLINED)

    def drop(self, number: int) -> None:
        """Wait for a delivery no longer."""
        self._waiting.pop(number, None)

    def fail(self) -> None:
        """End every wait: the link is gone."""
        for number in list(self._waiting):
            self._end(number, FailureReason.UNREACHABLE)

    def _end(self, number: int, result: Result) -> None:
        end = self._waiting.pop(number, None)
        if end is not None:
            end(result)


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

    def choose(self, member: MemberId) -> Link | FailureReason:
        """Return the link for a member's next envelope, or why there is none."""
        links = self._links.get(member)
        if not links:
            return FailureReason.UNREACHABLE
        links.append(links.pop(0))
        # The least burdened, in turn: one that has stopped answering gets no more than it must.
        link = min(links, key=attrgetter("in_flight"))
        return FailureReason.BUSY if link.in_flight >= MOST_DELIVERIES_PER_LINK else link
