"""What stays of cells in a hub's memory: nothing, once they have been passed on."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

import pytest

from protocol.messages.link import FrameType
from protocol.sealing.envelope import Kind
from tests.hub.confinement.memory import cells_in_memory
from tests.hub.confinement.process import PROCESS_SECONDS, HubProcess
from tests.hub.confinement.traffic import (
    Cells,
    abandon,
    all_linked,
    deliver,
    run_rounds,
    trouble,
)
from tests.hub.federation import Federation
from tests.hub.running import PATIENCE_SECONDS, send_frame

pytestmark = pytest.mark.anyio


async def test_no_cell_of_an_ended_round_is_left(
    confined_hub: HubProcess, federation: Federation
) -> None:
    hub = confined_hub.hub
    cells = Cells()
    async with all_linked(hub, federation) as links:
        for _ in range(3):
            await run_rounds(hub, federation, links, cells)
            await trouble(hub, federation, cells)
            await abandon(hub, federation, links, cells)
        await run_rounds(hub, federation, links, cells)
        assert await left_of(confined_hub, cells.seen) == set()
    assert await left_of(confined_hub, cells.seen) == set()
    assert len(cells.seen) > 100


@pytest.mark.parametrize("kind", Kind)
async def test_envelope_is_held_until_it_is_sent_and_a_reply_until_the_next_line(
    confined_hub: HubProcess, federation: Federation, kind: Kind
) -> None:
    question = federation.ask(kind)
    requests, replies, lines = Cells(), [Cells(), Cells()], []
    requests.add_round(question)
    async with all_linked(confined_hub.hub, federation) as links:
        reader, writer = await confined_hub.hub.dial()
        writer.write(_head(question.bundle) + question.bundle[:-1])
        assert await found_of(confined_hub, requests.seen) == set(requests.seen)
        writer.write(question.bundle[-1:])
        delivered = [await deliver(link) for link in links]
        assert await left_of(confined_hub, requests.seen) == set()
        # Two of three answer: the round goes on.
        for council, link, frame, cells in zip(
            federation.councils, links, delivered, replies, strict=False
        ):
            reply = council.reply(frame.content)
            cells.add_reply(council, reply)
            await send_frame(link, FrameType.REPLY, frame, reply)
            lines.append(await _line(reader))
        assert all(b"reply" in line for line in lines)
        assert await left_of(confined_hub, replies[0].seen) == set()
        assert cells_in_memory(confined_hub.pid, replies[1].seen) == set(replies[1].seen)
    confined_hub.hub.hang_up()


def _head(bundle: bytes) -> bytes:
    return f"POST /v1/rounds HTTP/1.1\r\nHost: h\r\nContent-Length: {len(bundle)}\r\n\r\n".encode()


async def _line(reader: asyncio.StreamReader) -> bytes:
    """Return the next line of a round; it may be longer than the reader's limit."""
    line = b""
    async with asyncio.timeout(PROCESS_SECONDS):
        while not (line.endswith(b"}\n\r\n") and b'"type"' in line):
            line += await reader.read(65536)
    return line


async def found_of(process: HubProcess, cells: Mapping[str, bytes]) -> set[str]:
    """Return the cells that are there when the hub has had time to read them all."""
    found: set[str] = set()
    with suppress(TimeoutError):
        async with asyncio.timeout(PROCESS_SECONDS):
            while found != set(cells):
                found = cells_in_memory(process.pid, cells)
                await asyncio.sleep(0)
    return found


async def left_of(process: HubProcess, cells: Mapping[str, bytes]) -> set[str]:
    """Return the cells that are there still when the hub has had time to be done with them."""
    left = set(cells)
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            while left:
                left = cells_in_memory(process.pid, cells)
                await asyncio.sleep(0)
    return left
