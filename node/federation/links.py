"""Outbound links to every hub: dialled, introduced, kept, dialled again (spec 40 §1)."""

import asyncio
import os
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from node.clock import Clock
from node.logging import place_of
from protocol import limits
from protocol.directory.document import HubEntry
from protocol.errors import MalformedError, ProtocolError
from protocol.identifiers import MemberId
from protocol.messages.link import WELCOME, Challenge, Frame, FrameType, Introduction

log = structlog.get_logger()

FIRST_WAIT_SECONDS = 0.25
LONGEST_WAIT_SECONDS = 30.0
PING_SECONDS = 20.0
"""How often a link is pinged, and how long its pong may take."""
MOST_IN_WORK = 64
"""Envelopes of one hub answered at once; beyond it frames wait in the socket."""

Receive = Callable[[bytes], Awaitable[bytes | None]]

Draw = Callable[[float, float], float]
"""Draws between two numbers."""


class Connection(Protocol):
    """An open WebSocket. Both raise ConnectionClosed once it has ended."""

    async def recv(self) -> str | bytes: ...
    async def send(self, message: bytes) -> None: ...


Dial = Callable[[str], AbstractAsyncContextManager[Connection]]
"""Opens a WebSocket to a URL, and closes it with the block."""


class _Dial(connect):
    """Dials where the directory says and nowhere else: a hub could send us into our own network."""

    def process_redirect(self, exc: Exception) -> Exception:
        return exc


def dial_websocket(url: str) -> AbstractAsyncContextManager[Connection]:
    """Dial a hub over the network."""
    return _Dial(
        url,
        max_size=limits.LINK_FRAME_BYTES,
        compression=None,
        open_timeout=limits.LINK_HANDSHAKE_SECONDS,
        ping_interval=PING_SECONDS,
        ping_timeout=PING_SECONDS,
        close_timeout=2,
    )


def draw_at_random(low: float, high: float) -> float:
    """Draw as nobody can foresee."""
    return random.SystemRandom().uniform(low, high)


class LinkKeeper:
    """Keeps one link to each hub that the directory lists."""

    def __init__(
        self,
        member: MemberId,
        key: Ed25519PrivateKey,
        receive: Receive,
        clock: Clock,
        dial: Dial = dial_websocket,
        draw: Draw = draw_at_random,
    ) -> None:
        self._member = member
        self._key = key
        self._receive = receive
        self._clock = clock
        self._dial = dial
        self._draw = draw
        self._tasks: dict[HubEntry, asyncio.Task[None]] = {}
        self.linked: set[str] = set()
        """Ids of the hubs that are linked now."""

    def set_hubs(self, hubs: Sequence[HubEntry]) -> None:
        """Dial hubs that are new and leave those that are gone."""
        for hub in set(self._tasks) - set(hubs):
            self._tasks.pop(hub).cancel()
        for hub in hubs:
            if hub not in self._tasks:
                self._tasks[hub] = asyncio.create_task(self._keep(hub), name=f"link {hub.id}")

    async def close(self) -> None:
        """Close every link."""
        tasks = list(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep(self, hub: HubEntry) -> None:
        loop = asyncio.get_running_loop()
        wait = FIRST_WAIT_SECONDS
        while True:
            began = loop.time()
            try:
                await self._serve(hub)
            except (OSError, InvalidHandshake, InvalidURI, ProtocolError) as error:
                log.warning("link failed", hub=hub.id, reason=type(error).__name__)
            except ConnectionClosed as error:
                code = error.rcvd.code if error.rcvd else 1006
                log.warning("link closed", hub=hub.id, code=code)
            except Exception as error:
                # Whatever it is, the next dial may succeed: a hub that is never dialled is lost.
                log.warning(
                    "link failed", hub=hub.id, reason=type(error).__name__, place=place_of(error)
                )
            if loop.time() - began > LONGEST_WAIT_SECONDS:
                wait = FIRST_WAIT_SECONDS
            # Full jitter: after a hub's restart its members do not all come at once.
            await asyncio.sleep(self._draw(wait / 2, wait))
            wait = min(LONGEST_WAIT_SECONDS, 2 * wait)

    async def _serve(self, hub: HubEntry) -> None:
        url = hub.url.replace("http", "ws", 1) + "/v1/link"
        async with self._dial(url) as connection:
            async with asyncio.timeout(limits.LINK_HANDSHAKE_SECONDS):
                await self._introduce(hub, connection)
            self.linked.add(hub.id)
            log.info("linked", hub=hub.id)
            try:
                await self._answer_frames(connection)
            finally:
                self.linked.discard(hub.id)

    async def _introduce(self, hub: HubEntry, connection: Connection) -> None:
        challenge = Challenge.decode(_binary(await connection.recv()))
        if challenge.hub_id != hub.id:
            raise MalformedError("malformed challenge: another hub than was dialled")
        introduction = Introduction.make(
            challenge, self._member, os.urandom(32), self._clock(), self._key
        )
        await connection.send(introduction.encode())
        if _binary(await connection.recv()) != WELCOME:
            raise MalformedError("malformed welcome")

    async def _answer_frames(self, connection: Connection) -> None:
        places = asyncio.Semaphore(MOST_IN_WORK)

        async def answer(frame: Frame) -> None:
            try:
                reply = await self._reply_to(frame)
                kind = FrameType.DECLINED if reply is None else FrameType.REPLY
                await connection.send(Frame(kind, frame.delivery, reply or b"").encode())
            except ConnectionClosed:
                pass
            finally:
                places.release()

        answers: set[asyncio.Task[None]] = set()
        try:
            while True:
                frame = Frame.decode(_binary(await connection.recv()))
                if frame.type is not FrameType.DELIVER:
                    raise MalformedError("malformed frame: a hub only delivers")
                await places.acquire()
                task = asyncio.create_task(answer(frame))
                answers.add(task)
                task.add_done_callback(answers.discard)
        finally:
            for task in answers:
                task.cancel()

    async def _reply_to(self, frame: Frame) -> bytes | None:
        """Return our reply; a defect of our own declines at once, and is logged by place alone:
        what an exception says might be a child's."""
        try:
            return await self._receive(frame.content)
        except Exception as error:
            log.error("defect", reason=type(error).__name__, place=place_of(error))  # noqa: TRY400
            return None


def _binary(message: str | bytes) -> bytes:
    if isinstance(message, str):
        raise MalformedError("malformed frame: text")
    return message
