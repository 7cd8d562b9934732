"""What strangers and dishonest members send a hub over a link, without an end and without reading.

Each attack is one connection after the other, until it is cancelled.
"""

import asyncio
import os
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from websockets.frames import Frame as WebSocketFrame
from websockets.frames import Opcode

from protocol import limits
from protocol.identifiers import MemberId
from protocol.messages.link import WELCOME, Challenge, Frame, FrameType, Introduction
from tests.hub.federation import Council, now_ms

LARGEST = Frame(FrameType.REPLY, 1, bytes(limits.LINK_FRAME_BYTES - 5)).encode()

UPGRADE = (
    b"GET /v1/link HTTP/1.1\r\nHost: hub\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
)


def _sent(opcode: Opcode, content: bytes, *, fin: bool = True) -> bytes:
    return WebSocketFrame(opcode, content, fin=fin).serialize(mask=True)


@dataclass(frozen=True, slots=True)
class Key:
    """A member's id and signing key, as another process can be given them."""

    member: MemberId
    seed: bytes

    @classmethod
    def of(cls, council: Council) -> "Key":
        return cls(council.id, council.signing.private_bytes_raw())

    def introduce(self, challenge: Challenge) -> bytes:
        key = Ed25519PrivateKey.from_private_bytes(self.seed)
        made = Introduction.make(challenge, self.member, os.urandom(32), now_ms(), key)
        return _sent(Opcode.BINARY, made.encode())


@dataclass(frozen=True, slots=True)
class Flood:
    """Open a link, as a member if there is a key; send one thing first and another for ever."""

    endless: bytes
    first: bytes = b""
    key: Key | None = None

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _open(reader, writer, self.key)
        writer.write(self.first)
        while True:
            writer.write(self.endless)
            await writer.drain()


FLOODS = (
    Flood(b"\x82\xff" + (1 << 33).to_bytes(8, "big") + bytes(65_536)),
    Flood(b"\xc2" + _sent(Opcode.BINARY, bytes(limits.LINK_FRAME_BYTES))[1:]),
    Flood(_sent(Opcode.CONT, b"", fin=False) * 10_000, _sent(Opcode.BINARY, b"", fin=False)),
    Flood(_sent(Opcode.CONT, b"x", fin=False) * 10_000, _sent(Opcode.BINARY, b"x", fin=False)),
    Flood(_sent(Opcode.BINARY, b"") * 10_000),
    Flood(_sent(Opcode.BINARY, Frame(FrameType.DECLINED, 1).encode()) * 5_000),
    Flood(_sent(Opcode.BINARY, LARGEST)),
    Flood(_sent(Opcode.PING, bytes(125)) * 500),
    Flood(_sent(Opcode.TEXT, b"\xff")),
)
"""A message announced to have eight gigabytes; what claims to be compressed, which nobody agreed
to; a message that never ends, in pieces of no and of one byte; frames of nothing; refusals, and the
largest replies, that nobody waits for; pings; text of no encoding."""


async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Open a link and never say who it is."""
    await _open(reader, writer, None)
    await asyncio.Event().wait()


@dataclass(frozen=True, slots=True)
class Unread:
    """Open a link and leave unread whatever is delivered."""

    key: Key

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _open(reader, writer, self.key)
        await asyncio.Event().wait()


async def _open(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, key: Key | None
) -> None:
    """Open a link, and read nothing more once it is open."""
    writer.write(UPGRADE)
    await reader.readuntil(b"\r\n\r\n")
    challenge = Challenge.decode(await _short_message(reader))
    if key is not None:
        writer.write(key.introduce(challenge))
        if await _short_message(reader) != WELCOME:
            raise ConnectionRefusedError
    writer.transport.pause_reading()  # type: ignore[attr-defined]


async def _short_message(reader: asyncio.StreamReader) -> bytes:
    _, length = await reader.readexactly(2)
    return await reader.readexactly(length)
