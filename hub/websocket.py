"""One WebSocket as the hub uses it: binary messages, and one error when the peer is gone."""

from contextlib import suppress

from starlette.websockets import WebSocket, WebSocketDisconnect

from hub.links import LinkClosed
from protocol.errors import MalformedError

_GONE = (WebSocketDisconnect, RuntimeError)
"""What the framework raises when either side has closed, depending on who was first."""


class BinarySocket:
    """Wraps an accepted WebSocket."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket

    async def send(self, message: bytes) -> None:
        """Send one message.

        Raises:
            LinkClosed: the peer is gone.
        """
        try:
            await self._websocket.send_bytes(message)
        except _GONE:
            raise LinkClosed from None

    async def receive(self) -> bytes:
        """Wait for one message.

        Raises:
            LinkClosed: the peer is gone.
            MalformedError: a text message.
        """
        try:
            return await self._websocket.receive_bytes()
        except _GONE:
            raise LinkClosed from None
        except KeyError:
            raise MalformedError("malformed frame: text") from None

    async def close(self, code: int) -> None:
        """Close, if that has not happened yet."""
        with suppress(*_GONE):
            await self._websocket.close(code)
