"""uvicorn as a hub needs it: a deadline on every wait, bounded framing, no access log."""

import asyncio
import resource
import socket
from collections.abc import Callable
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from hub.link_protocol import BoundedLinkProtocol
from protocol import limits

HEADER_SECONDS = 10.0
"""How long a new connection may take to send a request's header."""

REQUEST_SECONDS = 10.0 + limits.ROUND_SECONDS + 10.0
"""How long a request may take after its header: its body, a round, and reading the answer."""

IDLE_SECONDS = 30.0
"""How long after an answer the next request's header must be in."""

MOST_FRAMING_BYTES = 64 * 1024
"""Most bytes of one request that are not its body: header, chunk sizes, trailers."""

MOST_CONNECTIONS = 4096
OTHER_FILES = 128
"""Most connections in all, links too, and the files a hub may have open besides."""

READ_BYTES = 64 * 1024
"""Most bytes of one read. asyncio allocates them for each: 256 KiB, and takes new pages for them,
which cost six times the read, and fifty times where freed memory is overwritten."""

MOST_WAITING = 2048
"""Connections that wait to be accepted."""

PING_SECONDS = 20.0
"""How often a link is pinged, and how long its pong may take."""


class BoundedHttpProtocol(HttpToolsProtocol):
    """HTTP with the bounds that uvicorn lacks: it waits for ever and keeps headers of any size."""

    _deadline: asyncio.TimerHandle | None = None
    _framing_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        transport.max_size = READ_BYTES  # type: ignore[attr-defined]  # asyncio's, by no other way
        self._must_end_within(HEADER_SECONDS)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()

    def data_received(self, data: bytes) -> None:
        self._framing_bytes += len(data)
        super().data_received(data)
        if self._framing_bytes > MOST_FRAMING_BYTES:
            self.transport.abort()

    def on_headers_complete(self) -> None:
        self._must_end_within(REQUEST_SECONDS)
        super().on_headers_complete()
        if self.pipeline:
            # Nobody of ours pipelines, and a queue of small requests costs a hundred times its
            # bytes. The parser turns the error into status 400.
            raise ValueError("a request before the answer to the last one")

    def on_body(self, body: bytes) -> None:
        self._framing_bytes -= len(body)
        super().on_body(body)

    def on_response_complete(self) -> None:
        self._framing_bytes = 0
        self._must_end_within(IDLE_SECONDS)
        super().on_response_complete()

    def handle_websocket_upgrade(self) -> None:
        self._stop_deadline()
        super().handle_websocket_upgrade()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_deadline()
        super().connection_lost(exc)

    def _must_end_within(self, seconds: float) -> None:
        """Start the connection's one deadline anew."""
        self._stop_deadline()
        self._deadline = self.loop.call_later(seconds, self.transport.abort)

    def _stop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def allow_connections() -> None:
    """Raise this process's limit of open files, so that the bound on connections is ours."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + OTHER_FILES
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def listen(host: str, port: int) -> list[socket.socket]:
    """Return sockets that listen on every address of a host.

    Here, and not in the event loop, which would look the addresses up in a thread.

    Raises:
        OSError: no such address, or it is taken.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    listening = [
        socket.create_server(address, family=family, backlog=MOST_WAITING)
        for family, address in dict.fromkeys((entry[0], entry[4]) for entry in found)
    ]
    for each in listening:
        # Inherited by every connection. asyncio sets it on those it takes from sockets of its own
        # alone; without it the second of two writes waits 40 ms for the first to be acknowledged.
        each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


class HubServer(uvicorn.Server):
    """A server that does something once its sockets are served, and ends well when told to end."""

    def __init__(self, config: uvicorn.Config, once_serving: Callable[[], None]) -> None:
        super().__init__(config)
        self._once_serving = once_serving

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._once_serving()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # uvicorn would raise the signal anew in the end, so that the hub dies by it.
        del sig, frame
        self.force_exit = self.should_exit
        self.should_exit = True


def make_server(app: FastAPI, once_serving: Callable[[], None] = lambda: None) -> HubServer:
    """Return a server for the hub's application. It logs errors of its own, never a client's."""
    options: dict[str, Any] = {
        # uvloop, where it is installed, would write to sockets as to files.
        "loop": "asyncio",
        # FastAPI would set up there the tracing that the environment may ask it for.
        "lifespan": "off",
        "http": BoundedHttpProtocol,
        "ws": BoundedLinkProtocol,
        "ws_max_size": limits.LINK_FRAME_BYTES,
        "ws_per_message_deflate": False,
        "ws_ping_interval": PING_SECONDS,
        "ws_ping_timeout": PING_SECONDS,
        "timeout_keep_alive": IDLE_SECONDS,
        "timeout_graceful_shutdown": 5,
        "access_log": False,
        "server_header": False,
        "log_level": "error",
    }
    return HubServer(uvicorn.Config(app, **options), once_serving)
