"""Hubs that let a node link to them and then send what no hub sends, as fast as it takes it.

They serve the directory's files too: each is endless.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame as WebSocketFrame
from websockets.frames import Opcode
from websockets.http11 import Request, Response

from protocol import limits
from protocol.messages.link import WELCOME, Challenge, Frame, FrameType

Attack = Callable[[ServerConnection], Awaitable[None]]

LARGEST = limits.LINK_FRAME_BYTES
GARBAGE = Frame(FrameType.DELIVER, 1, bytes(LARGEST - 5)).encode()
ENDLESS_FILE = bytes(32 * 1024 * 1024)


async def oversize(link: ServerConnection) -> None:
    """Announce a message of eight gigabytes, and send of it what is taken."""
    await _write(link, b"\x82\x7f" + (1 << 33).to_bytes(8, "big"))
    while True:
        await _write(link, bytes(LARGEST))


async def endless_fragments(link: ServerConnection) -> None:
    """Begin a message, and go on with it for ever."""
    await _write(link, WebSocketFrame(Opcode.BINARY, bytes(1024), fin=False).serialize(mask=False))
    piece = WebSocketFrame(Opcode.CONT, bytes(1024), fin=False).serialize(mask=False)
    while True:
        await _write(link, piece)


async def packed(link: ServerConnection) -> None:
    """Send what claims to be compressed, which nobody agreed to."""
    frame = WebSocketFrame(Opcode.BINARY, bytes(LARGEST)).serialize(mask=False)
    frame = b"\xc2" + frame[1:]
    while True:
        await _write(link, frame)


async def garbage(link: ServerConnection) -> None:
    """Deliver the largest frames without end, and read no answer."""
    frame = WebSocketFrame(Opcode.BINARY, GARBAGE).serialize(mask=False)
    while True:
        await _write(link, frame)


@dataclass(frozen=True, slots=True)
class Repeated:
    """Deliver one request without end, and read no answer: each is looked up and said again."""

    envelope: bytes

    async def __call__(self, link: ServerConnection) -> None:
        content = Frame(FrameType.DELIVER, 1, self.envelope).encode()
        frames = WebSocketFrame(Opcode.BINARY, content).serialize(mask=False) * 16
        while True:
            await _write(link, frames)


async def pings(link: ServerConnection) -> None:
    """Ping without end, and read no pong."""
    frame = WebSocketFrame(Opcode.PING, bytes(125)).serialize(mask=False) * 100
    while True:
        await _write(link, frame)


def serve_hubs(hubs: Mapping[str, tuple[int, Sequence[Attack]]]) -> None:
    """Serve hubs by their ids: the port of each, and what it does to one link after the other."""

    async def serve_all() -> None:
        await asyncio.gather(*(_serve(hub_id, *does) for hub_id, does in hubs.items()))

    asyncio.run(serve_all())


async def _serve(hub_id: str, port: int, attacks: Sequence[Attack]) -> None:
    in_turn = itertools.cycle(attacks)

    async def attack(link: ServerConnection) -> None:
        with suppress(ConnectionClosed, OSError):
            await link.send(Challenge(hub_id, bytes(32)).encode())
            await link.recv()
            await link.send(WELCOME)
            link.transport.pause_reading()
            await next(in_turn)(link)

    async with serve(
        attack, "127.0.0.1", port, process_request=_answer, compression=None, ping_interval=None
    ) as server:
        await server.serve_forever()


def _answer(_link: ServerConnection, request: Request) -> Response | None:
    """Serve any file of the directory; a link goes on."""
    if request.path == "/v1/link":
        return None
    headers = Headers({"Content-Length": str(len(ENDLESS_FILE))})
    return Response(200, "OK", headers, ENDLESS_FILE)


async def _write(link: ServerConnection, content: bytes) -> None:
    """Send bytes as they are, no faster than they are taken.

    Raises:
        ConnectionResetError: the node is gone.
    """
    if link.transport.is_closing():
        raise ConnectionResetError
    link.transport.write(content)
    await link.drain()
