"""A federation one of whose keyholders evaluates with another share than its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from node.evaluating.evidence import parse_evidence
from node.evaluating.judging import verify_evidence
from node.federation.directory import DirectoryKeeper
from node.folder import Folder
from tests.durability.asking import US
from tests.durability.processes import start
from tests.durability.world import World, make_world
from tests.node.small_federation import STORE_KEY, council, key_share

LIAR = 3
HONEST = (4, 5)
"""One too few, so that the liar's answer is looked at whenever it comes."""
KEPT = "of which the evidence is kept"
"""What an asker is told beside the liar's name."""


@contextmanager
def lied_to_world(folder: Path) -> Iterator[World]:
    """Run a hub, the liar and two honest keyholders."""
    world = make_world(folder)
    running = []
    try:
        for number in (LIAR, *HONEST):
            peer = world.make_node(folder / str(number), council(number))
            if number == LIAR:
                lie = replace(key_share(LIAR), share=key_share(US.index).share)
                Folder(peer).shares(STORE_KEY).store(lie)
            running.append(start(folder / f"{number}.log", "run", peer))
        yield world
    finally:
        for process in running:
            process.stop()
        world.stop()


def assert_evidence_kept(folder: Path, world: World) -> None:
    """One whole file of evidence, against the liar."""
    directory = DirectoryKeeper(folder / "directory", world.signer.root).current()
    kept = [path for path in (folder / "evidence").iterdir() if path.suffix == ".json"]
    assert [path.name.partition("-")[0] for path in kept] == [council(LIAR).id]
    liar = verify_evidence(parse_evidence(kept[0].read_bytes()), directory)
    assert liar.id == council(LIAR).id
