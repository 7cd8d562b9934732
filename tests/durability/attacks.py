"""What strangers and a dishonest member send a hub: slow, half-sent, endless, unread, packed.

Each attack is one connection after the other, until it is cancelled.
"""

import asyncio
import gzip
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

Attack = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

POST = b"POST /v1/rounds HTTP/1.1\r\nHost: hub\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
PIECE = bytes(65_536)
BOMB = gzip.compress(bytes(64 * 1024 * 1024), compresslevel=1)
"""64 KiB of gzip that become 64 MiB."""

TRICKLE_SECONDS = 0.25


async def slow_header(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send a header that never ends, a line at a time."""
    writer.write(POST)
    while True:
        writer.write(b"X-Slow: y\r\n")
        await writer.drain()
        await asyncio.sleep(TRICKLE_SECONDS)


@dataclass(frozen=True, slots=True)
class HalfSent:
    """Send all of a body but its last byte."""

    body_bytes: int

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(POST + b"Content-Length: %d\r\n\r\n" % self.body_bytes)
        await _write(writer, self.body_bytes - 1)
        await reader.read()


async def oversize(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Declare a body of a gigabyte, and send it whatever the answer."""
    writer.write(POST + b"Content-Length: 1000000000\r\n\r\n")
    await _write(writer, 1_000_000_000)
    await reader.read()


async def oversize_in_chunks(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Declare nothing, and send chunks for ever."""
    writer.write(CHUNKED)
    while True:
        writer.write(b"10000\r\n" + PIECE + b"\r\n")
        await writer.drain()


async def endless_framing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Begin a chunk whose extension never ends."""
    writer.write(CHUNKED + b"1;")
    while True:
        writer.write(b"x" * len(PIECE))
        await writer.drain()


async def packed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send a body that is a thousand times as long unpacked."""
    head = b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB)
    writer.write(POST + head + BOMB)
    await writer.drain()
    await reader.read()


@dataclass(frozen=True, slots=True)
class Unread:
    """Send a whole request, and read nothing of the answer."""

    request: bytes

    async def __call__(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(self.request)
        await writer.drain()
        await asyncio.sleep(3600)


def round_request(bundle: bytes) -> bytes:
    return POST + b"Content-Length: %d\r\n\r\n" % len(bundle) + bundle


def directory_request(name: str) -> bytes:
    return b"GET /v1/directory/targets/%s HTTP/1.1\r\nHost: hub\r\n\r\n" % name.encode()


async def keep_on(port: int, attack: Attack) -> None:
    """Attack on a connection, and on the next when the hub has cut it."""
    while True:
        with suppress(OSError):
            reader, writer = await asyncio.open_connection(sock=_narrow_socket(port))
            try:
                await attack(reader, writer)
            finally:
                writer.transport.abort()
        await asyncio.sleep(TRICKLE_SECONDS)


def _narrow_socket(port: int) -> socket.socket:
    """Connect with a small receive buffer, so that what is not read stays with the hub."""
    connected = socket.socket()
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connected.connect(("127.0.0.1", port))
    return connected


async def _write(writer: asyncio.StreamWriter, amount: int) -> None:
    while amount:
        piece = PIECE[:amount]
        writer.write(piece)
        await writer.drain()
        amount -= len(piece)
