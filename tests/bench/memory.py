"""Memory over many rounds at a hub, and over many questions at a node: it must not grow."""

import asyncio
import os
from collections.abc import Callable, Sequence
from itertools import cycle, islice

from tests.bench.answering import Case, FullNode, Questions, cases, full_node
from tests.bench.fan_out import hub_with_links
from tests.bench.measuring import MEBIBYTE, resident_bytes
from tests.bench.report import Figure, Report

ROUNDS = 10_000
LINKS = 20
RECORDS = 2_000
TOGETHER = 50
"""Questions that are in work at once."""

GROWTH_BYTES = 4 * MEBIBYTE
"""Most growth after a fifth: half a kilobyte a round, less than anything of a round that stays.

A bound of zero would fail on what the allocator and SQLite's page cache do by themselves."""


def run(rounds: int = ROUNDS, links: int = LINKS, most_bytes: int = GROWTH_BYTES) -> Report:
    """Measure the resident memory of a hub and of a node after a fifth, and after all."""
    with hub_with_links(links) as (hub, ask):
        asked = ask()

        def run_round(number: int) -> None:
            nonlocal asked
            if number % 100 == 0:
                asked = ask()  # fresh for two minutes
            hub.run(asked)

        at_hub = _growth(hub.pid, rounds, run_round)
    with full_node(RECORDS) as node:
        fresh, asked_in_turn = Questions(), cases()
        at_node = _growth(
            os.getpid(),
            rounds // TOGETHER,
            lambda _number: _receive_together(node, fresh, asked_in_turn),
        )
    fifth = f"after {rounds // 5:,} and after {rounds:,}"
    figures = [
        Figure(f"a hub's memory, growth {fifth} rounds", at_hub, most_bytes, mebibytes),
        Figure(f"a node's memory, growth {fifth} questions", at_node, most_bytes, mebibytes),
    ]
    notes = [
        f"resident set; the hub has {links} links; {TOGETHER} questions at once at the node, known "
        "and not known in turn; its ledger grows on disk, a row a question",
    ]
    return Report("Memory", figures, notes=notes)


def mebibytes(value: float) -> str:
    return f"{value / MEBIBYTE:.2f} MiB"


def _growth(pid: int, times: int, work: Callable[[int], None]) -> int:
    """Return by how many bytes a process grows from a fifth of so much work to the end."""
    early = 0
    for number in range(times):
        if number == times // 5:
            early = resident_bytes(pid)
        work(number)
    return resident_bytes(pid) - early


def _receive_together(node: FullNode, fresh: Questions, asked: Sequence[Case]) -> None:
    """Give the receiver questions as links do, those that hit and those that miss."""
    turns = islice(cycle(asked), TOGETHER)
    envelopes = [envelope for case in turns for envelope in fresh.of(case, 1)]

    async def receive_all() -> None:
        replies = await asyncio.gather(*map(node.receiver.receive, envelopes))
        if not all(replies):
            raise RuntimeError("declined")

    asyncio.run(receive_all())
