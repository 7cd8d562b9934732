"""A node's answering process whose loop ticks while its tables are built: a bench runs it.

`python -m tests.bench.table_node RECORDS`; on its output is one line, `TableTimes` as JSON.
"""

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from node.answering.index import IndexKeeper
from node.answering.lookup import LookupRoom
from node.answering.outside import OutsideBuilder
from node.disclosure.policy import PolicyFile
from node.records.store import RecordStore
from protocol.identifiers import EPOCH_SECONDS
from tests.node.small_federation import STORE_KEY, FakeClock, council, new_ledger

TICK_SECONDS = 0.005
HOURS = 2
"""Tables built one after another, the first kept: so a node stands before an hour strikes."""

HALF_HOUR = 1800
LEAD_SECONDS = 600
"""A lead by which no other hour's table is built at half past, and the next is at five to."""


@dataclass(frozen=True, slots=True)
class TableTimes:
    """What the building of each hour's table took, and the longest time between two ticks."""

    build_seconds: list[float]
    stall_seconds: float
    tags: int


async def measure(keeper: IndexKeeper, clock: FakeClock) -> TableTimes:
    """Build the table of this hour, then that of the next."""
    stalls: list[float] = []
    ticking = asyncio.create_task(_tick(stalls))
    seconds = []
    for moment in (HALF_HOUR, EPOCH_SECONDS - LEAD_SECONDS // 2):
        clock.set_seconds(clock() // 1000 // EPOCH_SECONDS * EPOCH_SECONDS + moment)
        began = time.perf_counter()
        await asyncio.to_thread(keeper.refresh)
        seconds.append(time.perf_counter() - began)
    ticking.cancel()
    index = keeper.current()
    if index is None or len(index.tables) != HOURS:
        raise RuntimeError("not built")
    return TableTimes(seconds, max(stalls), min(table.size for table in index.tables.values()))


async def _tick(stalls: list[float]) -> None:
    """Note by how much each tick came too late."""
    while True:
        began = time.perf_counter()
        await asyncio.sleep(TICK_SECONDS)
        stalls.append(time.perf_counter() - began - TICK_SECONDS)


def main(records: Path) -> None:
    """Open what a node opens, build, say what it took."""
    store, ledger = RecordStore(records, STORE_KEY), new_ledger(records.with_name("ledger.db"))
    clock, member = FakeClock(), council(2).id
    keeper = IndexKeeper(store, member, clock, OutsideBuilder(records, STORE_KEY, member))
    keeper._lead_seconds = LEAD_SECONDS
    policy = PolicyFile(records.with_name("policy.toml"))
    LookupRoom(store, keeper, ledger, policy.current, STORE_KEY)
    times = asyncio.run(measure(keeper, clock))
    sys.stdout.write(json.dumps(asdict(times)) + "\n")
    ledger.close()
    store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
