"""A node under hubs that send what no hub sends: its memory stays within its bound, and the
honest hub's rounds are answered."""

import asyncio
from pathlib import Path

from deploy.demo.ports import free_ports
from protocol.directory.document import HubEntry
from protocol.messages.vocabulary import Outcome
from protocol.sealing.envelope import Kind
from tests.durability import evil_hubs
from tests.durability.asking import US, Asker, asker_at, evaluation, lookup
from tests.durability.evil_hubs import Attack, Repeated
from tests.durability.memory import MEBIBYTE, memory_of
from tests.durability.polling import PATIENCE_SECONDS, poll
from tests.durability.processes import start, start_function
from tests.durability.traffic import answer_of
from tests.durability.world import make_world

HUB_BYTES = 16 * MEBIBYTE
"""What a node keeps for each hub (spec 40 §8)."""

ROUNDS = 8


def test_every_honest_round_is_answered_and_memory_is_bounded_under_evil_hubs(
    tmp_path: Path,
) -> None:
    repeated = lookup(6, is_hit=True)
    does: dict[str, list[Attack]] = {
        "evil-1": [evil_hubs.oversize, evil_hubs.packed, evil_hubs.endless_fragments],
        "evil-2": [evil_hubs.garbage],
        "evil-3": [Repeated(repeated.sent.envelope), evil_hubs.pings],
    }
    ports = dict(zip(does, free_ports(len(does)), strict=True))
    listed = [HubEntry(id=hub_id, url=f"http://127.0.0.1:{ports[hub_id]}") for hub_id in does]
    world = make_world(tmp_path, more_hubs=listed)
    folder = world.make_node(tmp_path / "node", US, refresh_seconds=1)
    node = start(tmp_path / "node.log", "run", folder)

    async def story() -> int:
        async with asker_at(world.hub_url) as asker:
            await asker.send_when_linked(repeated, PATIENCE_SECONDS)
            await _ask(asker)
            pid = node.process.pid or 0
            before = memory_of(pid).resident
            hubs = {hub_id: (ports[hub_id], does[hub_id]) for hub_id in does}
            attacking = start_function(evil_hubs.serve_hubs, hubs)
            try:
                poll(
                    "the links",
                    lambda: all(f"hub='{each}'" in _linked(node.said()) for each in does),
                )
                for _ in range(ROUNDS):
                    await asyncio.sleep(1)
                    await _ask(asker)
                assert attacking.is_alive()
            finally:
                attacking.kill()
                attacking.join()
            return memory_of(pid).peak - before

    try:
        grown = asyncio.run(story())
    finally:
        node.stop()
        world.stop()
    bound = HUB_BYTES * (len(does) + 1)
    print(f"grown by {grown / MEBIBYTE:.0f} of {bound / MEBIBYTE:.0f} MiB")  # noqa: T201
    assert grown < bound
    assert "link closed" in node.said()


async def _ask(asker: Asker) -> None:
    for made in (lookup(1, is_hit=False), evaluation(3)):
        reply = await asker.send(made)
        assert isinstance(reply, bytes), reply
        if made.header.kind is Kind.LOOKUP:
            assert answer_of(made, reply).outcome is Outcome.CANNOT_ANSWER  # nothing is loaded


def _linked(said: str) -> str:
    return "".join(line for line in said.splitlines() if "event='linked'" in line)
