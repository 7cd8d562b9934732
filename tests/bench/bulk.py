"""An import's evaluations: the asker and three keyholders in one process, on all its cores."""

import asyncio
import os
import threading
import time
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from node.evaluating.bulk import BatchStore
from node.evaluating.evaluator import Evaluator
from node.federation.rounds import Delivery, RoundSender, _open
from node.importing import Importer, Progress
from node.keyholding.evaluation import EvaluationRoom
from node.keyholding.share import KeyShare
from node.ledger.ledger import Ledger
from node.receiving.receiver import Receiver
from node.records.importing.load import read_file
from protocol import limits
from protocol.directory.members import Directory
from protocol.identifiers import MemberId
from protocol.messages.stream import ReplyLine
from protocol.oprf import group
from protocol.sealing.envelope import Kind, SentRequest
from tests.bench.measuring import MEBIBYTE, Pair, cpu_of_call, resident_bytes
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
    key_share,
    make_directory,
    new_ledger,
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
DIRECTORY = make_directory(limits={6: {"declared_records": 1_000_000}})


class Keyholder(Receiver):
    """A keyholder in this process; it counts the CPU time of its answers."""

    def __init__(self, number: int, ledger: Ledger) -> None:
        member, share = council(number), key_share(number)

        def own() -> KeyShare:
            return share

        super().__init__(
            member.id,
            member.keys.signing,
            member.keys.sealing,
            ledger,
            lambda: DIRECTORY,
            {Kind.IMPORT_EVALUATION: EvaluationRoom(own, ledger, STORE_KEY)},
            FakeClock(),
        )
        self.cpu_seconds = 0.0
        self.answers = 0
        self._counting = threading.Lock()

    def _answer(self, envelope: bytes) -> tuple[bytes | None, int | None]:
        began = time.thread_time()
        try:
            return super()._answer(envelope)
        finally:
            with self._counting:
                self.answers += 1
                self.cpu_seconds += time.thread_time() - began


class Sender(RoundSender):
    """The way to keyholders in this process, in place of hubs."""

    def __init__(self, keyholders: Mapping[MemberId, Keyholder]) -> None:
        super().__init__(httpx.AsyncClient(), list)
        self._keyholders = keyholders

    async def run(
        self, directory: Directory, sent: Mapping[MemberId, SentRequest], bundle: bytes
    ) -> AsyncGenerator[Delivery, None]:
        del bundle
        replies = [self._reply(directory, request) for request in sent.values()]
        for reply in asyncio.as_completed(replies):
            yield await reply

    async def _reply(self, directory: Directory, request: SentRequest) -> Delivery:
        member = request.header.recipient
        reply = await self._keyholders[member].receive(request.envelope)
        if reply is None:
            raise RuntimeError("a keyholder has declined")
        return _open(directory, request, ReplyLine.of(member, reply))


class TimedEvaluator(Evaluator):
    """Takes the time of an evaluation, from the first string to the last token kept."""

    wall_seconds = 0.0
    cpu_seconds = 0.0

    async def import_tokens(
        self, directory: Directory, oprf_inputs: Iterable[bytes], store: BatchStore
    ) -> None:
        began, began_cpu = time.monotonic(), time.process_time()
        await super().import_tokens(directory, oprf_inputs, store)
        self.wall_seconds = time.monotonic() - began
        self.cpu_seconds = time.process_time() - began_cpu


@dataclass(slots=True)
class Measured:
    """One import; its seconds are those of the evaluation."""

    strings: int
    batches: int
    wall_seconds: float
    cpu_seconds: float
    keyholders_cpu_seconds: float
    storing_seconds: float
    """What the rest took: records made of the tokens, and stored."""
    memory: list[int] = field(default_factory=list)
    """Resident bytes after each fifth of the strings."""

    @property
    def cores(self) -> float:
        """How many cores were busy, on average."""
        return self.cpu_seconds / self.wall_seconds


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
    here = (measured.cpu_seconds - measured.keyholders_cpu_seconds) / elements
    extrapolated = measured.wall_seconds / rows * ROWS
    size = "" if rows == ROWS else f"; EXTRAPOLATED to {ROWS:,} rows: {extrapolated:,.0f} s"
    return [
        f"{rows:,} rows, {measured.strings:,} strings, {measured.batches:,} batches: "
        f"{measured.wall_seconds:,.0f} s{size}; to store their records, "
        f"{measured.storing_seconds:,.1f} s more",
        f"three keyholders beside the asker on {os.cpu_count()} cores, {measured.cores:.2f} of "
        "them busy; no hub between; match keys, and keeping each batch on the disk, are in it",
        f"reference: {EVERYWHERE} multiplications; at the asker alone {microseconds(here)}, its "
        f"own {HERE} multiplications {microseconds(HERE * one)}: {here / HERE / one:.2f}",
    ]


def measure(rows: int) -> Measured:
    """Import made-up rows."""
    with TemporaryDirectory(prefix="whoelse-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        keyholders: dict[MemberId, Keyholder] = {}
        for number in range(1, KEYHOLDERS + 1):
            ledger = stack.enter_context(closing(new_ledger(folder / f"{number}.db")))
            keyholders[council(number).id] = Keyholder(number, ledger)
        store = stack.enter_context(closing(new_store(folder / "records.db")))
        evaluator = TimedEvaluator(US.id, US.keys, Sender(keyholders), FakeClock())
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
        evaluator.cpu_seconds,
        sum(each.cpu_seconds for each in keyholders.values()),
        seconds - evaluator.wall_seconds,
        memory,
    )
