"""A hub on a real loopback port, in the test's own loop, and the clients that talk to it."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from websockets.asyncio.client import ClientConnection, connect

from hub.app import create_app
from hub.server import make_server
from hub.settings import HubSettings
from protocol import limits
from protocol.messages.link import WELCOME, Challenge, Frame, FrameType, Introduction
from protocol.messages.stream import Line, decode_line
from tests.hub.federation import HUB_ID, Council, Federation, now_ms

PATIENCE_SECONDS = 10.0
"""How long a test waits for what must happen at once."""


SOCKET_BYTES = 4096


@dataclass(frozen=True, slots=True)
class RunningHub:
    """A hub that listens, and a client for it."""

    port: int
    client: httpx.AsyncClient
    server: uvicorn.Server
    log: list[str]
    """Every line that the server and the loop logged: what clients do must not show there."""
    dialled: list[asyncio.StreamWriter] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def link_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/v1/link"

    @property
    def connections(self) -> int:
        return len(self.server.server_state.connections)

    async def post(self, bundle: bytes, **headers: str) -> httpx.Response:
        return await self.client.post("/v1/rounds", content=bundle, headers=headers)

    async def run(self, bundle: bytes) -> list[Line]:
        """Run a round to its end and return its lines."""
        response = await self.post(bundle)
        assert response.status_code == 200, response.text
        return [decode_line(line) for line in response.content.splitlines()]

    async def health(self) -> dict[str, Any]:
        health: dict[str, Any] = (await self.client.get("/v1/health")).json()
        return health

    async def members_linked(self) -> int:
        return int((await self.health())["members_linked"])

    async def metrics(self) -> str:
        return (await self.client.get("/v1/metrics")).text

    async def dial(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a bare TCP connection; it is dropped with the test."""
        reader, writer = await asyncio.open_connection(sock=narrow_socket(self), limit=SOCKET_BYTES)
        self.dialled.append(writer)
        return reader, writer

    def hang_up(self) -> None:
        """Drop every bare connection."""
        for writer in self.dialled:
            writer.transport.abort()
        self.dialled.clear()


def make_app(federation: Federation, **settings: Any) -> FastAPI:
    """Return the application of a hub of this federation."""
    options = {
        "hub_id": HUB_ID,
        "port": 0,
        "directory": federation.published,
        "root": federation.root,
        "rounds_per_second": 1000.0,
    }
    return create_app(HubSettings.model_validate(options | settings))


@asynccontextmanager
async def running_hub(federation: Federation, **settings: Any) -> AsyncIterator[RunningHub]:
    """Serve a hub of this federation until the block ends; its log must be empty then."""
    app = make_app(federation, **settings)
    listener = socket.socket()
    # Small kernel buffers, so that a reader who stops reading is felt after few kilobytes.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BYTES)
    listener.bind(("127.0.0.1", 0))
    listener.listen(2048)
    port = listener.getsockname()[1]
    server = make_server(app)
    log: list[str] = []
    with logged_to(log):
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            async with httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{port}",
                timeout=PATIENCE_SECONDS,
                limits=httpx.Limits(max_keepalive_connections=0),
                trust_env=False,
            ) as client:
                hub = RunningHub(port, client, server, log)
                try:
                    yield hub
                finally:
                    hub.hang_up()
        finally:
            server.should_exit = True
            await serving
    assert log == []


class _Log(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(self.format(record))


@contextmanager
def logged_to(lines: list[str]) -> Iterator[None]:
    """Keep what the server and the loop log. Making another server ends it: uvicorn clears all."""
    handler = _Log(lines)
    loggers = [logging.getLogger(name) for name in ("uvicorn.error", "asyncio")]
    for logger in loggers:
        logger.addHandler(handler)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(handler)


def narrow_socket(hub: RunningHub) -> socket.socket:
    """Connect with a small receive buffer."""
    connected = socket.socket()
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SOCKET_BYTES)
    connected.connect(("127.0.0.1", hub.port))
    return connected


async def introduce(connection: ClientConnection, council: Council) -> None:
    """Answer the hub's challenge."""
    challenge = Challenge.decode(binary(await connection.recv()))
    introduction = Introduction.make(
        challenge, council.id, os.urandom(32), now_ms(), council.signing
    )
    await connection.send(introduction.encode())


@asynccontextmanager
async def dialled(hub: RunningHub) -> AsyncIterator[ClientConnection]:
    """Open a WebSocket to the hub; the handshake of the link is the test's."""
    async with connect(
        hub.link_url,
        sock=narrow_socket(hub),
        max_size=limits.LINK_FRAME_BYTES,
        compression=None,
        proxy=None,
        close_timeout=1,
    ) as connection:
        yield connection


@asynccontextmanager
async def linked(hub: RunningHub, council: Council) -> AsyncIterator[ClientConnection]:
    """Link a council to the hub."""
    async with dialled(hub) as connection:
        await introduce(connection, council)
        assert binary(await connection.recv()) == WELCOME
        yield connection


@asynccontextmanager
async def asked(hub: RunningHub, bundle: bytes) -> AsyncIterator[AsyncIterator[Line]]:
    """Start a round and give its lines as they come; leaving the block hangs up."""
    async with hub.client.stream("POST", "/v1/rounds", content=bundle) as response:
        assert response.status_code == 200
        yield _lines(response)


async def _lines(response: httpx.Response) -> AsyncIterator[Line]:
    async for line in response.aiter_lines():
        yield decode_line(line.encode())


async def receive_frame(connection: ClientConnection) -> Frame:
    """Wait for the next delivery."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        frame = Frame.decode(binary(await connection.recv()))
    assert frame.type is FrameType.DELIVER
    return frame


async def answer(connection: ClientConnection, council: Council) -> None:
    """Answer the next delivery with a sealed reply."""
    frame = await receive_frame(connection)
    await send_frame(connection, FrameType.REPLY, frame, council.reply(frame.content))


async def send_frame(
    connection: ClientConnection, kind: FrameType, delivered: Frame, content: bytes = b""
) -> None:
    await connection.send(Frame(kind, delivered.delivery, content).encode())


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Ask again until it holds, for what the hub learns in its own time. Every ask is a request."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await condition():
            pass


async def read_to_end(reader: asyncio.StreamReader) -> bytes:
    """Return everything until the hub closes; a reset is an end too."""
    content = bytearray()
    async with asyncio.timeout(PATIENCE_SECONDS):
        with suppress(ConnectionError):
            while chunk := await reader.read(65536):
                content += chunk
    return bytes(content)


def binary(message: str | bytes) -> bytes:
    assert isinstance(message, bytes)
    return message
