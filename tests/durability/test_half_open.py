"""A network that goes silent without a word: both ends find out, and the node comes back."""

import asyncio
import time
from pathlib import Path

import pytest

from deploy.demo.ports import free_port
from protocol import limits
from protocol.messages.stream import FailureReason
from tests.durability.asking import US, asker_at, lookup
from tests.durability.polling import PATIENCE_SECONDS
from tests.durability.processes import Haste, start
from tests.durability.proxy import Way, proxy_at
from tests.durability.world import make_world

HASTE = Haste(ping_seconds=0.5)
LOST = {FailureReason.TIMED_OUT, FailureReason.UNREACHABLE}
ROUNDS = 10


@pytest.mark.parametrize("way", [Way.BOTH, Way.TO_HUB, Way.TO_NODE], ids=str)
def test_link_that_goes_silent_is_dropped_at_both_ends_and_dialled_again(
    way: Way, tmp_path: Path
) -> None:
    port = free_port()
    world = make_world(tmp_path, listed_port=port, haste=HASTE)
    folder = world.make_node(tmp_path / "node", US)

    async def story() -> None:
        async with proxy_at(port, world.port) as proxy, asker_at(world.hub_url) as asker:
            node = start(tmp_path / "node.log", "run", folder, haste=HASTE)
            try:
                before = await asker.send_when_linked(lookup(1, is_hit=True), PATIENCE_SECONDS)
                assert isinstance(before, bytes)
                silenced = proxy.silence(way)
                assert silenced

                began, out = time.monotonic(), lookup(1, is_hit=True)
                assert await asker.send(out) in LOST
                # By the pings, not by the round's own end.
                assert time.monotonic() - began < limits.ROUND_SECONDS / 2

                again = await asker.send_when_linked(out, PATIENCE_SECONDS)
                assert isinstance(again, bytes)
                async with asyncio.timeout(PATIENCE_SECONDS):
                    for passage in silenced:
                        await passage.ended()
                for _ in range(ROUNDS):
                    assert isinstance(await asker.send(lookup(1, is_hit=True)), bytes)
            finally:
                node.stop()

    try:
        asyncio.run(story())
    finally:
        world.stop()
