"""A hit takes as long as a miss: at rest, and while an import does its worst (PROTOCOL P5).

Were a hit to write where an import writes, it would wait for the import: 3,840 ms against 1.
"""

import asyncio
import os
import signal
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from protocol.messages.vocabulary import Outcome
from tests.durability.asking import US, asker_at, lookup
from tests.durability.files import OLD_FILE, write_file
from tests.durability.measuring import Pair, assert_alike, send_pairs
from tests.durability.polling import PATIENCE_SECONDS, poll
from tests.durability.processes import Running, start
from tests.durability.traffic import answer_of
from tests.durability.world import World, make_world
from tests.node.records.importing.files import row
from tests.node.small_federation import council

TICK_MS = 100
"""A directory's default."""

PAIRS = 60
LONG = 12_000
"""Rows of an import whose tokens take longer to make than all pairs take to be answered."""

SHORT = 400
"""Rows of an import whose transaction is long enough to be met in."""


@dataclass(frozen=True, slots=True)
class Council:
    """A node that runs, with the old file loaded."""

    world: World
    folder: Path
    scratch: Path

    def pairs(self) -> list[Pair]:
        return asyncio.run(send_pairs(self.world.hub_url, PAIRS))

    @contextmanager
    def importing(self, rows: int) -> Iterator[Running]:
        """Import more rows than before, and kill the import before it has changed anything."""
        file = write_file(self.scratch / f"{rows}.csv", [*OLD_FILE, *map(_row, range(rows))])
        process = start(self.scratch / f"import-{rows}.log", "import", self.folder, file)
        try:
            yield process
            assert process.is_alive, process.said()
        finally:
            process.process.kill()
            process.process.join()


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Council]:
    folder = tmp_path_factory.mktemp("hit-and-miss")
    world = make_world(folder, tick_ms=TICK_MS)
    running: list[Running] = []
    try:
        for number in (3, 4, 5):
            peer = world.make_node(folder / str(number), council(number))
            running.append(start(folder / f"{number}.log", "run", peer))
        node = world.make_node(folder / "node", US)
        loading = start(
            folder / "loading.log", "import", node, write_file(folder / "old.csv", OLD_FILE)
        )
        assert loading.wait() == 0, loading.said()
        running.append(start(folder / "node.log", "run", node))
        asyncio.run(_answers(world.hub_url))
        yield Council(world, node, folder)
    finally:
        for process in running:
            process.stop()
        world.stop()


def test_hit_is_no_slower_than_a_miss(ours: Council) -> None:
    _assert_answered_alike(ours.pairs())


def test_hit_is_no_slower_than_a_miss_while_an_import_makes_tokens(ours: Council) -> None:
    with ours.importing(LONG) as process:
        poll("the import to make tokens", lambda: "making tokens" in process.said())
        _assert_answered_alike(ours.pairs())


def test_hit_is_no_slower_than_a_miss_while_an_import_writes(ours: Council) -> None:
    """However long it does: it is stopped in its transaction."""
    with ours.importing(SHORT) as process:
        _stop_in_its_transaction(process, ours.folder / "records.db")
        _assert_answered_alike(ours.pairs())


def _assert_answered_alike(pairs: list[Pair]) -> None:
    outcomes = {(pair.hit.outcome, pair.miss.outcome) for pair in pairs}
    assert outcomes == {(Outcome.KNOWN, Outcome.NOT_KNOWN)}
    assert len(pairs) > PAIRS // 2
    assert_alike(pairs, TICK_MS)


def _stop_in_its_transaction(process: Running, records: Path) -> None:
    pid = process.process.pid
    assert pid is not None
    deadline = time.monotonic() + PATIENCE_SECONDS
    while process.is_alive and time.monotonic() < deadline:
        if _is_being_written(records):
            os.kill(pid, signal.SIGSTOP)
            if _is_being_written(records):
                return
            os.kill(pid, signal.SIGCONT)
        # As often as a transaction of some tens of milliseconds needs.
        time.sleep(0.002)
    pytest.fail(f"no transaction was met:\n{process.said()}")


def _is_being_written(records: Path) -> bool:
    with closing(sqlite3.connect(records, timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        connection.execute("ROLLBACK")
    return False


async def _answers(url: str) -> None:
    """Wait until the node says that it knows the child."""
    async with asker_at(url) as asker, asyncio.timeout(PATIENCE_SECONDS):
        while True:
            made = lookup(1, is_hit=True)
            reply = await asker.send_when_linked(made, PATIENCE_SECONDS)
            if isinstance(reply, bytes) and answer_of(made, reply).outcome is Outcome.KNOWN:
                return


def _row(number: int) -> Mapping[str, str]:
    name = "".join(chr(ord("a") + number // 26**power % 26) for power in range(3))
    return row(case_reference=f"MORE-{number}", forename=f"More{name}", surname=f"{name}more")
