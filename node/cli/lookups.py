"""`whoelse-node lookups` and `activity`: what somebody was told, and what is recorded of it."""

import json
from contextlib import closing

import typer

from node.asking.activity import Activity
from node.asking.keeping import KeptLookups, Listed
from node.asking.words import unasked
from node.cli.answers import answer_lines, closing_lines
from node.cli.asked import asked_data, asked_line
from node.cli.prompts import prompt_choice
from node.clock import duration, moment, system_clock
from node.opening import OpenFolder


def open_kept_lookups(opened: OpenFolder) -> KeptLookups:
    """Open the lookups of a node's people, beside the node that runs."""
    kept_ms = opened.settings.answers_kept_ms
    return KeptLookups(opened.folder.lookups, opened.store_key, kept_ms, system_clock)


def show_lookups(opened: OpenFolder, username: str, reference: str, json_lines: bool) -> None:
    """Print the lookups of an account whose answers are kept; show or remove one.

    Raises:
        StoreError: they cannot be read, or it cannot be removed.
    """
    with closing(open_kept_lookups(opened)) as kept:
        listed = [
            each
            for each in kept.all_of(username)
            if reference.lower() in each.lookup.asked.reference.lower()
        ]
        if json_lines:
            for each in listed:
                typer.echo(each.lookup.model_dump_json())
            return
        if not listed:
            never = f"not asked in the last {duration(kept.kept_ms)}"
            typer.echo(f"{username} has {'no lookup with this reference' if reference else never}.")
            return
        chosen = prompt_choice([*map(_entry, listed)], "Number to open, or Enter to end")
        if chosen is None:
            return
        _print(listed[chosen])
        if prompt_choice(["Remove these answers"], "Number, or Enter for nothing") is not None:
            kept.remove(listed[chosen].id, username)
            typer.echo("Removed. That it was asked stays recorded.")


def show_activity(opened: OpenFolder, who: str, json_lines: bool) -> None:
    """Print what is recorded of somebody's questions.

    Raises:
        StoreError: it cannot be read.
    """
    recorded = Activity(opened.ledger, opened.store_key, system_clock)
    found = recorded.of(who) or recorded.at_a_terminal(who)
    for each in found:
        if json_lines:
            typer.echo(json.dumps(asked_data(opened, each)))
        else:
            typer.echo(f"{asked_line(opened, each)}: {each.entry.members} asked")
    if not found and not json_lines:
        typer.echo(f"{who} has asked nothing in the last 28 days.")


def _entry(each: Listed) -> str:
    asked = each.lookup.asked
    return ", ".join(filter(None, (moment(asked.asked_ms), asked.reference, asked.purpose)))


def _print(each: Listed) -> None:
    for answer in each.lookup.answers:
        for line in answer_lines(answer):
            typer.echo(line)
    for line in closing_lines(each.lookup.answers):
        typer.echo(line)
    if each.lookup.problem:
        typer.echo(f"{unasked(each.lookup.answers)}: {each.lookup.problem}")
    typer.echo("")
