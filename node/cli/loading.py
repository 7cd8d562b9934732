"""`whoelse-node import`: check a file, load it, wait until the node answers from it."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from node.cli.session import fresh_directory, open_session
from node.importing import Importer
from node.importing import Progress as ImportProgress
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
        AskError, NoHubError: the keyholders could not be asked. Nothing is changed, and what
            they have evaluated is kept for the next time.
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
        unfinished = importer.begin(source, session.directory, _today())
        if evaluated := unfinished.count():
            typer.echo(f"Going on with an import that was interrupted: {evaluated:,} tokens made.")
        with _progress(plan.strings) as progress:
            load_number = await importer.load(plan, source, session.directory, unfinished, progress)
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


Say = Callable[[ImportProgress], None]


@contextmanager
def _progress(total: int) -> Iterator[Say]:
    """Say on standard error how far it is: a bar at a terminal, lines elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _said_in_lines(total)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[words]}"),
    )
    began = time.monotonic()
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("making tokens", total=total, words="")

        def say(progress: ImportProgress) -> None:
            words = _words(progress, total, time.monotonic() - began)
            bar.update(task, completed=progress.strings, words=words.removeprefix(", "))

        yield say


def _said_in_lines(total: int) -> Say:
    began = said_at = time.monotonic()

    def say(progress: ImportProgress) -> None:
        nonlocal said_at
        now = time.monotonic()
        if now - said_at >= SECONDS_PER_LINE:
            said_at = now
            words = _words(progress, total, now - began)
            typer.echo(f"making tokens: {progress.strings:,} of {total:,}{words}", err=True)

    return say


def _words(progress: ImportProgress, total: int, seconds: float) -> str:
    """Say the rate so far, what remains at that rate, and what the keyholders still allow."""
    made = progress.strings - progress.found
    if not made or not seconds:
        return ""
    rate = made / seconds
    remaining = timedelta(seconds=round((total - progress.strings) / rate))
    words = f", {rate:,.0f} a second, {remaining} left"
    if progress.allowance_left is not None:
        words += f", allowance for {progress.allowance_left:,} more"
    return words


def _today() -> date:
    return datetime.now(UTC).date()
