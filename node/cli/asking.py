"""`whoelse-node ask`: one question, answers as they arrive."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import typer

from node.asking.answers import MemberAnswer, member_answer
from node.asking.asker import Enquiry, PreparedLookup
from node.asking.cases import askable_cases
from node.asking.desk import asked_lookup
from node.asking.keeping import KeptLookup
from node.asking.running import AGAIN_MS
from node.cli.answers import answer_lines, closing_lines, duty_lines
from node.cli.enquiry import prompt_enquiry, read_enquiry
from node.cli.inbox import open_call_backs
from node.cli.ringing import expect_checks, offer_call_backs
from node.cli.session import fresh_directory, open_session, session_lookups
from node.cli.watched import offer_watch
from node.clock import system_clock
from node.errors import NodeError
from node.opening import OpenFolder
from node.records.cases import HeldCase
from protocol.directory.members import Directory
from protocol.identifiers import MemberId


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
        prepared, answers = asyncio.run(_ask(opened, directory, enquiry, json_lines))
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
                while _wants_silent_again(answers, asked_ms):
                    late = _late_answers(opened, directory, prepared, answers)
                    expect_checks(call_backs, directory, enquiry, late, asked_ms)
                    answers = _with_late(answers, late)
                    _print_end(answers)
                offer_call_backs(call_backs, enquiry, answers)
                asked = asked_lookup(directory, enquiry, asked_ms)
                offer_watch(opened, KeptLookup(asked=asked, answers=tuple(answers)))


def _find_case(opened: OpenFolder, directory: Directory, reference: str) -> Sequence[HeldCase]:
    return askable_cases(opened.records.find_cases, directory, reference, system_clock())


async def _ask(
    opened: OpenFolder, directory: Directory, enquiry: Enquiry, json_lines: bool
) -> tuple[PreparedLookup, Sequence[MemberAnswer]]:
    async with open_session(opened, directory) as session:
        lookups = session_lookups(opened, session)
        prepared, report = await lookups.prepare(session.directory, enquiry)
        problems = report.by_name(session.directory)
        answers: list[MemberAnswer] = []
        async for result in lookups.ask(session.directory, prepared):
            answers.append(member_answer(result))
            _print_answer(answers[-1], json_lines)
    if json_lines:
        typer.echo(json.dumps({"end": len(answers), "keyholder_problems": problems}))
        return prepared, answers
    _print_end(answers)
    for name, problem in problems.items():
        typer.echo(f"Keyholder {name} {problem}.", err=True)
    return prepared, answers


def _wants_silent_again(answers: Sequence[MemberAnswer], asked_ms: int) -> bool:
    """Whether those that have not answered are to be asked once more with the same tokens, which
    wait for no longer than a page keeps them."""
    if not any(answer.may_come_yet for answer in answers):
        return False
    wanted = typer.confirm("\nAsk those that have not answered once more?", default=False)
    if wanted and system_clock() - asked_ms >= AGAIN_MS:
        typer.echo("That is too long ago: ask anew.", err=True)
        return False
    return wanted


def _late_answers(
    opened: OpenFolder,
    directory: Directory,
    prepared: PreparedLookup,
    answers: Sequence[MemberAnswer],
) -> Sequence[MemberAnswer]:
    """Ask those that have not answered; return what they say now, nothing where no hub carries
    it."""
    silent = {MemberId(answer.member) for answer in answers if answer.may_come_yet}
    late: list[MemberAnswer] = []

    async def ask() -> None:
        async with open_session(opened, directory) as session:
            lookups = session_lookups(opened, session)
            async for result in lookups.ask(directory, prepared, silent):
                late.append(member_answer(result))
                _print_answer(late[-1], json_lines=False)

    try:
        asyncio.run(ask())
    except NodeError as error:
        # What was heard before still counts, and councils may be asked to ring.
        typer.echo(f"They could not be asked: {error}", err=True)
    return late


def _with_late(
    answers: Sequence[MemberAnswer], late: Sequence[MemberAnswer]
) -> Sequence[MemberAnswer]:
    """Return one answer of each member: the late one of those that gave one."""
    latest = {answer.member: answer for answer in (*answers, *late)}
    return tuple(latest.values())


def _print_end(answers: Sequence[MemberAnswer]) -> None:
    for line in closing_lines(answers):
        typer.echo(line)


def _print_answer(answer: MemberAnswer, json_lines: bool) -> None:
    if json_lines:
        typer.echo(answer.model_dump_json())
        return
    for line in answer_lines(answer):
        typer.echo(line)
