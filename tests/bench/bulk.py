"""An import's evaluations: the asker and three keyholders, on all cores."""

import asyncio
import os
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from node.evaluating.bulk import BatchStore
from node.evaluating.evaluator import Evaluator
from node.evaluating.work_processes import WorkProcesses
from node.importing import Importer, Progress
from node.records.importing.load import read_file
from node.records.store import RecordStore
from protocol import limits
from protocol.directory.members import Directory
from protocol.identifiers import MemberId
from tests.bench.keyholders import DIRECTORY, MULTIPLICATIONS, Keyholder, Sender
from tests.bench.measuring import (
    MEBIBYTE,
    Pair,
    children_of,
    cpu_of_process,
    resident_bytes,
)
from tests.bench.memory import mebibytes
from tests.bench.report import Figure, Report, microseconds
from tests.durability.files import Rows, write_file
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
EVERYWHERE = HERE + THRESHOLD
"""Multiplications of an element: at the asker, and over all machines."""

CHANGED_OF = 100
NIGHTLY_RATIO = 1 / 20
"""Most that an import may take in which one row of a hundred is another child's, of the first."""

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
        multiplying = sum(keyholder.multiplying_seconds for keyholder in keyholders)
        return cls(
            time.process_time() + sum(map(cpu_of_process, workers)),
            sum(map(cpu_of_process, pids)) - multiplying,
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
    """One import, from the file to the last record stored."""

    strings: int
    batches: int
    wall_seconds: float
    cpu: Cpu
    evaluating_seconds: float
    """What the evaluation took of it, by the wall's clock."""
    evaluating: Cpu
    one_multiplication: float
    """CPU seconds, measured meanwhile."""
    memory: list[int]
    """Resident bytes after each fifth of the strings."""

    @property
    def cores(self) -> float:
        """How many cores the evaluation kept busy, on average."""
        return (self.evaluating.asker + self.evaluating.keyholders) / self.evaluating_seconds


def run(rows: int = ROWS) -> Report:
    """Measure the CPU of an element against its multiplications, the memory, and the next night."""
    with federation() as bench:
        given = rows_of(rows)
        first = bench.load(given)
        nightly = bench.load(changed(given))
    one, elements = first.one_multiplication, first.batches * limits.IMPORT_BATCH
    cpu = first.evaluating.asker + first.evaluating.keyholders
    figures = [
        Figure.of(
            "bulk evaluation, an element over all machines",
            Pair(cpu / elements, EVERYWHERE * one),
            RATIO,
        ),
        Figure(
            "an import's memory, from a fifth to the end",
            first.memory[-1] - first.memory[0],
            GROWTH_BYTES,
            mebibytes,
        ),
        Figure.of(
            f"the next import, 1 row of {CHANGED_OF} another child, CPU at the council",
            Pair(nightly.cpu.asker / rows, first.cpu.asker / rows),
            NIGHTLY_RATIO,
        ),
    ]
    notes = _notes(rows, first, nightly)
    return Report("Bulk evaluation", figures, {"a multiplication": one}, notes=notes)


def changed(rows: Rows) -> Rows:
    """Return the rows with another surname in one of a hundred, at least in one."""
    return [
        {**row, "surname": "Changed"} if place % CHANGED_OF == 0 else row
        for place, row in enumerate(rows)
    ]


def _notes(rows: int, first: Measured, nightly: Measured) -> list[str]:
    elements, one = first.batches * limits.IMPORT_BATCH, first.one_multiplication
    here, there = first.evaluating.asker / elements, first.evaluating.keyholders / elements
    extrapolated = first.wall_seconds / rows * ROWS
    size = "" if rows == ROWS else f"; EXTRAPOLATED to {ROWS:,} rows: {extrapolated:,.0f} s"
    return [
        f"{rows:,} rows, {first.strings:,} strings, {first.batches:,} batches: "
        f"{first.wall_seconds:,.0f} s{size}; the next import: {nightly.wall_seconds:,.1f} s, "
        f"{nightly.batches:,} batches",
        f"asker and keyholders in processes of their own on {os.cpu_count()} cores, "
        f"{first.cores:.2f} of them busy; no hub between; match keys, and keeping each batch on "
        "the disk, are in it",
        f"reference: {EVERYWHERE} multiplications, timed at the keyholders between batches; at the "
        f"asker {microseconds(here)}, its own {HERE} {microseconds(HERE * one)}: "
        f"{here / HERE / one:.2f}; at the keyholders {microseconds(there)}, theirs "
        f"{microseconds((EVERYWHERE - HERE) * one)}: {there / (EVERYWHERE - HERE) / one:.2f}",
    ]


class Bench:
    """A council whose keyholders are processes of their own."""

    def __init__(
        self,
        folder: Path,
        store: RecordStore,
        keyholders: Mapping[MemberId, Keyholder],
        work: WorkProcesses,
    ) -> None:
        self._folder = folder
        self._keyholders = keyholders.values()
        self._evaluator = TimedEvaluator(US.id, US.keys, Sender(keyholders), FakeClock(), work=work)
        self._evaluator.keyholders = self._keyholders
        self._importer = Importer(store, STORE_KEY, self._evaluator)

    def load(self, rows: Rows) -> Measured:
        """Import a file of these rows."""
        file = write_file(self._folder / "file.csv", rows)
        answers, multiplying = self._answers(), self._multiplying()
        began, before = time.monotonic(), Cpu.of(self._keyholders)
        content = read_file(file, TODAY)
        plan = self._importer.plan(content, "main", DIRECTORY, replace=False)
        memory: list[int] = []

        def note(progress: Progress) -> None:
            while progress.strings >= (len(memory) + 1) * plan.strings // 5:
                memory.append(resident_bytes(os.getpid()))

        unfinished = self._importer.begin("main", DIRECTORY, TODAY)
        asyncio.run(self._importer.load(plan, "main", DIRECTORY, unfinished, note))
        seconds, cpu = time.monotonic() - began, Cpu.of(self._keyholders) - before
        memory.append(resident_bytes(os.getpid()))
        answers = self._answers() - answers
        multiplying = self._multiplying() - multiplying
        return Measured(
            plan.strings,
            answers // THRESHOLD,
            seconds,
            cpu,
            self._evaluator.wall_seconds,
            self._evaluator.cpu,
            multiplying / (answers * MULTIPLICATIONS),
            memory,
        )

    def _answers(self) -> int:
        return sum(keyholder.answers for keyholder in self._keyholders)

    def _multiplying(self) -> float:
        return sum(keyholder.multiplying_seconds for keyholder in self._keyholders)


@contextmanager
def federation() -> Iterator[Bench]:
    with TemporaryDirectory(prefix="whoelse-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        keyholders = {
            council(number).id: stack.enter_context(closing(Keyholder(number, folder)))
            for number in range(1, KEYHOLDERS + 1)
        }
        store = stack.enter_context(closing(new_store(folder / "records.db")))
        work = stack.enter_context(closing(WorkProcesses()))
        yield Bench(folder, store, keyholders, work)
