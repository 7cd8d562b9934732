"""`python -m tests.bench.bare PORT`: the least that fans bytes out over uvicorn's WebSockets.

A posted body is cut into equal parts, one to each open socket; what comes back is streamed as it
is. No framework, no links, no lines, nothing checked: what a hub's round is measured against.
"""

import asyncio
import sys
from typing import Any

import uvicorn

from hub.server import IDLE_SECONDS, PING_SECONDS
from protocol import limits
from protocol.messages.link import Frame, FrameType
from protocol.sealing.bundle import BUNDLE_HEADER_BYTES
from protocol.sealing.signing import SIGNATURE_BYTES


class FanOut:
    """The application: sockets that have come, and what they send."""

    def __init__(self) -> None:
        self._sockets: list[Any] = []
        self._replies: asyncio.Queue[bytes] = asyncio.Queue()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await self._link(receive, send)
        elif scope["type"] == "http":
            await self._round(receive, send)

    async def _link(self, receive: Any, send: Any) -> None:
        await receive()
        self._sockets.append(send)
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            self._replies.put_nowait(message["bytes"])

    async def _round(self, receive: Any, send: Any) -> None:
        posted = bytearray()
        more = True
        while more:
            message = await receive()
            posted += message["body"]
            more = message["more_body"]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        envelopes = bytes(posted[BUNDLE_HEADER_BYTES:-SIGNATURE_BYTES])
        size = len(envelopes) // len(self._sockets)
        for at, socket in enumerate(self._sockets):
            frame = Frame(FrameType.DELIVER, 1, envelopes[at * size : (at + 1) * size])
            await socket({"type": "websocket.send", "bytes": frame.encode()})
        left = len(self._sockets)
        while left:
            together = [await self._replies.get()]
            while not self._replies.empty():
                together.append(self._replies.get_nowait())
            left -= len(together)
            body = b"".join(together)
            await send({"type": "http.response.body", "body": body, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


if __name__ == "__main__":
    uvicorn.run(
        FanOut(),
        port=int(sys.argv[1]),
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=limits.LINK_FRAME_BYTES,
        ws_per_message_deflate=False,
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PING_SECONDS,
        timeout_keep_alive=int(IDLE_SECONDS),
        lifespan="off",
        access_log=False,
        server_header=False,
        log_level="error",
    )
