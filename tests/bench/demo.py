"""A lookup among the demo's councils: real processes, real ticks, timed by the wall's clock."""

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from deploy.demo.children import make_population
from deploy.demo.councils import COUNCILS
from deploy.demo.federation import Federation, memory_folder
from deploy.demo.ports import free_port
from deploy.demo.questions import draw_questions
from deploy.demo.rows import write_csv
from node.asking.asker import Enquiry, Lookups
from node.cli.session import Session, fresh_directory, open_session, session_lookups
from node.opening import OpenFolder, open_folder
from protocol.matching.identity import parse_identity
from protocol.messages.vocabulary import Role
from tests.bench.report import Figure, Report
from tests.end_to_end.asking import enquiry
from tests.end_to_end.conftest import plans
from tests.node.small_federation import WHO

ROWS_PER_COUNCIL = 300
SEED = 7
P50_SECONDS = 1.0
TICK_MS = 100


def run(lookups: int = 40, commands: int = 5) -> Report:
    """Measure lookups in one process that goes on, and the command that asks once."""
    with running_demo() as (federation, children):
        asker = federation.plans[1]
        opened = open_folder(federation.node_folder(asker))
        try:
            asked = [children[number % len(children)] for number in range(lookups)]
            tick_ms, timed = asyncio.run(_time_all(opened, asked))
        finally:
            opened.close()
        whole = [_time_command(federation, children[number]) for number in range(commands)]
    if tick_ms != TICK_MS:
        raise RuntimeError(f"the demo's tick is {tick_ms} ms")
    evaluations, rounds = zip(*timed, strict=True)
    both = [sum(parts) for parts in timed]
    notes = [
        f"{lookups} lookups, a tick of {tick_ms} ms, {len(COUNCILS)} councils of "
        f"{ROWS_PER_COUNCIL} rows, on this one machine",
        f"p50: evaluation {seconds(median(evaluations))}, round {seconds(median(rounds))}; "
        f"p95 of both: {seconds(quantiles(both, n=20)[-1])}",
        f"the whole command, with Python's start and its imports: p50 {seconds(median(whole))}",
    ]
    figure = Figure("a lookup in the demo, p50", median(both), P50_SECONDS, seconds)
    return Report("A lookup in the demo", [figure], notes=notes)


def seconds(value: float) -> str:
    return f"{value:.2f} s"


@contextmanager
def running_demo(
    with_pages: int | None = None,
) -> Iterator[tuple[Federation, list[dict[str, str]]]]:
    """Give the demo's councils, loaded, and children as they would be typed.

    One council, by its place, may have pages.
    """
    population = make_population(SEED, COUNCILS, datetime.now(UTC).date(), ROWS_PER_COUNCIL)
    children = [dict(question.fields) for question in draw_questions(population, SEED, 20)]
    with TemporaryDirectory(prefix="whoelse-bench-") as name:
        folder = Path(name)
        made = plans()
        if with_pages is not None:
            made[with_pages] = replace(made[with_pages], web_port=free_port())
        federation = Federation(folder, memory_folder(folder.name), made)
        try:
            federation.make()
            federation.start()
            federation.hold_ceremony()
            for plan in federation.plans:
                file = folder / f"{plan.name}.csv"
                write_csv(population.rows[plan.id], file)
                federation.load(plan, file, lambda _line: None)
            yield federation, children
        finally:
            federation.stop()


async def _time_all(
    opened: OpenFolder, children: list[dict[str, str]]
) -> tuple[int, list[tuple[float, float]]]:
    """Return the tick, and for each child the seconds of the evaluation and of the round."""
    directory = fresh_directory(opened)
    async with open_session(opened, directory) as session:
        lookups = session_lookups(opened, session)
        await _time(lookups, session, children[0])  # connections are made
        timed = [await _time(lookups, session, child) for child in children]
    return directory.tick_ms, timed


async def _time(lookups: Lookups, session: Session, child: dict[str, str]) -> tuple[float, float]:
    identity = parse_identity(child, datetime.now(UTC).date())
    began = time.perf_counter()
    asked = Enquiry(identity, 1, Role.PRACTITIONER, WHO)
    prepared, _ = await lookups.prepare(session.directory, asked)
    evaluated = time.perf_counter()
    results = [result async for result in lookups.ask(session.directory, prepared)]
    ended = time.perf_counter()
    if not all(result.outcome.is_answer for result in results):
        raise RuntimeError("not every council answered")
    return evaluated - began, ended - evaluated


def _time_command(federation: Federation, child: dict[str, str]) -> float:
    began = time.perf_counter()
    process = federation.ask(federation.plans[1], enquiry(child))
    output, error = process.communicate(timeout=60)
    ended = time.perf_counter()
    if process.returncode != 0 or "end" not in json.loads(output.splitlines()[-1]):
        raise RuntimeError(f"the command failed: {error}")
    return ended - began
