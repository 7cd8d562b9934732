"""All that a hub is used for and troubled with, and the cells that went through it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from websockets.asyncio.client import ClientConnection

from protocol.encoding import encode_base64url
from protocol.messages.link import Frame, FrameType
from protocol.sealing.envelope import HEADER_BYTES, REPLY_HEADER_BYTES, Kind
from protocol.signer.repository import TIMESTAMP_VALIDITY, utc_now
from tests.hub.confinement.process import PROCESS_SECONDS
from tests.hub.federation import Council, Federation, Round, make_round, now_ms
from tests.hub.running import RunningHub, asked, binary, dialled, linked, send_frame, until

HOUR_MS = 3_600_000


@dataclass(slots=True)
class Cells:
    """What of the cells is random, by a name for each: as it travels, and a reply in its line."""

    seen: dict[str, bytes] = field(default_factory=dict)

    def add_round(self, question: Round) -> set[str]:
        return {
            self._add(f"{member} request", sent.envelope[HEADER_BYTES:])
            for member, sent in question.sent.items()
        }

    def add_reply(self, council: Council, reply: bytes) -> set[str]:
        sealed = reply[REPLY_HEADER_BYTES:]
        line = encode_base64url(reply)[-len(sealed) :]
        return {
            self._add(f"{council.id} reply", sealed),
            self._add(f"{council.id} reply in its line", line.encode()),
        }

    def _add(self, name: str, content: bytes) -> str:
        numbered = f"{len(self.seen)} {name}"
        self.seen[numbered] = content
        return numbered


@asynccontextmanager
async def all_linked(
    hub: RunningHub, federation: Federation
) -> AsyncIterator[list[ClientConnection]]:
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(linked(hub, council)) for council in federation.councils
        ]


async def deliver(link: ClientConnection) -> Frame:
    """Wait for the next delivery, however slow the hub is."""
    async with asyncio.timeout(PROCESS_SECONDS):
        return Frame.decode(binary(await link.recv()))


async def run_rounds(
    hub: RunningHub, federation: Federation, links: Sequence[ClientConnection], cells: Cells
) -> None:
    """Run a round of every kind, in which one member declines."""
    for kind in Kind:
        question = federation.ask(kind)
        cells.add_round(question)
        async with asked(hub, question.bundle) as lines:
            for link, council in zip(links, federation.councils, strict=True):
                delivered = await deliver(link)
                if council is federation.councils[0]:
                    await send_frame(link, FrameType.DECLINED, delivered)
                    continue
                reply = council.reply(delivered.content)
                cells.add_reply(council, reply)
                await send_frame(link, FrameType.REPLY, delivered, reply)
            ends = sorted([line.type async for line in lines])
        assert ends == ["end", "failure", "reply", "reply"]


async def trouble(hub: RunningHub, federation: Federation, cells: Cells) -> None:
    """Send what is refused: rounds, requests and links of every wrong sort."""
    asker, councils = federation.asker, federation.councils
    for refused, status in (
        (make_round(Council.make("E09999999"), councils), 403),
        (make_round(asker, councils, time_ms=now_ms() - HOUR_MS), 400),
    ):
        cells.add_round(refused)
        assert (await hub.post(refused.bundle)).status_code == status
    assert (await hub.post(b"garbage")).status_code == 400
    assert (await hub.post(b"", **{"content-encoding": "gzip"})).status_code == 415
    assert (await hub.client.get("/nowhere")).status_code == 404
    for request in (
        b"garbage\r\n\r\n",
        b"GET /v1/link HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        b"GET /v1/directory/metadata/%ff HTTP/1.0\r\n\r\n",
    ):
        reader, writer = await hub.dial()
        writer.write(request)
        async with asyncio.timeout(PROCESS_SECONDS):
            await reader.read(1)
        writer.transport.abort()
    async with dialled(hub) as stranger:
        await stranger.send(b"garbage")
        await stranger.wait_closed()
    async with linked(hub, councils[0]) as link:
        await link.send("text")
        await link.wait_closed()


async def abandon(
    hub: RunningHub, federation: Federation, links: Sequence[ClientConnection], cells: Cells
) -> None:
    """Ask, and hang up before anybody has answered."""
    question = federation.ask()
    cells.add_round(question)
    async with asked(hub, question.bundle):
        delivered = [await deliver(link) for link in links]
    for link, late in zip(links, delivered, strict=True):
        await send_frame(link, FrameType.DECLINED, late)


async def look_around(hub: RunningHub, federation: Federation) -> None:
    """Read everything that a hub tells."""
    for path in federation.published.rglob("*.json"):
        served = await hub.client.get(f"/v1/directory/{path.relative_to(federation.published)}")
        assert served.content == path.read_bytes()
    assert "whoelse_hub_rounds_total" in await hub.metrics()


async def change_directory(hub: RunningHub, federation: Federation) -> None:
    """Let the directory expire, and publish the next version."""
    repository = federation.repository
    repository.renew_timestamp(utc_now() - TIMESTAMP_VALIDITY - timedelta(hours=1))
    await until(lambda: _has_version(hub, None))
    assert (await hub.post(federation.ask().bundle)).status_code == 503
    version = repository.read_draft().version
    federation.publish([federation.asker, *federation.councils])
    await until(lambda: _has_version(hub, version))


async def _has_version(hub: RunningHub, version: int | None) -> bool:
    return bool((await hub.health())["directory_version"] == version)
