"""uvicorn as a hub needs it: header and idle time-outs, bounded frames, no access log."""

import asyncio
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from protocol import limits

HEADER_SECONDS = 10.0
"""How long a connection may take to send a request's header: uvicorn itself waits for ever."""


class HeaderDeadlineProtocol(HttpToolsProtocol):
    """Closes a connection whose first request line and headers do not arrive in time."""

    _header_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._header_timer = self.loop.call_later(HEADER_SECONDS, transport.abort)

    def on_headers_complete(self) -> None:
        self._stop_timer()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def _stop_timer(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None


def make_server(app: FastAPI, host: str, port: int) -> uvicorn.Server:
    """Return a server for the hub's application."""
    options: dict[str, Any] = {
        "http": HeaderDeadlineProtocol,
        "ws": "websockets-sansio",
        "ws_max_size": limits.LINK_FRAME_BYTES,
        "ws_per_message_deflate": False,
        "ws_ping_interval": 20.0,
        "ws_ping_timeout": 20.0,
        "timeout_keep_alive": 30,
        "timeout_graceful_shutdown": 5,
        "limit_concurrency": 4096,
        "access_log": False,
        "server_header": False,
        "log_level": "warning",
    }
    return uvicorn.Server(uvicorn.Config(app, host=host, port=port, **options))
