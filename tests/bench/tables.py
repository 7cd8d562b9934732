"""Building a table of tags outside the process that answers: time, stalls, memory."""

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from node.answering.outside import BUILD_SECONDS
from tests.bench.answering import MOST_KEYS, RECORDS, fill
from tests.bench.measuring import MEBIBYTE, resident_bytes
from tests.bench.memory import mebibytes
from tests.bench.report import Figure, Report
from tests.bench.table_node import HOURS, TICK_SECONDS, TableTimes
from tests.node.small_federation import new_store

SMALL_RECORDS = 5_000

MOST_SECONDS = 30.0
MOST_STALL_SECONDS = 0.050
MOST_BYTES = 1024 * MEBIBYTE
SMALL_BYTES = 256 * MEBIBYTE

SAMPLE_SECONDS = 0.02


def run(
    records: int = RECORDS, small: int = SMALL_RECORDS, most_seconds: float = MOST_SECONDS
) -> Report:
    """Build the tables of a large and of a small council, each in processes of its own."""
    times, most_bytes = _build(records)
    _, small_bytes = _build(small)
    slowest = max(times.build_seconds)
    figures = [
        Figure(f"a table of {times.tags:,} tags", slowest, most_seconds, _seconds),
        Figure(
            "longest stall of the loop meanwhile",
            times.stall_seconds,
            MOST_STALL_SECONDS,
            _milliseconds,
        ),
        Figure(f"memory with {records:,} records", most_bytes, MOST_BYTES, mebibytes),
        Figure(f"memory with {small:,} records", small_bytes, SMALL_BYTES, mebibytes),
    ]
    each = ", ".join(f"{seconds:.1f} s" for seconds in times.build_seconds)
    notes = [
        f"{MOST_KEYS} keys each; {HOURS} hours' tables one after another, the first kept: {each}",
        "wall time, on all that else runs on this machine",
        f"the loop ticks every {TICK_SECONDS * 1e3:.0f} ms; a stall is what a tick comes too late",
        "memory: most of the resident sets of the answering process and the one that builds, "
        f"added up, every {SAMPLE_SECONDS * 1e3:.0f} ms; what both map counts twice",
    ]
    return Report("Building a table", figures, notes=notes)


def _build(records: int) -> tuple[TableTimes, int]:
    """Return what the tables of so many records took, and the most memory in bytes."""
    with TemporaryDirectory(prefix="whoelse-bench-") as name:
        path = Path(name) / "records.db"
        store = new_store(path)
        fill(store, records, fewest_keys=MOST_KEYS)
        store.close()
        command = [sys.executable, "-m", "tests.bench.table_node", str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as node:
            most_bytes = 0
            while node.poll() is None:
                most_bytes = max(most_bytes, _resident_with_children(node.pid))
                with suppress(subprocess.TimeoutExpired):
                    node.wait(SAMPLE_SECONDS)
            said = node.communicate(timeout=BUILD_SECONDS)[0]
    return TableTimes(**json.loads(said)), most_bytes


def _resident_with_children(pid: int) -> int:
    """Return the bytes that a process and those it has started hold now."""
    with suppress(FileNotFoundError, ProcessLookupError, IndexError):
        started = [
            int(child)
            for children in Path(f"/proc/{pid}/task").glob("*/children")
            for child in children.read_text().split()
        ]
        return resident_bytes(pid) + sum(map(resident_bytes, started))
    return 0


def _seconds(value: float) -> str:
    return f"{value:.1f} s"


def _milliseconds(value: float) -> str:
    return f"{value * 1e3:.1f} ms"
