"""A node killed while it answers: what it said it says again, what it counted stays counted."""

import asyncio
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from protocol.messages.vocabulary import Outcome
from tests.durability.conftest import Federation
from tests.durability.points import POINTS, Plan, Story, plans
from tests.durability.polling import poll
from tests.durability.processes import OFTEN, Running, start
from tests.durability.remains import Remains
from tests.durability.traffic import ask_until, assert_said_again, outcomes_of
from tests.durability.world import copy_node

RECOVERY_POINTS = 4
"""A node passes at least so many before anybody asks it: what it writes of itself as it starts."""


@pytest.mark.parametrize("plan", plans(Story.SERVING), ids=str)
def test_nothing_that_a_killed_node_said_is_lost(
    plan: Plan, federation: Federation, tmp_path: Path
) -> None:
    folder = copy_node(federation.template, tmp_path / "node")
    _kill_and_restart(plan, federation.world.hub_url, folder)


@pytest.mark.parametrize("plan", plans(Story.FIRST_START), ids=str)
def test_node_killed_at_its_first_start_starts(
    plan: Plan, federation: Federation, tmp_path: Path
) -> None:
    folder = copy_node(federation.template, tmp_path / "node")
    for name in ("ledger.db", "records.db", "post.db"):
        (folder / name).unlink()
    shutil.rmtree(folder / "directory")
    _kill_and_restart(plan, federation.world.hub_url, folder, (Outcome.CANNOT_ANSWER,) * 2)


def _kill_and_restart(
    plan: Plan,
    hub_url: str,
    folder: Path,
    outcomes: tuple[Outcome, Outcome] = (Outcome.KNOWN, Outcome.NOT_KNOWN),
) -> None:
    killed = start(
        folder.with_name("killed.log"), "run", folder,
        kill=plan.kill, haste=OFTEN,
    )  # fmt: skip
    exchanges = asyncio.run(ask_until(hub_url, _is_over(plan, killed)))
    assert killed.wait() == -signal.SIGKILL, killed.said()

    remains = Remains(copy_node(folder, folder.with_name("remains")))
    remains.assert_whole()
    remains.assert_nothing_said_is_lost(exchanges)

    recovering = _kill_while_it_recovers(plan, folder)
    restarted = start(folder.with_name("restarted.log"), "run", folder)
    try:
        asyncio.run(assert_said_again(hub_url, exchanges))
        assert asyncio.run(outcomes_of(hub_url, exchanges)) == outcomes
        poll("what a crash left to be gone", lambda: _is_tidy(folder / "directory"))
    finally:
        restarted.stop()
    assert "defect" not in restarted.said()
    after = Remains(folder)
    after.assert_whole()
    after.assert_nothing_said_is_lost(exchanges)
    passed = [run.points() for run in (killed, recovering, restarted)]
    assert set().union(*passed) <= set(POINTS)


def _kill_while_it_recovers(plan: Plan, folder: Path) -> Running:
    """Start a node again and kill it once it has passed a point or a few."""
    recovering = start(folder.with_name("recovering.log"), "run", folder)
    points = plan.chance.randint(1, RECOVERY_POINTS)
    poll("its first points", lambda: len(recovering.points()) >= points)
    recovering.process.kill()
    assert recovering.wait() == -signal.SIGKILL, recovering.said()
    return recovering


def _is_tidy(directory: Path) -> bool:
    """Whether nothing but the newest set is there."""
    return {path.name for path in directory.iterdir()} == {"held", "lock", "timestamp-2"}


def _is_over(plan: Plan, killed: Running) -> Callable[[], bool]:
    """Return what says that the process is dead; at its instant, kill it."""
    deadline = time.monotonic() + plan.chance.uniform(0.05, 1.5)

    def is_over() -> bool:
        if plan.kill is None and time.monotonic() > deadline and killed.is_alive:
            killed.process.kill()
        return not killed.is_alive

    return is_over
