"""What was read and what to mend in it, for a data steward; no values."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from node.records.importing.columns import COLUMNS
from node.records.importing.problems import Done, Note, RowProblem
from node.records.importing.rows import RowSays

PROBLEMS_KEPT = 100_000
"""Most problems that a report holds one by one; all are counted."""

_OVER = Note("involvements that no node answers of any more (a year after closing, age): left out")


@dataclass(frozen=True, slots=True)
class ImportReport:
    """How a file was read.

    `filled` counts, for each column, the rows taken that say something there: "not known" in a
    surname, or ten zeros for an NHS number, do not.
    """

    description: str
    """Such as "Windows-1252 text, separated by semicolons, header in line 3"."""
    rows_read: int
    rows_taken: int
    rows_left_out: int
    """Without those that say the same as another row, which is taken."""
    problem_count: int
    problems: tuple[RowProblem, ...]
    """The first `PROBLEMS_KEPT`, in the file's order."""
    problems_by_column: Mapping[str, int]
    left_empty: Mapping[str, int]
    """By column, the rows taken without what stood there."""
    filled: Mapping[str, int]
    placeholders: Mapping[str, int] = field(default_factory=dict)
    """By column, the rows taken where a word for "not known" stands, or a number that is none."""
    proxy_dates: Mapping[str, int] = field(default_factory=dict)
    """By column, the rows taken where a date stands for none."""
    rows_over: int = 0
    """Rows that are right and that no node answers of any more."""
    lines_not_used: int = 0
    """Faulty lines that are no rows: of a contact directory, a census, a table beside the rows."""
    notes: Mapping[str, int] = field(default_factory=dict)
    """What was left out or settled and is no fault, and how often."""

    @property
    def rows_repeated(self) -> int:
        return self.rows_read - self.rows_taken - self.rows_left_out - self.rows_over


@dataclass(slots=True)
class ReportBuilder:
    """Counts rows as they are read."""

    _rows_read: int = 0
    _rows_taken: int = 0
    _rows_left_out: int = 0
    _problems: list[RowProblem] = field(default_factory=list)
    _by_column: Counter[str] = field(default_factory=Counter)
    _left_empty: Counter[str] = field(default_factory=Counter)
    _filled: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(COLUMNS, 0)))
    _placeholders: Counter[str] = field(default_factory=Counter)
    _proxy_dates: Counter[str] = field(default_factory=Counter)
    _rows_over: int = 0
    _lines_not_used: int = 0
    _notes: Counter[str] = field(default_factory=Counter)

    def count(self, problems: Sequence[RowProblem], says: RowSays | None) -> None:
        """Count a row, its problems, and if it is taken what its columns say."""
        self._rows_read += 1
        self._add(problems)
        if says is not None:
            self._rows_taken += 1
            self._filled.update(says.filled)
            self._placeholders.update(says.placeholders)
            self._proxy_dates.update(says.proxy_dates)
            self._left_empty.update({problem.column for problem in problems})
        elif any(problem.done is Done.LEFT_OUT for problem in problems):
            self._rows_left_out += 1

    def count_over(self) -> None:
        """Count a row that no node answers of any more: nothing in it is to be mended."""
        self._rows_read += 1
        self._rows_over += 1
        self.note(_OVER)

    def count_not_used(self, problem: RowProblem) -> None:
        """Count a faulty line that is no row."""
        self._lines_not_used += 1
        self._add([problem])

    def note(self, note: Note) -> None:
        self._notes[note.text] += note.count

    def _add(self, problems: Sequence[RowProblem]) -> None:
        self._by_column.update(problem.name for problem in problems)
        self._problems.extend(problems[: PROBLEMS_KEPT - len(self._problems)])

    def build(self, description: str = "") -> ImportReport:
        return ImportReport(
            description=description,
            rows_read=self._rows_read,
            rows_taken=self._rows_taken,
            rows_left_out=self._rows_left_out,
            problem_count=self._by_column.total(),
            problems=tuple(self._problems),
            problems_by_column=dict(self._by_column.most_common()),
            left_empty=dict(self._left_empty),
            filled=dict(self._filled),
            placeholders=dict(self._placeholders.most_common()),
            proxy_dates=dict(self._proxy_dates.most_common()),
            rows_over=self._rows_over,
            lines_not_used=self._lines_not_used,
            notes=dict(self._notes),
        )
