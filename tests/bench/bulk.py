"""An import's evaluations: the asker and three keyholders, on all cores."""

import asyncio
import os
import time
from collections.abc import Collection, Iterable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from node.evaluating.bulk import BatchStore
from node.evaluating.evaluator import Evaluator
from node.evaluating.work_processes import WorkProcesses
from node.importing import Importer, Progress
from node.records.importing.load import read_file
from protocol import limits
from protocol.directory.members import Directory
from protocol.oprf import group
from tests.bench.keyholders import DIRECTORY, Keyholder, Sender
from tests.bench.measuring import (
    MEBIBYTE,
    Pair,
    children_of,
    cpu_of_call,
    cpu_of_process,
    resident_bytes,
)
from tests.bench.memory import mebibytes
from tests.bench.report import Figure, Report, microseconds
from tests.durability.files import write_file
from tests.durability.resuming import rows_of
from tests.node.small_federation import (
    KEYHOLDERS,
    STORE_KEY,
    THRESHOLD,
    TODAY,
    FakeClock,
    council,
    new_store,
)

ROWS = 20_000
RATIO = 1.35
HERE = 4
EVERYWHERE = HERE + 2 * THRESHOLD
"""Multiplications of an element: at the asker, and over all machines."""

GROWTH_BYTES = 32 * MEBIBYTE
"""Most growth of the memory from a fifth of the strings to the last. The strings of 20,000 rows and
their tokens would take 150 MiB."""

US = council(6)


@dataclass(frozen=True, slots=True)
class Cpu:
    """CPU seconds until now: of the asker with its processes, and of the keyholders."""

    asker: float
    keyholders: float

    @classmethod
    def of(cls, keyholders: Collection[Keyholder]) -> "Cpu":
        pids = {keyholder.pid for keyholder in keyholders}
        workers = [pid for pid in children_of(os.getpid()) if pid not in pids]
        return cls(
            time.process_time() + sum(map(cpu_of_process, workers)),
            sum(map(cpu_of_process, pids)),
        )

    def __sub__(self, other: "Cpu") -> "Cpu":
        return Cpu(self.asker - other.asker, self.keyholders - other.keyholders)


class TimedEvaluator(Evaluator):
    """Takes the time of an evaluation, from the first string to the last token kept."""

    keyholders: Collection[Keyholder] = ()
    wall_seconds = 0.0
    cpu = Cpu(0.0, 0.0)

    async def import_tokens(
        self, directory: Directory, oprf_inputs: Iterable[bytes], store: BatchStore
    ) -> None:
        began, before = time.monotonic(), Cpu.of(self.keyholders)
        await super().import_tokens(directory, oprf_inputs, store)
        self.wall_seconds = time.monotonic() - began
        self.cpu = Cpu.of(self.keyholders) - before


@dataclass(slots=True)
class Measured:
    """One import; its seconds are those of the evaluation."""

    strings: int
    batches: int
    wall_seconds: float
    cpu: Cpu
    storing_seconds: float
    """What the rest took: records made of the tokens, and stored."""
    memory: list[int] = field(default_factory=list)
    """Resident bytes after each fifth of the strings."""

    @property
    def cores(self) -> float:
        """How many cores were busy, on average."""
        return self.cpu_seconds / self.wall_seconds

    @property
    def cpu_seconds(self) -> float:
        return self.cpu.asker + self.cpu.keyholders


def run(rows: int = ROWS) -> Report:
    """Measure the CPU of an element against its multiplications, and the memory."""
    element = group.multiply_base(group.scalar_from_wide(os.urandom(64)))
    scalar = group.scalar_from_wide(os.urandom(64))

    def multiply() -> float:
        return cpu_of_call(lambda: group.multiply(scalar, element))

    # Before and after: what else the machine does changes over minutes.
    before = multiply()
    measured = measure(rows)
    one = (before + multiply()) / 2
    elements = measured.batches * limits.IMPORT_BATCH
    pair = Pair(measured.cpu_seconds / elements, EVERYWHERE * one)
    grown = measured.memory[-1] - measured.memory[0]
    figures = [
        Figure.of("bulk evaluation, an element over all machines", pair, RATIO),
        Figure("an import's memory, from a fifth to the end", grown, GROWTH_BYTES, mebibytes),
    ]
    notes = _notes(rows, measured, one)
    return Report("Bulk evaluation", figures, {"a multiplication": one}, notes=notes)


def _notes(rows: int, measured: Measured, one: float) -> list[str]:
    elements = measured.batches * limits.IMPORT_BATCH
    here, there = measured.cpu.asker / elements, measured.cpu.keyholders / elements
    extrapolated = measured.wall_seconds / rows * ROWS
    size = "" if rows == ROWS else f"; EXTRAPOLATED to {ROWS:,} rows: {extrapolated:,.0f} s"
    return [
        f"{rows:,} rows, {measured.strings:,} strings, {measured.batches:,} batches: "
        f"{measured.wall_seconds:,.0f} s{size}; to store their records, "
        f"{measured.storing_seconds:,.1f} s more",
        f"asker and keyholders in processes of their own on {os.cpu_count()} cores, "
        f"{measured.cores:.2f} of them busy; no hub between; match keys, and keeping each batch on "
        "the disk, are in it",
        f"reference: {EVERYWHERE} multiplications; at the asker {microseconds(here)}, its own "
        f"{HERE} multiplications {microseconds(HERE * one)}: {here / HERE / one:.2f}; at the "
        f"keyholders {microseconds(there)}, theirs {microseconds((EVERYWHERE - HERE) * one)}: "
        f"{there / (EVERYWHERE - HERE) / one:.2f}",
    ]


def measure(rows: int) -> Measured:
    """Import made-up rows."""
    with TemporaryDirectory(prefix="whoelse-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        keyholders = {
            council(number).id: stack.enter_context(closing(Keyholder(number, folder)))
            for number in range(1, KEYHOLDERS + 1)
        }
        store = stack.enter_context(closing(new_store(folder / "records.db")))
        work = stack.enter_context(closing(WorkProcesses()))
        sender = Sender(keyholders)
        evaluator = TimedEvaluator(US.id, US.keys, sender, FakeClock(), work=work)
        evaluator.keyholders = keyholders.values()
        importer = Importer(store, STORE_KEY, evaluator)
        content = read_file(write_file(folder / "file.csv", rows_of(rows)), TODAY)
        plan = importer.plan(content, "main", DIRECTORY, replace=False)
        memory: list[int] = []

        def note(progress: Progress) -> None:
            while progress.strings >= (len(memory) + 1) * plan.strings // 5:
                memory.append(resident_bytes(os.getpid()))

        unfinished = importer.begin("main", DIRECTORY, TODAY)
        began = time.monotonic()
        asyncio.run(importer.load(plan, "main", DIRECTORY, unfinished, note))
        seconds = time.monotonic() - began
        memory.append(resident_bytes(os.getpid()))
        answers = sum(each.answers for each in keyholders.values())
    return Measured(
        plan.strings,
        answers // THRESHOLD,
        evaluator.wall_seconds,
        evaluator.cpu,
        seconds - evaluator.wall_seconds,
        memory,
    )
