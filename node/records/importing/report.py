"""What was read of a file and what to mend in it, for a data steward; no values."""

import textwrap
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from node.records.importing.columns import COLUMNS
from node.records.importing.problems import RowProblem

PROBLEMS_KEPT = 1_000
"""Most problems that a report holds one by one; all are counted."""

_WIDTH = 80
_NAME_WIDTH = max(len(column) for column in COLUMNS)


@dataclass(frozen=True, slots=True)
class ImportReport:
    """How a file was read.

    `filled` counts, for each column, the rows without a problem that say something there: "not
    known" in a surname, or ten zeros for an NHS number, do not.
    """

    rows_read: int
    rows_with_problems: int
    problem_count: int
    problems: tuple[RowProblem, ...]
    """The first `PROBLEMS_KEPT`, in the file's order."""
    problems_by_column: Mapping[str, int]
    filled: Mapping[str, int]

    @property
    def rows_without_problems(self) -> int:
        return self.rows_read - self.rows_with_problems


class ReportBuilder:
    """Counts rows as they are read."""

    def __init__(self) -> None:
        self._rows_read = 0
        self._rows_with_problems = 0
        self._problems: list[RowProblem] = []
        self._by_column: Counter[str] = Counter()
        self._filled = Counter(dict.fromkeys(COLUMNS, 0))

    def count_row(self, filled: Iterable[str]) -> None:
        """Count a row without a problem, and the columns that say something in it."""
        self._rows_read += 1
        self._filled.update(filled)

    def count_problems(self, problems: Sequence[RowProblem]) -> None:
        """Count a row with these problems."""
        self._rows_read += 1
        self._rows_with_problems += 1
        self._by_column.update(problem.column for problem in problems)
        self._problems.extend(problems[: PROBLEMS_KEPT - len(self._problems)])

    def build(self) -> ImportReport:
        return ImportReport(
            rows_read=self._rows_read,
            rows_with_problems=self._rows_with_problems,
            problem_count=self._by_column.total(),
            problems=tuple(self._problems),
            problems_by_column=dict(self._by_column.most_common()),
            filled=dict(self._filled),
        )


def format_report(report: ImportReport) -> str:
    """Return the report for a terminal, lines of at most 80 characters.

    What to mend stands last, where the eye is. Problems with one cause stand together, the one
    that most lines share first.
    """
    return "\n".join(
        [*_totals(report), *_completeness(report), *_problems(report), ""],
    )


def _totals(report: ImportReport) -> Iterator[str]:
    yield f"Rows read:             {report.rows_read:>9,}"
    yield f"Rows without problems: {report.rows_without_problems:>9,}"
    yield f"Rows with problems:    {report.rows_with_problems:>9,}"


def _problems(report: ImportReport) -> Iterator[str]:
    if not report.problem_count:
        return
    yield ""
    yield "Problems by column"
    for column, count in report.problems_by_column.items():
        yield f"  {column:<{_NAME_WIDTH}} {count:>9,}"
    yield ""
    yield "What to mend"
    for (column, reason), lines in _grouped(report.problems):
        yield from _wrapped(f"{column}: {reason}", "  ")
        yield from _wrapped(f"{'lines' if len(lines) > 1 else 'line'} {_ranges(lines)}", "      ")
    if len(report.problems) < report.problem_count:
        yield ""
        yield (
            f"These are the first {len(report.problems):,} of {report.problem_count:,} problems: "
            "mend them and read again."
        )


def _grouped(problems: Sequence[RowProblem]) -> list[tuple[tuple[str, str], list[int]]]:
    groups: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for problem in problems:
        groups[problem.column, problem.reason].append(problem.line)
    return sorted(groups.items(), key=lambda group: (-len(group[1]), group[1][0]))


def _ranges(lines: Sequence[int]) -> str:
    """Return "5, 9, 12-14" for ascending line numbers."""
    ranges: list[tuple[int, int]] = []
    for line in lines:
        if ranges and line == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], line)
        else:
            ranges.append((line, line))
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + "  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _completeness(report: ImportReport) -> Iterator[str]:
    rows = report.rows_without_problems
    if not rows:
        return
    yield ""
    yield f"How complete the {rows:,} rows without problems are"
    for column in COLUMNS:
        count = report.filled[column]
        # Rounded down: 100 % is said of all rows only.
        yield f"  {column:<{_NAME_WIDTH}} {count:>9,} {100 * count // rows:>4} %"
