"""A hub's process, councils that answer over it, and rounds that go on while it is attacked."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from deploy.demo.ports import free_port
from protocol import limits
from protocol.messages.link import WELCOME, Challenge, Frame, FrameType, Introduction
from protocol.messages.stream import EndLine, ReplyLine, decode_line
from protocol.sealing.bundle import most_bundle_bytes
from protocol.sealing.envelope import Kind
from tests.durability import attacks
from tests.durability.attacks import Attack
from tests.durability.memory import MEBIBYTE, memory_of
from tests.durability.polling import PATIENCE_SECONDS, poll
from tests.durability.processes import start_function, start_hub
from tests.durability.world import is_healthy, write_hub_settings
from tests.hub.federation import Council, Federation, make_round, now_ms

MEMBERS = 40
LINKED = 6
ROUNDS_AT_ONCE = 16

CONNECTION_BYTES = 256 * 1024
LARGEST = most_bundle_bytes(MEMBERS)
ROUND_COPIES = 3
"""What a hub keeps of a connection, and how often of a round (spec 40 §8)."""

ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Target:
    """A hub's process, its federation, and the councils that answer over it."""

    federation: Federation
    port: int
    pid: int
    councils: tuple[Council, ...]
    dishonest: tuple[Council, ...]
    arriving_mebibytes: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def bound(self, connections: int) -> int:
        """Return how much the hub may grow under so many connections (spec 40 §8)."""
        rounds = ROUNDS_AT_ONCE * ROUND_COPIES * LARGEST
        return self.arriving_mebibytes * MEBIBYTE + rounds + connections * CONNECTION_BYTES


@contextmanager
def target_in(folder: Path, arriving_mebibytes: int) -> Iterator[Target]:
    members = tuple(Council.make(f"E060000{number:02}") for number in range(MEMBERS))
    federation = Federation(folder / "signer", members[0], members[1 : 1 + LINKED])
    federation.create()
    federation.publish(members)
    hub, port = folder / "hub", free_port()
    hub.mkdir()
    (hub / "root.json").write_bytes(federation.root.read_bytes())
    settings = {
        "arriving_mebibytes": arriving_mebibytes,
        "rounds_at_once": ROUNDS_AT_ONCE,
        "rounds_at_once_per_member": ROUNDS_AT_ONCE // 2,
    }
    write_hub_settings(hub, port, federation.published, settings)
    process = start_hub(folder / "hub.log", hub)
    try:
        poll("the hub", lambda: is_healthy(process, f"http://127.0.0.1:{port}"))
        yield Target(
            federation,
            port,
            process.pid,
            federation.councils,
            members[1 + LINKED :],
            arriving_mebibytes,
        )
    finally:
        process.kill()
        process.wait()


def under_attack(target: Target, hostile: Sequence[tuple[int, Attack]]) -> list[int]:
    """Start a round a second; return their statuses.

    Memory grows by no more than its bound, and a round succeeds once the attack is over.
    """

    async def story() -> tuple[list[int], int]:
        async with linked(target), httpx.AsyncClient(base_url=target.url, timeout=30) as client:
            for _ in range(3):
                assert await run_round(client, target) == httpx.codes.OK
            before = memory_of(target.pid).resident
            attacking = start_function(attack_all, target.port, hostile)
            statuses = []
            try:
                for _ in range(ROUNDS):
                    await asyncio.sleep(1)
                    statuses.append(await run_round(client, target))
                assert attacking.is_alive()
            finally:
                attacking.kill()
                attacking.join()
            async with asyncio.timeout(PATIENCE_SECONDS):
                while await run_round(client, target) != httpx.codes.OK:
                    pass
            return statuses, memory_of(target.pid).peak - before

    statuses, grown = asyncio.run(story())
    bound = target.bound(sum(number for number, _ in hostile))
    print(f"grown by {grown / MEBIBYTE:.0f} of {bound / MEBIBYTE:.0f} MiB; {statuses}")  # noqa: T201
    assert grown < bound
    return statuses


async def run_round(client: httpx.AsyncClient, target: Target) -> int:
    """Start a round; every council answers it if the hub takes it."""
    made = make_round(target.federation.asker, target.councils, Kind.LOOKUP)
    response = await client.post("/v1/rounds", content=made.bundle)
    if response.status_code != httpx.codes.OK:
        return response.status_code
    *lines, end = map(decode_line, response.content.splitlines())
    assert end == EndLine(members=len(target.councils))
    assert all(isinstance(line, ReplyLine) for line in lines)
    return response.status_code


@asynccontextmanager
async def linked(target: Target) -> AsyncIterator[None]:
    """Let every council answer what it is sent."""
    answering = [asyncio.create_task(_answer(target, council)) for council in target.councils]
    try:
        async with httpx.AsyncClient(base_url=target.url) as client, asyncio.timeout(30):
            while (await client.get("/v1/health")).json()["members_linked"] < len(answering):
                pass
        yield
    finally:
        for task in answering:
            task.cancel()
        await asyncio.gather(*answering, return_exceptions=True)


async def _answer(target: Target, council: Council) -> None:
    url = f"ws://127.0.0.1:{target.port}/v1/link"
    async with connect(url, max_size=limits.LINK_FRAME_BYTES, compression=None) as link:
        challenge = Challenge.decode(await _received(link))
        introduction = Introduction.make(
            challenge, council.id, os.urandom(32), now_ms(), council.signing
        )
        await link.send(introduction.encode())
        assert await _received(link) == WELCOME
        with suppress(ConnectionClosed):
            while True:
                frame = Frame.decode(await _received(link))
                reply = council.reply(frame.content)
                await link.send(Frame(FrameType.REPLY, frame.delivery, reply).encode())


async def _received(link: ClientConnection) -> bytes:
    return await link.recv(decode=False)


def attack_all(port: int, hostile: Sequence[tuple[int, Attack]]) -> None:
    """Attack in this process until it is killed."""
    os.nice(5)

    async def all_at_once() -> None:
        await asyncio.gather(
            *(attacks.keep_on(port, attack) for number, attack in hostile for _ in range(number))
        )

    asyncio.run(all_at_once())
