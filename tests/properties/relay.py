"""A relay in front of a hub: keeps every byte that passes, and can do what a hostile hub can."""

import asyncio
import itertools
import threading
import time
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from protocol.identifiers import (
    MEMBER_ID_BYTES,
    ROUND_ID_BYTES,
    MemberId,
    RoundId,
    decode_member_id,
)
from protocol.messages.link import WELCOME, Frame, FrameType
from tests.properties.frames import BINARY, SocketFrame, server_frame, take_frame
from tests.properties.owning import is_of_one

PATIENCE_SECONDS = 30.0
FIRST_OWN_DELIVERY = 0xF0000000
"""Delivery numbers of our own, far from those that a hub has come to."""

Gate = Callable[[MemberId, Frame], None]
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, repr=False)
class PassedFrame:
    """A frame of a link on its way: up from a node, down from the hub. `at` is monotonic."""

    at: float
    is_up: bool
    frame: Frame


@dataclass(eq=False, slots=True, repr=False)
class Stream:
    """One TCP connection. `up` is from the node, `down` from the hub, as they were on the wire."""

    writer: asyncio.StreamWriter
    is_a_commands: bool = False
    """Whether it was looked at who opened it, and none of the nodes did."""
    up: bytearray = field(default_factory=bytearray)
    down: bytearray = field(default_factory=bytearray)
    member: MemberId | None = None
    """Of a link: who introduced itself."""
    frames: list[PassedFrame] = field(default_factory=list)

    @property
    def is_link(self) -> bool:
        return self.up.startswith(b"GET /v1/link")


def round_of(reply: Frame) -> RoundId:
    """Return the round of a node's reply, from its visible header."""
    return RoundId(reply.content[2 : 2 + ROUND_ID_BYTES])


class Relay:
    """Listens on a port of 127.0.0.1 and passes everything on to a hub's."""

    def __init__(self, hub_port: int) -> None:
        self.streams: list[Stream] = []
        self.gate: Gate | None = None
        """Called with every frame of a node before it goes on to the hub."""
        self.nodes: Iterable[int] | None = None
        """The nodes' process numbers, where it is looked at who connects: that takes a while."""
        self._hub_port = hub_port
        self._numbers = itertools.count(FIRST_OWN_DELIVERY)
        self._injected: dict[int, Future[Frame]] = {}
        self._serving: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._run(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def inject(self, member: MemberId, envelope: bytes) -> Frame:
        """Deliver an envelope to a linked node, as a hub can whenever it likes; return its answer.

        Raises:
            TimeoutError: the node did not answer.
        """
        number, answer = next(self._numbers), Future[Frame]()
        self._injected[number] = answer
        frame = Frame(FrameType.DELIVER, number, envelope)
        link = next(
            stream
            for stream in reversed(self.streams)
            if stream.member == member and not stream.writer.is_closing()
        )
        self._loop.call_soon_threadsafe(link.writer.write, server_frame(frame.encode()))
        return answer.result(PATIENCE_SECONDS)

    def close(self) -> None:
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_SECONDS)

    async def _close(self) -> None:
        self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._serving.add(task)
            task.add_done_callback(self._serving.discard)
        stream = Stream(writer, is_a_commands=self._is_a_commands(writer))
        self.streams.append(stream)
        writers = [writer]
        try:
            hub_reader, hub_writer = await asyncio.open_connection("127.0.0.1", self._hub_port)
            writers.append(hub_writer)
            ways = [
                asyncio.ensure_future(self._pass(stream, reader, hub_writer, is_up=True)),
                asyncio.ensure_future(self._pass(stream, hub_reader, writer, is_up=False)),
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        except (OSError, asyncio.CancelledError):
            pass  # the hub is gone, or the test is over
        finally:
            for opened in writers:
                opened.close()
                with suppress(OSError):
                    await opened.wait_closed()

    def _is_a_commands(self, writer: asyncio.StreamWriter) -> bool:
        if self.nodes is None:
            return False
        near, far = (writer.get_extra_info(end)[1] for end in ("peername", "sockname"))
        return not is_of_one(near, far, self.nodes)

    async def _pass(
        self,
        stream: Stream,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        is_up: bool,
    ) -> None:
        kept = stream.up if is_up else stream.down
        if head := await self._read_head(reader):
            kept += head
            writer.write(head)
        waiting = bytearray()
        while chunk := await reader.read(65536):
            kept += chunk
            if not stream.is_link:
                writer.write(chunk)
                await writer.drain()
                continue
            waiting += chunk
            # Whole frames only, so that one of our own never falls into another.
            while frame := take_frame(waiting):
                if await self._may_go_on(stream, frame, is_up=is_up):
                    writer.write(frame.raw)
            await writer.drain()

    async def _read_head(self, reader: asyncio.StreamReader) -> bytes:
        try:
            return await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as error:
            return error.partial

    async def _may_go_on(self, stream: Stream, raw: SocketFrame, *, is_up: bool) -> bool:
        if raw.opcode != BINARY:
            return True
        if stream.member is None:
            if is_up:
                stream.member = decode_member_id(raw.payload[:MEMBER_ID_BYTES])
            return True
        if raw.payload == WELCOME:
            return True
        frame = Frame.decode(raw.payload)
        stream.frames.append(PassedFrame(time.monotonic(), is_up, frame))
        if is_up and frame.delivery >= FIRST_OWN_DELIVERY:
            self._injected.pop(frame.delivery).set_result(frame)
            return False
        if is_up and self.gate is not None:
            await asyncio.to_thread(self.gate, stream.member, frame)
        return True
