"""`whoelse-node ask`: one question, answers as they arrive."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import typer

from node.asking.answers import MemberAnswer, member_answer
from node.asking.asker import Enquiry, Lookups
from node.asking.cases import askable_cases
from node.asking.desk import asked_lookup
from node.asking.keeping import KeptLookup
from node.cli.answers import answer_lines, closing_lines, duty_lines
from node.cli.enquiry import prompt_enquiry, read_enquiry
from node.cli.inbox import open_call_backs
from node.cli.ringing import expect_checks, offer_call_backs
from node.cli.session import fresh_directory, open_session
from node.cli.watched import offer_watch
from node.clock import system_clock
from node.errors import NodeError
from node.opening import OpenFolder
from node.records.cases import HeldCase
from protocol.directory.members import Directory


def ask_and_print(opened: OpenFolder, file: Path | None, json_lines: bool) -> None:
    """Ask and print. Whatever fails, the numbers to ring are printed.

    Raises:
        AskError: entries that cannot be used, no directory, or too few keyholders.
        NoHubError: no hub carried the question.
        StoreError: it could not be written down, and so did not go out.
    """
    entry = read_enquiry(file) if file is not None else None
    directory = fresh_directory(opened)
    find_case = partial(_find_case, opened, directory)
    # Before there is an event loop, which would keep the first Ctrl-C for itself.
    enquiry = entry.enquiry(find_case) if entry else prompt_enquiry(directory, find_case)
    asked_ms = system_clock()
    try:
        answers = asyncio.run(_ask(opened, directory, enquiry, json_lines))
    except NodeError:
        if not json_lines:
            typer.echo("Nobody was heard from. Ring, this is not a clearance:")
            for line in duty_lines(directory.members.values()):
                typer.echo(line)
        raise
    with open_call_backs(opened) as call_backs:
        expect_checks(call_backs, directory, enquiry, answers, asked_ms)
        if file is None and not json_lines:
            # Whoever ends here has asked, and has the answers.
            with suppress(typer.Abort):
                offer_call_backs(call_backs, enquiry, answers)
                asked = asked_lookup(directory, enquiry, asked_ms)
                offer_watch(opened, KeptLookup(asked=asked, answers=tuple(answers)))


def _find_case(opened: OpenFolder, directory: Directory, reference: str) -> Sequence[HeldCase]:
    return askable_cases(opened.records.find_cases, directory, reference, system_clock())


async def _ask(
    opened: OpenFolder, directory: Directory, enquiry: Enquiry, json_lines: bool
) -> Sequence[MemberAnswer]:
    async with open_session(opened, directory) as session:
        lookups = Lookups(
            opened.settings.member,
            opened.keys,
            session.evaluator,
            session.sender,
            opened.ledger,
            opened.store_key,
            system_clock,
        )
        prepared, report = await lookups.prepare(session.directory, enquiry)
        problems = report.by_name(session.directory)
        answers: list[MemberAnswer] = []
        async for result in lookups.ask(session.directory, prepared):
            answers.append(member_answer(result))
            _print_answer(answers[-1], json_lines)
    if json_lines:
        typer.echo(json.dumps({"end": len(answers), "keyholder_problems": problems}))
        return answers
    for line in closing_lines(answers):
        typer.echo(line)
    for name, problem in problems.items():
        typer.echo(f"Keyholder {name} {problem}.", err=True)
    return answers


def _print_answer(answer: MemberAnswer, json_lines: bool) -> None:
    if json_lines:
        typer.echo(answer.model_dump_json())
        return
    for line in answer_lines(answer):
        typer.echo(line)
