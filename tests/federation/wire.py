"""The ways between nodes and hubs, in memory: a WebSocket and an HTTP request, both cut at will."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import httpx
from websockets.exceptions import ConnectionClosedError
from websockets.frames import Close

Message = TypeVar("Message")
Event = MutableMapping[str, Any]
App = Callable[..., Awaitable[None]]
"""An ASGI application."""

LEAST_SECONDS, MOST_SECONDS = 0.001, 0.02
"""How long a message is on its way."""


class CutError(Exception):
    """The other end is gone."""


class Pipe(Generic[Message]):
    """One direction: in order, each message a drawn time on its way. A cut loses what is on it."""

    def __init__(self, draw: Callable[[float, float], float]) -> None:
        self._draw = draw
        self._arrived: asyncio.Queue[Message | None] = asyncio.Queue()
        self._last = 0.0
        self.is_cut = False

    def put(self, message: Message) -> None:
        loop = asyncio.get_running_loop()
        soonest = loop.time() + self._draw(LEAST_SECONDS, MOST_SECONDS)
        self._last = max(soonest, self._last + 1e-6)
        loop.call_at(self._last, self._arrive, message)

    async def get(self) -> Message:
        """Wait for the next message.

        Raises:
            CutError: the pipe was cut.
        """
        if self.is_cut:
            raise CutError
        message = await self._arrived.get()
        if message is None:
            raise CutError
        return message

    def cut(self) -> None:
        self.is_cut = True
        self._arrived.put_nowait(None)

    def _arrive(self, message: Message) -> None:
        if not self.is_cut:
            self._arrived.put_nowait(message)


class Socket:
    """A WebSocket. `to_node` and `to_hub` are where a hub can lie: replace them.

    A message of any size passes, so that it is `Frame.decode` that refuses it. Over the network
    settings of uvicorn and websockets cut it off before it fills the memory; what holds them is
    tests/hub/test_links.py (oversize) and tests/durability/test_overloaded_node.py.
    """

    def __init__(self, draw: Callable[[float, float], float]) -> None:
        self.down: Pipe[bytes | Close] = Pipe(draw)
        self.up: Pipe[bytes] = Pipe(draw)
        self.to_node: Callable[[bytes], None] = self.down.put
        self.to_hub: Callable[[bytes], None] = self.up.put

    @property
    def is_cut(self) -> bool:
        return self.up.is_cut

    def cut(self) -> None:
        self.down.cut()
        self.up.cut()

    async def recv(self) -> bytes:
        """Return the next message at the node's end."""
        try:
            message = await self.down.get()
        except CutError:
            raise ConnectionClosedError(None, None) from None
        if isinstance(message, Close):
            self.cut()
            raise ConnectionClosedError(message, None)
        return message

    async def send(self, message: bytes) -> None:
        """Send a message from the node's end."""
        if self.is_cut:
            raise ConnectionClosedError(None, None)
        self.to_hub(message)

    async def serve(self, app: App, path: str) -> None:
        """Run the hub's end."""
        is_new = True
        is_closed = False

        async def receive() -> Event:
            nonlocal is_new
            if is_new:
                is_new = False
                return {"type": "websocket.connect"}
            try:
                message = await self.up.get()
            except CutError:
                return {"type": "websocket.disconnect", "code": 1006}
            return {"type": "websocket.receive", "bytes": message}

        async def send(event: Event) -> None:
            nonlocal is_closed
            if self.is_cut:
                raise OSError
            if event["type"] == "websocket.send":
                self.to_node(event["bytes"])
            elif event["type"] == "websocket.close":
                is_closed = True
                self.down.put(Close(event["code"], ""))

        try:
            await app(_scope("websocket", "ws", path) | {"subprotocols": []}, receive, send)
        finally:
            if not is_closed:
                self.cut()


@dataclass(slots=True)
class Head:
    """The head of an answer."""

    status: int
    headers: list[tuple[bytes, bytes]]


class Exchange(httpx.AsyncByteStream):
    """A POST and its streamed answer. `to_asker` is where a hub can lie: replace it."""

    def __init__(self, draw: Callable[[float, float], float], body: bytes) -> None:
        self._body = body
        self.is_problem = False
        """Whether the answer is a refusal and no stream of lines."""
        self._head: Pipe[Head] = Pipe(draw)
        self._stream: Pipe[bytes] = Pipe(draw)
        self._hung_up = asyncio.Event()
        self.to_asker: Callable[[bytes], Awaitable[None]] = self.pass_on

    async def head(self) -> Head:
        """Wait for the answer's head.

        Raises:
            httpx.ReadError: cut.
        """
        try:
            return await self._head.get()
        except CutError:
            raise httpx.ReadError("cut") from None

    async def pass_on(self, chunk: bytes) -> None:
        self._stream.put(chunk)

    async def withhold(self) -> None:
        """Let nothing more out until the asker hangs up."""
        await self._hung_up.wait()

    def cut(self) -> None:
        self._head.cut()
        self._stream.cut()
        self._hung_up.set()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            try:
                chunk = await self._stream.get()
            except CutError:
                raise httpx.ReadError("cut") from None
            if not chunk:
                return
            yield chunk

    async def aclose(self) -> None:
        self._hung_up.set()

    async def serve(self, app: App, path: str, headers: httpx.Headers) -> None:
        """Run the hub's end."""
        bodies = [{"type": "http.request", "body": self._body, "more_body": False}]

        async def receive() -> Event:
            if bodies:
                return bodies.pop()
            await self._hung_up.wait()
            return {"type": "http.disconnect"}

        async def send(event: Event) -> None:
            if event["type"] == "http.response.start":
                self.is_problem = event["status"] != httpx.codes.OK
                self._head.put(Head(event["status"], event["headers"]))
                return
            if event["body"]:
                await self.to_asker(event["body"])
            if not event.get("more_body", False):
                self._stream.put(b"")

        scope = _scope("http", "http", path) | {"method": "POST", "headers": headers.raw}
        try:
            await app(scope, receive, send)
        except asyncio.CancelledError:
            self.cut()
            raise


def _scope(kind: str, scheme: str, path: str) -> dict[str, Any]:
    return {
        "type": kind,
        # As uvicorn says of HTTP: an application then watches for the client's leaving.
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "scheme": scheme,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [],
        "client": ("node.test", 1),
        "server": ("hub.test", 80),
    }
