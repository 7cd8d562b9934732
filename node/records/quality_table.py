"""A file's quality as a table for a terminal: counts, shares, and what changed since last time."""

import textwrap
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from node.records.quality import NAMED_FROM, STALE_AFTER, Quality

_WIDTH = 46


class Part(NamedTuple):
    """A part of the table: counts by what is counted, now and the last time, and of how many."""

    heading: str
    now: Mapping[str, int]
    then: Mapping[str, int]
    of: int


def parts(now: Quality, before: Quality | None) -> list[Part]:
    """Return what is counted; without a last time it was as now."""
    then = before or now
    found = [
        Part("Holding", now.held, then.held, now.rows),
        Part("With a key that makes the child", now.found, then.found, now.rows),
        Part("With a word for not known", now.placeholders, then.placeholders, now.rows),
        Part("With a date that stands for none", now.proxy_dates, then.proxy_dates, now.rows),
        Part("To look at", _to_look_at(now), _to_look_at(then), now.rows),
        Part("Teams", _teams(now), _teams(then), now.teams),
    ]
    return [part for part in found if part.now]


def format_share(count: int, of: int) -> str:
    """Return "12%", "" of none."""
    return f"{count / of:.0%}" if of else ""


def format_quality(now: Quality, before: Quality | None) -> str:
    """Return lines of at most 80 characters. `before` is the last load's, None at the first."""
    change = "change" if before else ""
    lines = [f"{'How complete it is':<{_WIDTH}} {'rows':>9} {'share':>6} {change:>9}".rstrip()]
    all_of_it = {_LOADED: now.rows}, {_LOADED: (before or now).rows}, now.rows
    lines += _counts(*all_of_it)
    for part in parts(now, before):
        lines += ["", part.heading, *_counts(part.now, part.then, part.of)]
    for team in without_duty_line(now):
        lines += textwrap.wrap(team, 80, initial_indent="      ", subsequent_indent="        ")
    return "\n".join([*lines, ""])


def without_duty_line(of: Quality) -> Iterator[str]:
    """Give the teams without a duty line of their own: by name, and how many are not named."""
    yield from of.teams_without_duty_line
    if small := of.small_teams_without_duty_line:
        teams = "team" if small == 1 else "teams"
        yield f"{small:,} {teams} of fewer than {NAMED_FROM} children, which are not named"


_LOADED = "that can be loaded"


def _to_look_at(of: Quality) -> dict[str, int]:
    return {
        "the child has another case reference too": of.repeated,
        f"contact not updated for {STALE_AFTER.days} days": of.stale_contacts,
    }


def _teams(of: Quality) -> dict[str, int]:
    return {
        "named in the file": of.teams,
        "without an out-of-hours number": of.teams_without_out_of_hours_line,
        "without a duty line of their own": of.count_without_duty_line,
    }


def _counts(now: Mapping[str, int], then: Mapping[str, int], rows: int) -> Iterator[str]:
    for name, count in now.items():
        difference = count - then.get(name, 0)
        change = f"{difference:+,}" if difference else ""
        share = format_share(count, rows)
        yield f"  {name:<{_WIDTH - 2}} {count:>9,} {share:>6} {change:>9}".rstrip()
