"""What a team's manager sees, at a terminal: who waits, who has it, whether it helps, and why the
team asked."""

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict

import typer

from node.asking.activity import Activity, Asked
from node.asking.reviews import NOTE_BYTES, Review, Reviews, drawn
from node.asking.words import day
from node.cli.asked import asked_data, asked_line
from node.cli.giving import offer_giving
from node.cli.inbox import open_call_backs
from node.cli.lookups import open_kept_lookups
from node.cli.naming import names_of
from node.cli.prompts import prompt_choice, prompt_text
from node.clock import duration, moment, system_clock
from node.managing import (
    LISTED_MS,
    WEEKS_MS,
    Load,
    Week,
    asker,
    is_by_team,
    last_week,
    loads,
    owner,
    weeks,
)
from node.opening import OpenFolder
from node.post.callback_store import CallBack
from protocol import limits


def show_team(opened: OpenFolder, team: str, json_object: bool) -> None:
    """Print what a team waits for, what other councils wait for, and what the team asked; at a
    terminal, give what somebody waits for to somebody else.

    Raises:
        CallBackError: something is given that is done meanwhile.
        StoreError: it cannot be read, or kept.
    """
    with open_call_backs(opened) as call_backs:
        ours = [each for each in call_backs.of_late(WEEKS_MS, ours=True) if is_by_team(team, each)]
        _print_team(opened, team, ours, call_backs.open_of_others(), json_object)
        if not json_object:
            waited_for = [each for each in ours if each.is_open]
            offer_giving(opened, call_backs, team, waited_for, names_of(opened))


def _print_team(
    opened: OpenFolder,
    team: str,
    ours: Sequence[CallBack],
    of_others: Sequence[CallBack],
    json_object: bool,
) -> None:
    now_ms = system_clock()
    waited_for, to_do = loads(ours, asker, now_ms), loads(of_others, owner, now_ms)
    by_week = [week for week in weeks(ours, now_ms) if week.asked]
    lookups = _activity(opened).of_team(team, now_ms - LISTED_MS, now_ms + 1)
    if json_object:
        content = {
            "waited_for": [*map(asdict, waited_for)],
            "to_do": [*map(asdict, to_do)],
            "weeks": [{**asdict(week), "begins": week.begins.isoformat()} for week in by_week],
            "lookups": [asked_data(opened, each) for each in lookups],
        }
        typer.echo(json.dumps(content))
        return
    for title, lines in {
        "Who waits for another council": _load_lines(waited_for, ""),
        "What other councils wait for": _load_lines(to_do, "Nobody has taken it on"),
        "Does it help?": map(_week_line, by_week),
        "Lookups of the last 7 days": (asked_line(opened, each) for each in lookups),
    }.items():
        typer.echo(title)
        for line in [*lines] or ["nothing"]:
            typer.echo(f"  {line}")
        typer.echo("")


def review_sample(opened: OpenFolder, team: str, json_lines: bool) -> None:
    """Print the lookups of a team's last week that were drawn by lot; take what is found of one.

    Raises:
        StoreError: they cannot be read, or it cannot be kept.
    """
    sample = drawn(_activity(opened).of_team(team, *last_week(system_clock())))
    with closing(open_kept_lookups(opened)) as kept:
        reviews = Reviews(kept.database, opened.store_key, system_clock)
        found = [(each, reviews.find(each.round_id)) for each in sample]
        if json_lines:
            for each, review in found:
                said = review.model_dump() if review else None
                typer.echo(json.dumps({**asked_data(opened, each), "review": said}))
            return
        if not sample:
            typer.echo(f"{team} asked nothing last week.")
            return
        entries = [_sample_entry(opened, each, review) for each, review in found]
        chosen = prompt_choice(entries, "Number to review, or Enter to end")
        if chosen is not None:
            _review(reviews, sample[chosen])


def _activity(opened: OpenFolder) -> Activity:
    return Activity(opened.ledger, opened.store_key, system_clock)


def _load_lines(found: Sequence[Load], nobody: str) -> Iterator[str]:
    for load in found:
        overdue = f"{load.overdue} OVERDUE  " if load.overdue else ""
        oldest = f"the oldest since {moment(load.oldest_ms)}"
        yield f"{overdue}{load.owner or nobody}: {load.open} open, {oldest}"


def _week_line(week: Week) -> str:
    half = f". Half of them within {duration(week.middle_ms)}" if week.middle_ms is not None else ""
    came = ", ".join(f"{outcome} {number}" for outcome, number in sorted(week.outcomes.items()))
    return (
        f"Week of {day(week.begins)}: {week.asked} asked, {week.in_time} in time, "
        f"{week.late} too late, {week.open} open{half}"
        + (f". What came of it: {came}" if came else "")
    )


def _sample_entry(opened: OpenFolder, asked: Asked, review: Review | None) -> str:
    line = asked_line(opened, asked)
    if review is None:
        return line
    found = "In order" if review.is_in_order else "To be looked into"
    note = f". {review.note}" if review.note else ""
    return f"{line}\n     {found}: {review.by}, {moment(review.reviewed_ms)}{note}"


def _review(reviews: Reviews, asked: Asked) -> None:
    typer.echo(
        "\nOpen the case by the reference in your own system: was there a reason to ask, and"
    )
    typer.echo("was it the one that was given?")
    verdict = prompt_choice(["In order", "To be looked into"], "Number, or Enter for nothing")
    if verdict is None:
        return
    by = prompt_text("Your name", limits.PERSON_BYTES, least=2)
    while by.casefold() == asked.entry.asker.name.casefold():
        typer.echo("  somebody else than whoever asked", err=True)
        by = prompt_text("Your name", limits.PERSON_BYTES, least=2)
    note = prompt_text("Note, if you like", NOTE_BYTES, default="")
    reviews.keep(asked.round_id, by, is_in_order=verdict == 0, note=note)
    typer.echo("Kept.")
