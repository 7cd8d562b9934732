"""Answering one question at a node with a whole council's records."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory

from node.answering import lookup
from node.answering.index import IndexKeeper
from node.answering.lookup import LookupRoom
from node.answering.proving import Prover
from node.answering.table import EpochTable
from node.asking.asker import PreparedLookup
from node.disclosure.policy import FIRST_POLICY, PolicyFile
from node.ledger.ledger import Ledger
from node.receiving import receiver as receiving
from node.receiving.receiver import Receiver
from node.records.model import Record
from node.records.store import RecordStore
from node.records.tokens import KeyedToken, Tokens
from protocol.matching.key_ids import KeyId
from protocol.messages.lookup import Question
from protocol.messages.vocabulary import InvolvementKind, Outcome
from protocol.oprf.voprf import TOKEN_BYTES
from protocol.sealing.envelope import Kind
from tests.bench.measuring import by_turns, cpu_of, middle, spread
from tests.bench.parts import Part, PartsClock
from tests.bench.primitives import Primitives
from tests.bench.report import Figure, Picture, Report, microseconds
from tests.node.small_federation import (
    STORE_KEY,
    STRANGER_ENTRIES,
    FakeClock,
    ask,
    child,
    council,
    enquiry,
    involvement,
    load,
    make_directory,
    new_ledger,
    new_store,
    prepare,
    record,
)

RECORDS = 350_000
FEWEST_KEYS, MOST_KEYS = 6, 30
"""Keys of a made-up record: in turn, all numbers between."""

SOURCE_RECORDS = 50_000
SEED = 7
RATIO = 3.0
AIM = 2.0

DIRECTORY = make_directory(
    limits={number: {"questions_per_day": 1_000_000} for number in range(1, 7)}
)
US = council(2)


@dataclass(frozen=True)
class FullNode:
    """A node that has loaded its records, and what it cost to get there, in CPU seconds."""

    receiver: Receiver
    folder: Path
    records: int
    tags: int
    load_seconds: float
    index_seconds: float

    def answer(self, envelope: bytes) -> bytes:
        reply, _ = self.receiver._answer(envelope)
        if reply is None:
            raise RuntimeError("declined")
        return reply


@dataclass(frozen=True, slots=True)
class Case:
    """A question, what it must be answered with, and how it is called in the table."""

    name: str
    prepared: PreparedLookup
    outcome: Outcome


def cases() -> list[Case]:
    nobody = child(**STRANGER_ENTRIES)
    return [
        Case("not known", prepare(enquiry(nobody)), Outcome.NOT_KNOWN),
        Case("known, one record", prepare(enquiry(_ONCE)), Outcome.KNOWN),
        Case("known, three records", prepare(enquiry(_THRICE)), Outcome.KNOWN),
    ]


_ONCE = child()
_THRICE = child(forename="Tom", surname="Jones", nhs_number="", postcode="LS1 1UR")


@contextmanager
def full_node(number: int) -> Iterator[FullNode]:
    """Give a node with so many made-up records and those that the cases ask for."""
    with TemporaryDirectory(prefix="whoelse-bench-") as name:
        folder = Path(name)
        policy = PolicyFile(folder / "policy.toml")
        (folder / "policy.toml").write_text(FIRST_POLICY)
        clock = FakeClock()
        store, ledger = new_store(folder / "records.db"), new_ledger(folder / "ledger.db")
        began = time.process_time()
        fill(store, number)
        loaded = time.process_time()
        index = IndexKeeper(store, US.id, clock)
        index.refresh()
        built = time.process_time()
        room = LookupRoom(store, index, ledger, policy.current, STORE_KEY)
        receiver = Receiver(
            US.id,
            US.keys.signing,
            US.keys.sealing,
            ledger,
            lambda: DIRECTORY,
            {Kind.LOOKUP: room},
            clock,
        )
        current = index.current()
        tables = list(current.tables.values()) if current else []
        try:
            yield FullNode(
                receiver,
                folder,
                store.count(),
                tables[0].size,
                loaded - began,
                (built - loaded) / len(tables),
            )
        finally:
            ledger.close()
            store.close()


def fill(store: RecordStore, number: int, fewest_keys: int = FEWEST_KEYS) -> None:
    """Load made-up records, source by source, each as an import loads it."""
    random, key_ids = Random(SEED), tuple(KeyId)
    for start in range(0, number, SOURCE_RECORDS):
        numbers = range(start, min(start + SOURCE_RECORDS, number))
        made_up = [_made_up(random, key_ids, at, fewest_keys) for at in numbers]
        load(store, made_up, f"source {start}")
    held = [record(_ONCE), *(record(_THRICE, involved=involvement(kind=kind)) for kind in _KINDS)]
    load(store, held, "asked for")


_KINDS = (
    InvolvementKind.CHILD_IN_NEED,
    InvolvementKind.EHC_PLAN,
    InvolvementKind.SECTION_47_ENQUIRY,
)


def _made_up(random: Random, key_ids: tuple[KeyId, ...], number: int, fewest_keys: int) -> Record:
    keys = fewest_keys + number % (MOST_KEYS - fewest_keys + 1)
    tokens = Tokens.of(
        KeyedToken(random.choice(key_ids), random.randbytes(TOKEN_BYTES)) for _ in range(keys)
    )
    return Record(f"CASE-{number}", tokens, involvement())


ASKERS = (1, 3, 4, 5, 6)
"""Members that ask in turn: what a question costs grows with how many its asker has had today."""


class Questions:
    """Fresh questions, each of a round of its own, sealed before they are timed."""

    def __init__(self) -> None:
        self._askers = cycle(ASKERS)

    def of(self, case: Case, number: int) -> list[bytes]:
        return [
            ask(case.prepared, asker=next(self._askers), directory=DIRECTORY).sent.envelope
            for _ in range(number)
        ]


def run(records: int = RECORDS, calls: int = 60, repeats: int = 9) -> Report:
    """Measure the CPU of one answer, from the envelope to the reply with its row on the disk."""
    primitives, fresh = Primitives(), Questions()
    figures, pictures, walls = [], [], []
    with full_node(records) as node:
        for case in cases():
            _check(node, case)
            waiting = iter(fresh.of(case, calls * (repeats + 1)))
            wall: list[float] = []
            pairs = by_turns(
                lambda: _timed_answer(node, next(waiting), wall),  # noqa: B023
                lambda: cpu_of(primitives.answer),
                calls,
                repeats,
            )
            figures.append(Figure.of(f"answering: {case.name}", middle(pairs), RATIO))
            walls.append(f"{case.name} {median(wall) * 1e3:.2f} ms (ratios {spread(pairs)})")
            parts = _parts(node, fresh.of(case, calls))
            pictures.append(Picture(f"answering: {case.name}", parts))
        hop = _through_the_loop(node, fresh.of(cases()[0], calls))
        notes = [
            f"{node.records:,} records with {FEWEST_KEYS} to {MOST_KEYS} keys each, "
            f"{node.tags:,} tags; loaded in {node.load_seconds:.0f} s, "
            f"each epoch's table built in {node.index_seconds:.0f} s of CPU",
            f"reference: verify + open + seal + sign; the aim is {AIM:.0f}",
            f"wall time of an answer, its row synced to the disk: {', '.join(walls)}",
            f"as a link gives it, with loop, worker thread and tick: {microseconds(hop)}",
            "garbage collection on; what stood before a run is frozen",
        ]
    return Report("Answering one question", figures, primitives.of_answering(), pictures, notes)


def _check(node: FullNode, case: Case) -> None:
    asked = ask(case.prepared, directory=DIRECTORY)
    outcome = asked.read(node.answer(asked.sent.envelope)).outcome
    if outcome is not case.outcome:
        raise RuntimeError(f"{case.name}: answered {outcome.name}")


def _timed_answer(node: FullNode, envelope: bytes, wall: list[float]) -> float:
    """Return the CPU seconds of an answer; what it took by the wall's clock goes to `wall`."""
    began_at = time.perf_counter()
    cpu = cpu_of(lambda: node.answer(envelope))
    wall.append(time.perf_counter() - began_at)
    return cpu


def _through_the_loop(node: FullNode, envelopes: list[bytes]) -> float:
    """Return the CPU seconds of one question given to the receiver as a link gives it."""

    async def receive_all() -> None:
        for envelope in envelopes:
            await node.receiver.receive(envelope)

    return cpu_of(lambda: asyncio.run(receive_all())) / len(envelopes)


PARTS: tuple[Part, ...] = (
    ("parse the envelope", receiving, "parse_request"),
    ("verify", receiving, "verify_request"),
    ("open", receiving, "open_request"),
    ("find its row", Ledger, "find"),
    ("parse the question", Question, "decode"),
    ("read the policy", PolicyFile, "_version"),
    ("count today's questions", Ledger, "questions_today"),
    ("match tags", EpochTable, "match"),
    ("read records", RecordStore, "read"),
    ("prove", Prover, "prove_all"),
    ("decide", lookup, "decide"),
    ("seal and sign", receiving, "_seal"),
    ("seal the row", lookup, "seal_entry"),
    ("write the row", Ledger, "record"),
)


def _parts(node: FullNode, envelopes: list[bytes]) -> dict[str, float]:
    waiting = iter(envelopes)
    clock = PartsClock()
    with clock.watching(PARTS):
        return clock.time(lambda: node.answer(next(waiting)), len(envelopes))
