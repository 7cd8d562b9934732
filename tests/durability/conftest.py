"""Federations that the tests of a module share; each node under test has a folder of its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from protocol.signer.repository import utc_now
from tests.durability.asking import US
from tests.durability.files import OLD_FILE, write_file
from tests.durability.processes import Running, start
from tests.durability.world import World, make_world, wait_until_linked
from tests.node.small_federation import council

PEERS = (3, 4, 5)


@dataclass(frozen=True, slots=True)
class Federation:
    """A hub, three keyholders, and the folder that every node under test begins with.

    The folder and the first of the keyholders have the old file. The hub serves a newer timestamp
    than the folder has: each start fetches it.
    """

    world: World
    peers: dict[int, Path]
    template: Path


@pytest.fixture(scope="package")
def federation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Federation]:
    folder = tmp_path_factory.mktemp("federation")
    world = make_world(folder)
    running: list[Running] = []
    try:
        peers = {number: world.make_node(folder / str(number), council(number)) for number in PEERS}
        for number, peer in peers.items():
            running.append(start(folder / f"{number}.log", "run", peer))
        for peer in peers.values():
            wait_until_linked(peer)
        template = world.make_node(folder / "template", US)
        old = write_file(folder / "old.csv", OLD_FILE)
        for number, loaded in enumerate((template, peers[PEERS[0]])):
            loading = start(folder / f"loading-{number}.log", "import", loaded, old)
            assert loading.wait() == 0, loading.said()
        world.signer.repository.renew_timestamp(utc_now())
        yield Federation(world, peers, template)
    finally:
        for process in running:
            process.stop()
        world.stop()
