"""A shield that is set and ended by commands that are killed: what was said is so."""

import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from node.folder import Folder
from node.records.shield import Shield, Shielded
from node.records.store import RecordStore
from tests.durability.conftest import Federation
from tests.durability.points import POINTS, Plan, Story, plans
from tests.durability.processes import Running, start
from tests.durability.visiting import CASE
from tests.durability.world import copy_node
from tests.node.small_federation import STORE_KEY

BEGIN = ("begin", CASE, "--officer=Olu", "--reason=Adoption", "--former")


THEN: Mapping[str, tuple[Sequence[str], Callable[[Shield], bool]]] = {
    "review": (("--officer=Olu", "--note=Still"), lambda shield: bool(shield.reviews)),
    "namesake": (("SAME",), lambda shield: bool(shield.namesakes)),
    "end": (("--officer=Olu",), lambda shield: bool(shield.end_asked_by)),
}
"""What comes behind, by its command: what is said besides, and whether a shield has it."""

KILLED_IN = {
    "commit by Shields.review": "review",
    "commit by Shields.add_namesake": "namesake",
    "commit by Shields.end": "end",
}


@pytest.mark.parametrize("plan", plans(Story.SHIELDS), ids=str)
def test_what_was_said_of_a_shield_is_so(
    plan: Plan, federation: Federation, tmp_path: Path
) -> None:
    """Of a former identity, of whose tokens no record has any from the same commit on."""
    assert plan.kill is not None
    folder = copy_node(federation.template, tmp_path / "node")
    begun = _run(folder, tmp_path / "begun.log", plan, *BEGIN)
    if plan.kill.point == "commit by Shields.begin":
        assert begun.wait() == -signal.SIGKILL
        assert set(begun.points()) <= set(POINTS)
        assert len(_shields(folder)) == (not _has_tokens(folder)) == plan.kill.after
        return
    assert begun.wait() == 0, begun.said()
    (held,) = _shields(folder)
    command = KILLED_IN[plan.kill.point]
    words, is_so = THEN[command]
    then = _run(folder, tmp_path / "then.log", plan, command, held.id.hex(), *words)
    assert then.wait() == -signal.SIGKILL
    assert set(begun.points() + then.points()) <= set(POINTS)
    (held,) = _shields(folder)
    assert is_so(held.shield) == plan.kill.after
    assert not _has_tokens(folder)


def _run(folder: Path, log: Path, plan: Plan, command: str, *rest: str) -> Running:
    return start(log, "shield", command, folder, *rest, kill=plan.kill)


def _has_tokens(folder: Path) -> bool:
    with closing(RecordStore(Folder(folder).records, STORE_KEY)) as records:
        held = [record for _, record in records.records(date.min)]
    return any(len(record.tokens) for record in held if record.case_reference == CASE)


def _shields(folder: Path) -> Sequence[Shielded]:
    with closing(RecordStore(Folder(folder).records, STORE_KEY)) as records:
        return records.shields.all()
