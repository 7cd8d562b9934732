"""One round: every envelope out at once, a line for each as it comes, then the end (spec 40 §4)."""

import asyncio
from collections.abc import AsyncGenerator, Mapping

from hub.links import Links
from protocol.identifiers import MemberId
from protocol.messages.stream import EndLine, FailureLine, FailureReason, Line, ReplyLine
from protocol.sealing.envelope import Kind, reply_bytes


async def run_round(
    kind: Kind, envelopes: Mapping[MemberId, bytes], links: Links, deadline: float
) -> AsyncGenerator[Line, None]:
    """Yield one line for each envelope, in the order they end, then the end line.

    `deadline` is on the loop's clock. Closing the generator abandons what is still out.
    """

    async def deliver(member: MemberId, envelope: bytes) -> Line:
        result = await links.deliver(member, envelope, deadline)
        if isinstance(result, FailureReason):
            return FailureLine(member=member, reason=result)
        if len(result) != reply_bytes(kind):
            return FailureLine(member=member, reason=FailureReason.DECLINED)
        return ReplyLine.of(member, result)

    tasks = [asyncio.create_task(deliver(*pair)) for pair in envelopes.items()]
    try:
        for ended in asyncio.as_completed(tasks):
            yield await ended
    finally:
        for task in tasks:
            task.cancel()
    yield EndLine(members=len(envelopes))
