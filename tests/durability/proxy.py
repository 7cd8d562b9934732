"""A network between nodes and a hub that can go silent, and says so to neither end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import Flag, auto

READ_BYTES = 65_536


class Way(Flag):
    NONE = 0
    TO_HUB = auto()
    TO_NODE = auto()
    BOTH = TO_HUB | TO_NODE


@dataclass(slots=True)
class Passage:
    """One connection through the proxy, and which of its ends has closed it."""

    silent: Way = Way.NONE
    closed_by_node: asyncio.Event = field(default_factory=asyncio.Event)
    closed_by_hub: asyncio.Event = field(default_factory=asyncio.Event)

    async def ended(self) -> None:
        """Wait until both ends have given it up."""
        await self.closed_by_node.wait()
        await self.closed_by_hub.wait()


class Proxy:
    """Passes bytes on to a hub. What a silent passage swallows is gone, its end too."""

    def __init__(self, hub_port: int) -> None:
        self._hub_port = hub_port
        self.passages: list[Passage] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def silence(self, way: Way) -> list[Passage]:
        """Let all that is open go silent; what is opened later passes."""
        silenced = [each for each in self.passages if not each.closed_by_node.is_set()]
        for passage in silenced:
            passage.silent = way
        return silenced

    async def serve(self, node_in: asyncio.StreamReader, node_out: asyncio.StreamWriter) -> None:
        hub_in, hub_out = await asyncio.open_connection("127.0.0.1", self._hub_port)
        passage = Passage()
        self.passages.append(passage)
        try:
            async with asyncio.TaskGroup() as both:
                for passing in (
                    _pass(passage, Way.TO_HUB, node_in, hub_out, passage.closed_by_node),
                    _pass(passage, Way.TO_NODE, hub_in, node_out, passage.closed_by_hub),
                ):
                    self._tasks.add(both.create_task(passing))
        finally:
            hub_out.transport.abort()
            node_out.transport.abort()

    def hang_up(self) -> None:
        """Drop everything."""
        for task in self._tasks:
            task.cancel()


@asynccontextmanager
async def proxy_at(port: int, hub_port: int) -> AsyncIterator[Proxy]:
    proxy = Proxy(hub_port)
    async with await asyncio.start_server(proxy.serve, "127.0.0.1", port):
        yield proxy
        proxy.hang_up()


async def _pass(
    passage: Passage,
    way: Way,
    source: asyncio.StreamReader,
    target: asyncio.StreamWriter,
    closed: asyncio.Event,
) -> None:
    with suppress(ConnectionError):
        while content := await source.read(READ_BYTES):
            if way not in passage.silent:
                target.write(content)
                await target.drain()
    closed.set()
    if not passage.silent:
        target.close()
