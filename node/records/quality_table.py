"""A file's quality as a table for a terminal: counts, shares, and what changed since last time."""

from collections.abc import Iterator, Mapping

from node.records.quality import STALE_AFTER, Quality

_WIDTH = 46


def format_quality(now: Quality, before: Quality | None) -> str:
    """Return lines of at most 80 characters. `before` is the last load's, None at the first."""
    then = before or now
    change = "change" if before else ""
    lines = [
        f"{'How complete it is':<{_WIDTH}} {'rows':>9} {'share':>6} {change:>9}".rstrip(),
        *_counts({"that can be loaded": now.rows}, {"that can be loaded": then.rows}, now.rows),
        *_section("Holding", now.held, then.held, now.rows),
        *_section("With a key that makes the child", now.found, then.found, now.rows),
        *_section("Filled, and saying nothing", now.blank, then.blank, now.rows),
        *_section("To look at", _to_look_at(now), _to_look_at(then), now.rows),
        *_section("Teams", _teams(now), _teams(then), now.teams),
    ]
    return "\n".join([*lines, ""])


def _to_look_at(of: Quality) -> dict[str, int]:
    return {
        "the child has another case reference too": of.repeated,
        f"open, and not updated for {STALE_AFTER.days} days": of.stale,
    }


def _teams(of: Quality) -> dict[str, int]:
    return {
        "named in the file": of.teams,
        "without an out-of-hours number": of.teams_without_out_of_hours_line,
    }


def _section(
    heading: str, now: Mapping[str, int], then: Mapping[str, int], rows: int
) -> Iterator[str]:
    if now:
        yield ""
        yield heading
        yield from _counts(now, then, rows)


def _counts(now: Mapping[str, int], then: Mapping[str, int], rows: int) -> Iterator[str]:
    for name, count in now.items():
        difference = count - then.get(name, 0)
        change = f"{difference:+,}" if difference else ""
        share = f"{count / rows:.0%}" if rows else ""
        yield f"  {name:<{_WIDTH - 2}} {count:>9,} {share:>6} {change:>9}".rstrip()
