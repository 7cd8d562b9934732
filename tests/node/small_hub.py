"""An honest hub in the test's own process: bundles come in over a mocked httpx, replies go out."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

import httpx
import respx

from node.federation.rounds import RoundSender, make_client
from protocol.identifiers import MemberId
from protocol.messages.stream import (
    EndLine,
    FailureLine,
    FailureReason,
    ReplyLine,
    encode_line,
)
from protocol.sealing.bundle import Bundle, parse_bundle, verify_bundle
from tests.node.small_federation import DIRECTORY, NOW_MS

HUB = "http://hub-a.test"

Receive = Callable[[bytes], Awaitable[bytes | None]]


class SmallHub:
    """Passes each envelope on to its member, if that member is linked."""

    def __init__(self, members: Mapping[MemberId, Receive]) -> None:
        self.members = dict(members)
        self.bundles: list[Bundle] = []

    async def round(self, request: httpx.Request) -> httpx.Response:
        bundle = parse_bundle(request.content)
        verify_bundle(bundle, DIRECTORY.member(bundle.sender).signing_key, NOW_MS)
        self.bundles.append(bundle)
        lines = await asyncio.gather(
            *(self._line(member, envelope) for member, envelope in bundle.envelopes.items())
        )
        content = b"".join((*lines, encode_line(EndLine(members=len(lines)))))
        return httpx.Response(200, content=content)

    async def _line(self, member: MemberId, envelope: bytes) -> bytes:
        if member not in self.members:
            return encode_line(FailureLine(member=member, reason=FailureReason.UNREACHABLE))
        reply = await self.members[member](envelope)
        if reply is None:
            return encode_line(FailureLine(member=member, reason=FailureReason.DECLINED))
        return encode_line(ReplyLine.of(member, reply))


@asynccontextmanager
async def sender_over(hub: SmallHub) -> AsyncIterator[RoundSender]:
    """Give a sender whose only hub this is."""
    with respx.mock(assert_all_called=False) as router:
        router.post(f"{HUB}/v1/rounds").mock(side_effect=hub.round)
        async with make_client() as client:
            yield RoundSender(client, lambda: [HUB])
