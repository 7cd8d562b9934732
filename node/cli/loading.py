"""`whoelse-node import`: check a file, load it, wait until the node answers from it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from node.cli.import_words import change_sentences, cost_sentence, loaded_sentences
from node.cli.reading import ImportOptions, read, today
from node.cli.reporting import Said, reporting
from node.cli.session import Session, fresh_directory, open_session
from node.errors import ImportRefusedError, NodeError
from node.importing import Importer, ImportPlan
from node.importing import Progress as ImportProgress
from node.opening import OpenFolder, open_folder
from node.records.importing.acceptance import why_a_register
from node.records.importing.content import FileContent
from node.records.quality import save_quality
from protocol.errors import ProtocolError

WAIT_SECONDS = 60.0
"""How long to wait for the running node to answer from what was loaded."""

SECONDS_PER_LINE = 2.0
"""How often progress is said where no bar can be drawn: in a pipe, a log, a scheduled job."""


def check_file(folder: Path, options: ImportOptions) -> bool:
    """Print the report on a file and what it would change; True when it could be loaded.

    Raises:
        ImportRefusedError: the file as a whole cannot be used.
    """
    with reporting(options.report, *options.files) as said:
        content, why = read(folder, options, said)
        if why:
            said.say(f"This file would be refused: {why}. Mend these rows in the source.")
            return False
        return _say_changes(folder, content, options, said)


async def load_file(opened: OpenFolder, options: ImportOptions) -> bool:
    """Load a file and print what changed; False when its report refuses it.

    Raises:
        ImportRefusedError: the file as a whole cannot be used, looks cut off, or is a register.
        AskError, NoHubError: the keyholders could not be asked. Nothing is changed, and what
            they have evaluated is kept for the next time.
    """
    with reporting(options.report, *options.files) as said:
        content, why = read(opened.folder.path, options, said)
        if why:
            said.say(f"Nothing was loaded: {why}. Mend these rows in the source and run it again.")
            return False
        load_number = await _load(opened, content, options, said)
        await _wait_for_node(opened, load_number, said)
    return True


def _say_changes(folder: Path, content: FileContent, options: ImportOptions, said: Said) -> bool:
    """Say what a file would change, as far as that can be known here."""
    try:
        opened = open_folder(folder)
    except NodeError as error:
        said.say(f"What it would change is not known: {error}.")
        return True
    try:
        asyncio.run(_say_plan(opened, content, options, said))
    except ImportRefusedError as error:
        said.say(f"This file would be refused: {error}.")
        return False
    except (NodeError, ProtocolError) as error:
        said.say(f"What it would change is not known: {error}.")
    finally:
        opened.close()
    return True


async def _say_plan(
    opened: OpenFolder, content: FileContent, options: ImportOptions, said: Said
) -> None:
    async with _planned(opened, content, options) as (session, _, plan):
        for sentence in change_sentences(plan, content.left_out, options.erase_missing):
            said.say(sentence)
        said.say(cost_sentence(plan, session.directory.member(opened.settings.member)))


async def _load(
    opened: OpenFolder, content: FileContent, options: ImportOptions, said: Said
) -> int:
    async with _planned(opened, content, options) as (session, importer, plan):
        source, directory = options.source, session.directory
        unfinished = importer.begin(source, directory, today())
        if evaluated := unfinished.count():
            said.say(f"Going on with an import that was interrupted: {evaluated:,} tokens made.")
        with _progress(plan.strings) as progress:
            closing = None if options.erase_missing else today()
            load_number = await importer.load(
                plan, source, directory, unfinished, progress, closing
            )
    said.is_loaded = True
    if said.quality is not None:
        save_quality(opened.folder.quality(options.source), said.quality)
    for sentence in loaded_sentences(plan, content.left_out, options.erase_missing):
        said.say(sentence)
    return load_number


@asynccontextmanager
async def _planned(
    opened: OpenFolder, content: FileContent, options: ImportOptions
) -> AsyncIterator[tuple[Session, Importer, ImportPlan]]:
    """Compare a file with what is held, under a fresh directory."""
    directory = await asyncio.to_thread(fresh_directory, opened)
    others = opened.records.count_besides(options.source)
    declared = directory.member(opened.settings.member).entry.declared_records
    if why := why_a_register(len(content.rows), others, declared):
        raise ImportRefusedError(why)
    async with open_session(opened, directory) as session:
        importer = Importer(opened.records, opened.store_key, session.evaluator)
        plan = importer.plan(content, options.source, directory, options.replace)
        yield session, importer, plan


async def _wait_for_node(opened: OpenFolder, load_number: int, said: Said) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + WAIT_SECONDS
    while loop.time() < deadline:
        running = opened.folder.running.read()
        if running is None:
            said.say("The node is not running: it answers from this once it is started.")
            return
        if running.load_number >= load_number:
            said.say("The node answers from it now.")
            return
        await asyncio.sleep(0.1)
    said.say("The node does not answer from it yet: see 'whoelse-node status'.")


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
