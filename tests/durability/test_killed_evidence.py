"""A question killed while it keeps evidence against a keyholder: it is kept whole, or not."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.durability.asking import US
from tests.durability.files import write_enquiry
from tests.durability.lying import KEPT, assert_evidence_kept, lied_to_world
from tests.durability.points import POINTS, Plan, Story, plans
from tests.durability.processes import start
from tests.durability.world import World


@pytest.fixture(scope="module")
def lied_to(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with lied_to_world(tmp_path_factory.mktemp("lied-to")) as world:
        yield world


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
    assert KEPT in again.said()
    assert_evidence_kept(folder, lied_to)
