"""A hub of the simulator: the real application, in memory, and whoever sits at its edges."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from random import Random
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import httpx

import hub.app
from hub.app import create_app
from hub.settings import HubSettings
from node.clock import Clock
from protocol.directory.document import HubEntry
from protocol.identifiers import MemberId
from protocol.messages.link import WELCOME, Introduction
from tests.federation.faults import Lie
from tests.federation.lies import HubDies, Lies, Passed
from tests.federation.wire import Exchange, Socket


@contextmanager
def hubs_by(clock: Clock) -> Iterator[None]:
    """Let hubs take the time from the loop and from this clock."""
    time = SimpleNamespace(
        monotonic=lambda: asyncio.get_running_loop().time(), time_ns=lambda: clock() * 1_000_000
    )
    with patch.object(hub.app, "time", time):
        yield


class SimulatedHub:
    """One hub: its process, which can die and be started, and its lies, which outlive it."""

    def __init__(self, entry: HubEntry, settings: HubSettings, lies: Lies, random: Random) -> None:
        self.entry = entry
        self.is_alive = False
        self._absences: list[tuple[float, float]] = []
        """From when to when it had no links."""
        self.dialled_at: list[float] = []
        self.defects: list[str] = []
        """What its application failed with: a client must not bring that about."""
        self.lies = lies
        self._settings = settings
        self._random = random
        self._sockets: set[Socket] = set()
        self._linked: dict[MemberId, Socket] = {}
        self._exchanges: set[Exchange] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        if self.is_alive:
            return
        if self._absences:
            died_at, _ = self._absences.pop()
            self._absences.append((died_at, asyncio.get_running_loop().time()))
        self._app = create_app(self._settings)
        self.is_alive = True

    def kill(self) -> None:
        """End the process: every link and every answer breaks off."""
        if self.is_alive:
            self._absences.append((asyncio.get_running_loop().time(), float("inf")))
        self.is_alive = False
        self._cut_links()
        for exchange in self._exchanges:
            exchange.cut()
        for task in self._tasks:
            task.cancel()

    def drop_links(self) -> None:
        """Cut every link, as a proxy in front does that is started anew."""
        if self.is_alive:
            now = asyncio.get_running_loop().time()
            self._absences.append((now, now))
        self._cut_links()

    def has_been_there(self, since: float, until: float) -> bool:
        """Whether all the while it ran and no link was cut."""
        return not any(gone <= until and back >= since for gone, back in self._absences)

    def _cut_links(self) -> None:
        for socket in self._sockets:
            socket.cut()

    def is_linked(self, member: MemberId) -> bool:
        socket = self._linked.get(member)
        return socket is not None and not socket.is_cut

    async def close(self) -> None:
        self.kill()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # links

    @asynccontextmanager
    async def dial(self) -> AsyncIterator[Socket]:
        """Give a node's end of a new link."""
        self.dialled_at.append(asyncio.get_running_loop().time())
        await asyncio.sleep(self._random.uniform(0.001, 0.02))
        if not self.is_alive:
            raise ConnectionRefusedError
        socket = Socket(self._random.uniform)
        self._sockets.add(socket)
        self._lie_on(socket)
        self._run(socket.serve(self._app, "/v1/link"))
        try:
            yield socket
        finally:
            socket.cut()
            self._sockets.discard(socket)

    def _lie_on(self, socket: Socket) -> None:
        """Sit between hub and link: honest in the handshake, which has tests of its own."""
        member: MemberId | None = None
        is_open = False

        def to_node(message: bytes) -> None:
            nonlocal is_open
            if member is not None and message == WELCOME:
                is_open = True
                self._linked[member] = socket
                socket.down.put(message)
            elif member is None or not is_open:
                socket.down.put(message)
            else:
                for passed in self._told(self.lies.down(member, message)):
                    self._pass(passed, "down")

        def to_hub(message: bytes) -> None:
            nonlocal member
            if member is None:
                member = Introduction.decode(message).node_id
                socket.up.put(message)
            elif not is_open:
                socket.up.put(message)
            else:
                for passed in self._told(self.lies.up(member, message)):
                    self._pass(passed, "up")

        socket.to_node, socket.to_hub = to_node, to_hub

    def _told(self, passed: Iterator[Passed]) -> list[Passed]:
        try:
            return list(passed)
        except HubDies:
            self.kill()
            return []

    def _pass(self, passed: Passed, way: str) -> None:
        def put() -> None:
            socket = self._linked.get(passed.member)
            if socket is not None and not socket.is_cut and passed.content is not None:
                getattr(socket, way).put(passed.content)

        if passed.seconds:
            asyncio.get_running_loop().call_later(passed.seconds, put)
        else:
            put()

    # rounds

    async def post(self, request: httpx.Request, body: bytes) -> httpx.Response:
        """Answer a round, as a client sees it."""
        await asyncio.sleep(self._random.uniform(0.001, 0.02))
        if not self.is_alive:
            raise httpx.ConnectError("refused")
        lie = self.lies.round(body)
        if lie is Lie.WITHHOLD:
            await asyncio.Event().wait()
        if lie is Lie.DIE:
            self.kill()
            raise httpx.ReadError("cut")
        if lie in _ANSWERS:
            status, headers, content = _ANSWERS[lie]
            return httpx.Response(status, headers=headers, stream=httpx.ByteStream(content))
        return await self._serve(request, body, is_compressed=lie is Lie.COMPRESS)

    async def _serve(
        self, request: httpx.Request, body: bytes, *, is_compressed: bool
    ) -> httpx.Response:
        exchange = Exchange(self._random.uniform, body)
        self._exchanges.add(exchange)

        async def to_asker(chunk: bytes) -> None:
            if exchange.is_problem:
                await exchange.pass_on(chunk)
                return
            for line in chunk.splitlines(keepends=True):
                for passed in self._told(self.lies.line(line)):
                    if passed.content is None:
                        await exchange.withhold()
                        return
                    if passed.seconds:
                        await asyncio.sleep(passed.seconds)
                    await exchange.pass_on(passed.content)

        exchange.to_asker = to_asker
        self._run(exchange.serve(self._app, request.url.path, request.headers))
        head = await exchange.head()
        headers = [*head.headers, (b"content-encoding", b"gzip")] if is_compressed else head.headers
        return httpx.Response(head.status, headers=headers, stream=exchange)

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.defects.append(repr(task.exception()))


_ANSWERS: Mapping[Lie | None, tuple[int, dict[str, str], bytes]] = {
    Lie.REFUSE: (503, {}, b'{"type":"urn:whoelse:problem:busy"}'),
    Lie.REDIRECT: (307, {"location": "http://inside.test/"}, b""),
    Lie.MALFORMED: (200, {}, b"<html>welcome</html>\n"),
    Lie.OVERSIZE: (200, {}, b"x" * 200_000),
}


class Network(httpx.AsyncBaseTransport):
    """The way to all hubs. Whoever posts rounds over it gets what it posted."""

    def __init__(self, hubs: Mapping[str, SimulatedHub], posted: list[bytes]) -> None:
        self._hubs = hubs
        self._posted = posted

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        self._posted.append(body)
        return await self._hubs[request.url.host].post(request, body)
