"""Links on which more comes than a node sends, or less is read: each costs little, or is cut."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame as WebSocketFrame
from websockets.frames import Opcode

from hub.link_protocol import BoundedLinkProtocol
from hub.links import MOST_DELIVERIES_PER_LINK
from protocol import limits
from protocol.messages.link import Frame, FrameType
from protocol.messages.stream import ReplyLine
from protocol.sealing.envelope import Kind
from tests.hub.federation import Federation, make_round
from tests.hub.running import PATIENCE_SECONDS, RunningHub, answer, asked, linked, receive_frame

pytestmark = pytest.mark.anyio

REFUSAL = Frame(FrameType.DECLINED, 4_000_000_000).encode()


def sent(opcode: Opcode, content: bytes, *, fin: bool = True) -> bytes:
    return WebSocketFrame(opcode, content, fin=fin).serialize(mask=True)


async def is_cut(link: ClientConnection, endless: bytes) -> bool:
    """Send the same for ever, or until the hub cuts the link; return whether it has in time."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not link.transport.is_closing():
                link.transport.write(endless)
                await asyncio.sleep(0)
    except TimeoutError:
        return False
    return True


async def send_slowly(link: ClientConnection, content: bytes, times: int) -> None:
    """Send the same again once the hub has taken it."""
    for _ in range(times):
        link.transport.write(content)
        await (await link.ping())


@pytest.mark.parametrize("piece", [b"", b"x"])
async def test_message_in_ever_more_pieces_is_cut(
    hub: RunningHub, federation: Federation, piece: bytes
) -> None:
    async with linked(hub, federation.councils[0]) as link:
        link.transport.write(sent(Opcode.BINARY, piece, fin=False))
        with pytest.raises(ConnectionClosed):
            await send_slowly(link, sent(Opcode.CONT, piece, fin=False) * 10, times=20)


@pytest.mark.parametrize(
    "frame",
    [
        sent(Opcode.BINARY, REFUSAL),
        sent(Opcode.PONG, b""),
        sent(Opcode.BINARY, b"", fin=False) + sent(Opcode.CONT, REFUSAL),
    ],
    ids=["refusals", "pongs", "pieces"],
)
async def test_more_small_frames_at_once_than_a_node_has_to_send_are_cut(
    hub: RunningHub, federation: Federation, frame: bytes
) -> None:
    async with linked(hub, federation.councils[0]) as link:
        assert await is_cut(link, frame * 5_000)


async def test_as_many_answers_at_once_as_can_be_owed_are_taken(
    hub: RunningHub, federation: Federation
) -> None:
    council = federation.councils[0]
    async with linked(hub, council) as link:
        link.transport.write(sent(Opcode.BINARY, REFUSAL) * MOST_DELIVERIES_PER_LINK)
        async with asked(hub, make_round(federation.asker, [council]).bundle) as lines:
            await answer(link, council)
            assert isinstance(await anext(lines), ReplyLine)


async def test_message_in_a_few_pieces_is_taken(hub: RunningHub, federation: Federation) -> None:
    council = federation.councils[0]
    async with linked(hub, council) as link:
        await link.send([REFUSAL[:2], b"", REFUSAL[2:]])
        async with asked(hub, make_round(federation.asker, [council]).bundle) as lines:
            await answer(link, council)
            assert isinstance(await anext(lines), ReplyLine)


async def test_what_waits_for_a_slow_reader_is_not_buffered_all_at_once(
    hub: RunningHub, federation: Federation
) -> None:
    council, waiting = federation.councils[0], 12
    async with linked(hub, council) as link, AsyncExitStack() as stack:
        transport = link_transport(hub)
        link.transport.pause_reading()
        for _ in range(waiting):
            question = make_round(federation.asker, [council], Kind.IMPORT_EVALUATION)
            await stack.enter_async_context(asked(hub, question.bundle))
        link.transport.resume_reading()
        buffered = []
        for _ in range(waiting):
            buffered.append(transport.get_write_buffer_size())
            await receive_frame(link)
    assert 0 < max(buffered) < 2 * limits.LINK_FRAME_BYTES


def link_transport(hub: RunningHub) -> asyncio.Transport:
    (transport,) = (
        connection.transport
        for connection in hub.server.server_state.connections
        if isinstance(connection, BoundedLinkProtocol)
    )
    return transport
