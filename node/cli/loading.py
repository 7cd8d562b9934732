"""`whoelse-node import`: check a file, load it, wait until the node answers from it."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from node.cli.session import fresh_directory, open_session
from node.importing import Importer
from node.opening import OpenFolder
from node.records.importing.load import FileContent, read_file
from node.records.importing.report import format_report

WAIT_SECONDS = 60.0
"""How long to wait for the running node to answer from what was loaded."""

SECONDS_PER_LINE = 2.0
"""How often progress is said where no bar can be drawn: in a pipe, a log, a scheduled job."""


def check_file(file: Path) -> bool:
    """Print the report on a file; True when it could be loaded.

    Raises:
        ImportRefusedError: the file as a whole cannot be used.
    """
    content = read_file(file, _today())
    typer.echo(format_report(content.report))
    return not content.report.problem_count


async def load_file(opened: OpenFolder, file: Path, source: str, replace: bool) -> bool:
    """Load a file and print what changed; False when its report refuses it.

    Raises:
        ImportRefusedError: the file as a whole cannot be used, or looks cut off.
        AskError, NoHubError: the keyholders could not be asked. Nothing is changed.
    """
    content = read_file(file, _today())
    typer.echo(format_report(content.report))
    if content.report.problem_count:
        typer.echo("Nothing was loaded. Mend these rows in the source and run it again.")
        return False
    load_number = await _load(opened, content, source, replace)
    await _wait_for_node(opened, load_number)
    return True


async def _load(opened: OpenFolder, content: FileContent, source: str, replace: bool) -> int:
    directory = await asyncio.to_thread(fresh_directory, opened)
    async with open_session(opened, directory) as session:
        importer = Importer(opened.records, opened.store_key, session.evaluator)
        plan = importer.plan(content, source, session.directory, replace)
        with _progress(plan.strings) as progress:
            load_number = await importer.load(plan, source, session.directory, progress)
    typer.echo(
        f"Loaded: {plan.added} new, {plan.changed} changed, {plan.unchanged} unchanged, "
        f"{plan.removed} no longer in the file and removed."
    )
    return load_number


async def _wait_for_node(opened: OpenFolder, load_number: int) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + WAIT_SECONDS
    while loop.time() < deadline:
        running = opened.folder.running.read()
        if running is None:
            typer.echo("The node is not running: it answers from this once it is started.")
            return
        if running.load_number >= load_number:
            typer.echo("The node answers from it now.")
            return
        await asyncio.sleep(0.1)
    typer.echo("The node does not answer from it yet: see 'whoelse-node status'.")


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """Say on standard error how far it is: a bar at a terminal, lines elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _said_in_lines(total)
        return
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(
        TextColumn("{task.description}"), *columns, console=console, transient=True
    ) as progress:
        task = progress.add_task("making tokens", total=total)
        yield lambda done: progress.update(task, completed=done)


def _said_in_lines(total: int) -> Callable[[int], None]:
    said_at = time.monotonic()

    def say(done: int) -> None:
        nonlocal said_at
        now = time.monotonic()
        if now - said_at >= SECONDS_PER_LINE:
            said_at = now
            typer.echo(f"making tokens: {done:,} of {total:,}", err=True)

    return say


def _today() -> date:
    return datetime.now(UTC).date()
