"""A shield that is set and ended by commands that are killed: what was said is so."""

import signal
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from node.folder import Folder
from node.records.shields import Shielded
from node.records.store import RecordStore
from tests.durability.conftest import Federation
from tests.durability.points import POINTS, Plan, Story, plans
from tests.durability.processes import Running, start
from tests.durability.visiting import CASE
from tests.durability.world import copy_node
from tests.node.small_federation import STORE_KEY

BEGIN = ("begin", CASE, "--officer=Olu", "--reason=A threat")


@pytest.mark.parametrize("plan", plans(Story.SHIELDS), ids=str)
def test_what_was_said_of_a_shield_is_so(
    plan: Plan, federation: Federation, tmp_path: Path
) -> None:
    assert plan.kill is not None
    folder = copy_node(federation.template, tmp_path / "node")
    begun = _run(folder, tmp_path / "begun.log", plan, *BEGIN)
    if plan.kill.point == "commit by Shields.begin":
        assert begun.wait() == -signal.SIGKILL
        assert set(begun.points()) <= set(POINTS)
        assert len(_shields(folder)) == plan.kill.after
        return
    assert begun.wait() == 0, begun.said()
    (held,) = _shields(folder)
    if plan.kill.point == "commit by Shields.review":
        said = ("review", held.id.hex(), "--officer=Olu", "--note=Still")
        reviewed = _run(folder, tmp_path / "reviewed.log", plan, *said)
        assert reviewed.wait() == -signal.SIGKILL
        assert len(_shields(folder)[0].shield.reviews) == plan.kill.after
        return
    ended = _run(folder, tmp_path / "ended.log", plan, "end", held.id.hex(), "--officer=Olu")
    assert ended.wait() == -signal.SIGKILL
    assert set(begun.points() + ended.points()) <= set(POINTS)
    (held,) = _shields(folder)
    assert held.shield.end_asked_by == ("Olu" if plan.kill.after else "")


def _run(folder: Path, log: Path, plan: Plan, command: str, *rest: str) -> Running:
    return start(log, "shield", command, folder, *rest, kill=plan.kill)


def _shields(folder: Path) -> Sequence[Shielded]:
    with closing(RecordStore(Folder(folder).records, STORE_KEY)) as records:
        return records.shields.all()
