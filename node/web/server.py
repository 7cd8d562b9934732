"""uvicorn as the pages need it: inside the node's own loop, without its signals and its log."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from node.errors import SettingsError

IDLE_SECONDS = 15
END_SECONDS = 2
MOST_AT_ONCE = 1000
"""Connections: a browser that waits for answers holds one."""


class SiteServer(uvicorn.Server):
    """Serves the pages until it is told to end."""

    def __init__(self, site: ASGIApp, host: str, port: int) -> None:
        """Take the port.

        Raises:
            SettingsError: it cannot be taken.
        """
        try:
            self._socket = socket.create_server((host, port))
        except OSError as error:
            raise SettingsError(
                f"pages on {host} port {port}: {error.strerror}: change web_port or web_host"
            ) from None
        # Inherited by every connection. asyncio sets it on those it takes from sockets of its own
        # alone; without it each page waits 40 ms for its header to be acknowledged.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().__init__(
            uvicorn.Config(
                site,
                http="httptools",
                ws="none",
                lifespan="off",
                access_log=False,
                server_header=False,
                log_level="error",
                limit_concurrency=MOST_AT_ONCE,
                timeout_keep_alive=IDLE_SECONDS,
                timeout_graceful_shutdown=END_SECONDS,
            )
        )

    async def serve_pages(self) -> None:
        """Serve until told to end."""
        await self.serve([self._socket])

    def end(self) -> None:
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the node, which serves other things as well."""
        yield
