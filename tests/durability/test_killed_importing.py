"""An import or a question killed beside a node that answers, and the node behind it."""

import asyncio
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from protocol.messages.vocabulary import Outcome
from tests.durability.conftest import Federation
from tests.durability.files import NEW_FILE, OLD_FILE, case_references, write_enquiry, write_file
from tests.durability.points import POINTS, Plan, Story, plans
from tests.durability.processes import Running, start
from tests.durability.remains import Remains, questions_got
from tests.durability.traffic import ask_until, assert_said_again, outcomes_of
from tests.durability.world import copy_node

OLD = case_references(OLD_FILE), (Outcome.KNOWN, Outcome.NOT_KNOWN)
NEW = case_references(NEW_FILE), (Outcome.NOT_KNOWN, Outcome.KNOWN)

AFTER_THE_LOAD = {point for point in POINTS if point.endswith("for quality")}
"""The counts of what was loaded, for the next import to compare with."""


@pytest.mark.parametrize("plan", plans(Story.IMPORTING), ids=str)
def test_killed_import_leaves_all_of_the_old_file_or_all_of_the_new(
    plan: Plan, federation: Federation, tmp_path: Path
) -> None:
    """First the import dies, then the node, as when a machine does."""
    hub_url, folder = federation.world.hub_url, copy_node(federation.template, tmp_path / "node")
    file = write_file(tmp_path / "new.csv", NEW_FILE)
    command = "import", folder, file, "--erase-missing"
    node = start(tmp_path / "node.log", "run", folder)
    importing = start(tmp_path / "import.log", *command, kill=plan.kill)
    exchanges = asyncio.run(ask_until(hub_url, _is_over(plan, importing)))
    assert importing.wait() in _ends(plan), importing.said()
    node.process.kill()
    node.wait()

    remains = Remains(copy_node(folder, tmp_path / "remains"))
    remains.assert_whole()
    remains.assert_nothing_said_is_lost(exchanges)
    held, outcomes = NEW if remains.case_references() == NEW[0] else OLD
    assert remains.case_references() == held
    if plan.kill is not None:
        is_loaded = plan.kill.point == "commit by RecordStore.replace_source" and plan.kill.after
        assert (held == NEW[0]) is (is_loaded or plan.kill.point in AFTER_THE_LOAD)
    if "Loaded" in importing.said():
        assert held == NEW[0]

    restarted = start(tmp_path / "restarted.log", "run", folder)
    try:
        asyncio.run(assert_said_again(hub_url, exchanges))
        assert asyncio.run(outcomes_of(hub_url, exchanges)) == outcomes
        again = start(tmp_path / "again.log", *command)
        assert again.wait() == 0, again.said()
        assert "The node answers from it now" in again.said()
        assert asyncio.run(outcomes_of(hub_url, exchanges)) == NEW[1]
    finally:
        restarted.stop()
    passed = [run.points() for run in (node, importing, restarted, again)]
    assert set().union(*passed) <= set(POINTS)


@pytest.mark.parametrize("plan", plans(Story.ASKING), ids=str)
def test_question_of_ours_is_on_the_disk_before_it_goes_out(
    plan: Plan, federation: Federation, tmp_path: Path
) -> None:
    folder = copy_node(federation.template, tmp_path / "node")
    command = "ask", folder, "--json", "--file", write_enquiry(tmp_path / "enquiry.json")
    got = questions_got(federation.peers.values())

    killed = start(tmp_path / "killed.log", *command, kill=plan.kill)
    assert killed.wait() == -signal.SIGKILL, killed.said()
    assert plan.kill is not None
    remains = Remains(copy_node(folder, tmp_path / "remains"))
    remains.assert_whole()
    assert remains.questions_asked() == int(plan.kill.after)
    assert questions_got(federation.peers.values()) == got

    again = start(tmp_path / "again.log", *command)
    assert again.wait() == 0, again.said()
    assert Remains(folder).questions_asked() == int(plan.kill.after) + 1
    assert questions_got(federation.peers.values()) == got + 1
    assert set(killed.points() + again.points()) <= set(POINTS)


def _ends(plan: Plan) -> set[int]:
    """Return how the import may end: before an instant of our choosing it may have been done."""
    return {-signal.SIGKILL} if plan.kill else {-signal.SIGKILL, 0}


def _is_over(plan: Plan, importing: Running) -> Callable[[], bool]:
    """Return what says that the import is dead; at its instant, kill it."""
    deadline = time.monotonic() + plan.chance.uniform(0.05, 1.5)

    def is_over() -> bool:
        if plan.kill is None and time.monotonic() > deadline and importing.is_alive:
            importing.process.kill()
        return not importing.is_alive

    return is_over
