"""The report for a terminal or a text file, lines of at most 80 characters."""

import textwrap
from collections import defaultdict
from collections.abc import Iterator, Sequence

from node.records.importing.columns import COLUMNS
from node.records.importing.places import Place, format_places
from node.records.importing.problems import Done, RowProblem
from node.records.importing.report import ImportReport

RANGES_SHOWN = 20
"""Most lines, or runs of lines, named of one kind of problem at a terminal; a file names each."""

_WIDTH = 80
_NAME_WIDTH = max(len(column) for column in COLUMNS)


def format_report(report: ImportReport, ranges_shown: int | None = RANGES_SHOWN) -> str:
    """Return the report; with `ranges_shown` None every line is named.

    What to mend stands last, where the eye is. Problems with one cause stand together, the one
    that most lines share first.
    """
    return "\n".join(
        [
            *_totals(report),
            *_completeness(report),
            *_notes(report),
            *_problems(report, ranges_shown),
            "",
        ],
    )


def wrap(text: str, indent: str = "") -> list[str]:
    """Return a sentence as lines of a terminal."""
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + "  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _totals(report: ImportReport) -> Iterator[str]:
    if report.description:
        yield from wrap(f"Read as {report.description}")
    yield f"Rows read:                 {report.rows_read:>9,}"
    yield f"Rows that can be loaded:   {report.rows_taken:>9,}"
    yield f"Rows left out:             {report.rows_left_out:>9,}"
    if report.rows_repeated:
        yield f"Rows there twice or more:  {report.rows_repeated:>9,}"
    if report.rows_over:
        yield f"Rows that are over:        {report.rows_over:>9,}"
    if report.lines_not_used:
        yield f"Other lines not used:      {report.lines_not_used:>9,}"


def _notes(report: ImportReport) -> Iterator[str]:
    if not report.notes:
        return
    yield ""
    yield "Left out or settled, and no fault"
    for text, count in report.notes.items():
        yield from wrap(f"{count:,} {text}", "  ")


def _problems(report: ImportReport, ranges_shown: int | None) -> Iterator[str]:
    if not report.problem_count:
        return
    yield ""
    yield "Problems by column"
    width = max(_NAME_WIDTH, *map(len, report.problems_by_column))
    for column, count in report.problems_by_column.items():
        yield f"  {column:<{width}} {count:>9,}"
    yield ""
    yield "What to mend"
    for (name, reason, done), places in _grouped(report.problems):
        yield from wrap(f"{name}: {reason}", "  ")
        yield from wrap(f"{done} ({len(places):,}): {_where(places, ranges_shown)}", "      ")
    if len(report.problems) < report.problem_count:
        yield ""
        yield (
            f"These are the first {len(report.problems):,} of {report.problem_count:,} problems: "
            "mend them and read again."
        )


def _grouped(problems: Sequence[RowProblem]) -> list[tuple[tuple[str, str, Done], list[Place]]]:
    groups: defaultdict[tuple[str, str, Done], list[Place]] = defaultdict(list)
    for problem in problems:
        groups[problem.name, problem.reason, problem.done].append(problem.place)
    return sorted(groups.items(), key=lambda group: (-len(group[1]), group[1][0]))


def _where(places: Sequence[Place], ranges_shown: int | None) -> str:
    """Return "ssd_cp_plans lines 4, 7-9; contacts line 2"."""
    numbers: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    for place in places:
        numbers[place.within, place.unit].add(place.number)
    return "; ".join(
        format_places(within, unit, _ranges(sorted(found), ranges_shown), several=len(found) > 1)
        for (within, unit), found in numbers.items()
    )


def _ranges(numbers: Sequence[int], ranges_shown: int | None) -> str:
    """Return "5, 9, 12-14" for ascending numbers."""
    ranges: list[tuple[int, int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    shown = [str(first) if first == last else f"{first}-{last}" for first, last in ranges]
    more = " and more" if len(shown[:ranges_shown]) < len(shown) else ""
    return ", ".join(shown[:ranges_shown]) + more


def _completeness(report: ImportReport) -> Iterator[str]:
    rows = report.rows_taken
    filled = {column: report.filled[column] for column in COLUMNS}
    partly = {column: count for column, count in filled.items() if 0 < count < rows}
    if not partly:
        return
    yield ""
    yield f"Columns that some of the {rows:,} rows leave empty"
    for column, count in partly.items():
        yield f"  {column:<{_NAME_WIDTH}} {rows - count:>9,} {100 - 100 * count // rows:>4} %"
