"""How long a hit and a miss take, one after the other, so that what else runs is in both.

`python -m tests.durability.measuring FOLDER` fills the disk that the folder is on, measures there,
and prints the two medians in milliseconds.
"""

import json
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median

from node.errors import StoreError
from node.receiving.request import OpenedRequest
from node.records.store import RecordStore
from protocol.sealing.envelope import Kind
from tests.durability.asking import HIT, MISS
from tests.durability.disk import fill
from tests.node.small_federation import (
    STORE_KEY,
    AnsweringCouncil,
    FakeClock,
    ask,
    child,
    record,
    source_row,
)

PAIRS = 150
ROWS_AT_ONCE = 1000


def medians_ms(answer: Callable[[OpenedRequest], None]) -> tuple[float, float]:
    """Return the median times of answering a hit and a miss."""
    hits: list[float] = []
    misses: list[float] = []
    pair = [(HIT, hits), (MISS, misses)]
    for _ in range(PAIRS):
        for prepared, seconds in pair:
            request = ask(prepared).opened()
            began = time.perf_counter()
            answer(request)
            seconds.append(time.perf_counter() - began)
        pair.reverse()
    return median(hits) * 1000, median(misses) * 1000


def import_without_end(path: Path) -> None:
    """Write more and more rows of a source in one transaction that is never committed."""
    store = RecordStore(path, STORE_KEY)
    source, held = store.source_fingerprint("imported"), record(child(), "IMPORTED")
    with store._database.writing() as connection:
        number = 0
        while True:
            rows = [
                source_row(f"imported {row}", held) for row in range(number, number + ROWS_AT_ONCE)
            ]
            store._upsert(connection, source, rows)
            number += ROWS_AT_ONCE


def _on_a_full_disk(folder: Path) -> tuple[float, float]:
    ours = AnsweringCouncil(folder, FakeClock(), [record(child())])
    with closing(ours):
        fill(folder)

        def fail(request: OpenedRequest) -> None:
            try:
                ours.room.answer(request)
            except StoreError:
                return
            raise AssertionError("answered on a full disk")

        measured = medians_ms(fail)
        if ours.ledger.requests_received().get(Kind.LOOKUP):
            raise AssertionError("a row on a full disk")
    return measured


if __name__ == "__main__":
    print(json.dumps(_on_a_full_disk(Path(sys.argv[1]))))  # noqa: T201
