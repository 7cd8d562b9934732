"""One round: every envelope out at once, a line for each as it comes, then the end (spec 40 §4)."""

import asyncio
from collections.abc import AsyncIterator

from hub.links import Links
from protocol.identifiers import MemberId
from protocol.messages.stream import EndLine, FailureLine, FailureReason, Line, ReplyLine
from protocol.sealing.bundle import Bundle
from protocol.sealing.envelope import reply_bytes


async def run_round(bundle: Bundle, links: Links, deadline: float) -> AsyncIterator[Line]:
    """Yield one line for each envelope, in the order they end, then the end line.

    `deadline` is on the loop's clock. Closing the iterator abandons what is still out.
    """
    lines: asyncio.Queue[Line] = asyncio.Queue()
    most_reply_bytes = reply_bytes(bundle.kind)

    async def deliver(member: MemberId, envelope: bytes) -> None:
        result = await links.deliver(member, envelope, deadline)
        if isinstance(result, FailureReason):
            lines.put_nowait(FailureLine(member=member, reason=result))
        elif len(result) != most_reply_bytes:
            lines.put_nowait(FailureLine(member=member, reason=FailureReason.DECLINED))
        else:
            lines.put_nowait(ReplyLine.of(member, result))

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(deliver(*pair)) for pair in bundle.envelopes.items()]
        try:
            for _ in tasks:
                yield await lines.get()
        finally:
            for task in tasks:
                task.cancel()
    yield EndLine(members=len(bundle.envelopes))
