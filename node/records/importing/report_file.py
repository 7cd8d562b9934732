"""The report as a file: text to read, CSV to sort, JSON for a program. Row by row, no values."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from node.errors import ImportRefusedError
from node.files import replace_file
from node.records.importing.places import Place, on_line
from node.records.importing.report import ImportReport
from node.records.importing.report_text import format_report, wrap
from node.records.quality import Quality
from node.records.quality_table import format_quality, parts, without_duty_line

_FORMULA = tuple("=+-@\t\r")
"""A cell that begins so is run by a spreadsheet as a formula."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file, in sentences; `report` is None where it was refused unread."""

    is_loaded: bool
    sentences: Sequence[str]
    report: ImportReport | None
    quality: Quality | None = None
    quality_before: Quality | None = None
    """Of the source's last load."""


def check_report_path(path: Path, *files: Path) -> None:
    """Check where a report is to be written.

    Raises:
        ImportRefusedError: not one of the three forms, no such folder, or a file to be read.
    """
    if path.suffix.lower() not in _FORMATS:
        raise ImportRefusedError(f"--report writes one of: {', '.join(_FORMATS)}")
    if not path.parent.is_dir():
        raise ImportRefusedError(f"--report: there is no folder {path.parent}")
    if path.exists() and any(file.exists() and path.samefile(file) for file in files):
        raise ImportRefusedError("--report would overwrite the file to load: give another name")


def write_report(path: Path, outcome: Outcome) -> None:
    """Write a report in the form of its suffix, readable by its owner alone."""
    replace_file(path, _FORMATS[path.suffix.lower()](outcome).encode())


def _as_text(outcome: Outcome) -> str:
    lines = [line for sentence in outcome.sentences for line in wrap(sentence)]
    report = f"{format_report(outcome.report, ranges_shown=None)}\n" if outcome.report else ""
    before = outcome.quality_before
    quality = f"{format_quality(outcome.quality, before)}\n" if outcome.quality else ""
    return quality + report + "".join(f"{line}\n" for line in lines)


def _as_csv(outcome: Outcome) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(("line", "column", "what to mend", "what was done"))
    report = outcome.report
    for problem in report.problems if report else ():
        cells = (_where(problem.place), problem.name, problem.reason, problem.done)
        writer.writerow(map(_plain, cells))
    if report and len(report.problems) < report.problem_count:
        more = f"and {report.problem_count - len(report.problems)} more problems"
        writer.writerow(("", "file", more, ""))
    for text, count in report.notes.items() if report else ():
        writer.writerow(("", "note", f"{count} {text}", ""))
    for about, counted in _quality_rows(outcome):
        writer.writerow(("", "quality", _plain(about), counted))
    for sentence in outcome.sentences:
        writer.writerow(("", "file", _plain(sentence), ""))
    # The mark tells Excel that it is UTF-8.
    return "\ufeff" + out.getvalue()


def _quality_rows(outcome: Outcome) -> Iterator[tuple[str, str]]:
    """Give what is counted, and how many of how many rows or teams it is, now and before."""
    if outcome.quality is None:
        return
    for part in parts(outcome.quality, outcome.quality_before):
        for name, count in part.now.items():
            before = f", {part.then.get(name, 0)} before" if outcome.quality_before else ""
            yield f"{part.heading}: {name}", f"{count} of {part.of}{before}"
    for team in without_duty_line(outcome.quality):
        yield team, "team without a duty line of its own"


def _where(place: Place) -> str:
    """Return a plain file's line as a number alone, to sort by."""
    return str(place.number if place == on_line(place.number) else place)


def _plain(cell: object) -> str:
    text = str(cell)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _as_json(outcome: Outcome) -> str:
    content: dict[str, object] = {
        "loaded": outcome.is_loaded,
        "said": list(outcome.sentences),
    }
    if outcome.report:
        content |= _report_json(outcome.report)
    if outcome.quality:
        content["quality"] = outcome.quality.model_dump()
    if outcome.quality_before:
        content["quality_before"] = outcome.quality_before.model_dump()
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _report_json(report: ImportReport) -> dict[str, object]:
    return {
        "read_as": report.description,
        "rows_read": report.rows_read,
        "rows_taken": report.rows_taken,
        "rows_left_out": report.rows_left_out,
        "rows_repeated": report.rows_repeated,
        "rows_over": report.rows_over,
        "lines_not_used": report.lines_not_used,
        "notes": report.notes,
        "problem_count": report.problem_count,
        "problems": [
            {
                **({"within": problem.place.within} if problem.place.within else {}),
                problem.place.unit: problem.place.number,
                "column": problem.name,
                "what_to_mend": problem.reason,
                "what_was_done": problem.done,
            }
            for problem in report.problems
        ],
        "filled": report.filled,
    }


_FORMATS: Mapping[str, Callable[[Outcome], str]] = {
    ".txt": _as_text,
    ".csv": _as_csv,
    ".json": _as_json,
}
