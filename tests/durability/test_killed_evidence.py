"""A question killed while it keeps evidence against a keyholder: it is kept whole, or not."""

import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from node.evaluating.evidence import parse_evidence
from node.evaluating.judging import verify_evidence
from node.federation.directory import DirectoryKeeper
from node.folder import Folder
from tests.durability.asking import US
from tests.durability.files import write_enquiry
from tests.durability.points import POINTS, Plan, Story, plans
from tests.durability.processes import start
from tests.durability.world import World, make_world
from tests.node.small_federation import STORE_KEY, council, key_share

LIAR = 3
HONEST = (4, 5)
"""One too few, so that the liar's answer is looked at whenever it comes."""


@pytest.fixture(scope="module")
def lied_to(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A federation one of whose keyholders evaluates with another share than its own."""
    folder = tmp_path_factory.mktemp("lied-to")
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


@pytest.mark.parametrize("plan", plans(Story.ACCUSING), ids=str)
def test_evidence_is_kept_whole_or_kept_the_next_time(
    plan: Plan, lied_to: World, tmp_path: Path
) -> None:
    folder = lied_to.make_node(tmp_path / "node", US)
    command = "ask", folder, "--json", "--file", write_enquiry(tmp_path / "enquiry.json")

    killed = start(tmp_path / "killed.log", *command, kill=plan.kill)
    assert killed.wait() == -signal.SIGKILL, killed.said()
    again = start(tmp_path / "again.log", *command)
    again.wait()
    assert set(killed.points() + again.points()) <= set(POINTS)
    assert "of which the evidence is kept" in again.said()

    directory = DirectoryKeeper(folder / "directory", lied_to.signer.root).current()
    kept = [path for path in (folder / "evidence").iterdir() if path.suffix == ".json"]
    assert [path.name.partition("-")[0] for path in kept] == [council(LIAR).id]
    liar = verify_evidence(parse_evidence(kept[0].read_bytes()), directory)
    assert liar.id == council(LIAR).id
