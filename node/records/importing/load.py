"""A whole file into typed rows and a report, and what an unchanged row is recognised by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from node.records.importing.problems import WHOLE_ROW, RowProblem
from node.records.importing.report import ImportReport, ReportBuilder
from node.records.importing.rows import ParsedRow, RowReading, read_row
from node.records.importing.table import TableRow, read_table
from node.store_key import StoreKey
from protocol import labels
from protocol.matching.keys import record_keys
from protocol.messages.vocabulary import InvolvementKind


@dataclass(frozen=True, slots=True, repr=False)
class FileContent:
    """The rows without a problem, in the file's order, and the report on all of them.

    Whether a file with problems is loaded is for the caller to say: `report.problem_count`.
    """

    rows: Sequence[ParsedRow]
    report: ImportReport


def read_file(path: Path, today: date) -> FileContent:
    """Return what a council's file says; row problems are in the report.

    Raises:
        ImportRefusedError: the file cannot be used as a whole.
    """
    rows: list[ParsedRow] = []
    builder = ReportBuilder()
    first_lines: dict[tuple[str, InvolvementKind], int] = {}
    for row in read_table(path):
        if isinstance(row, RowProblem):
            builder.count_problems([row])
            continue
        reading = read_row(row, today)
        problems = [*reading.problems, *_duplicate(row, reading, first_lines)]
        if problems or reading.parsed is None:
            builder.count_problems(problems)
        else:
            builder.count_row(reading.filled)
            rows.append(reading.parsed)
    return FileContent(rows, builder.build())


def fingerprints(row: ParsedRow, store_key: StoreKey, source: str) -> tuple[bytes, bytes]:
    """Return a row's source key and content key, 32 bytes each.

    The source key says which row of which source it is; the content key changes with anything that
    would be stored. Neither depends on the OPRF key: where that changed, nothing is unchanged.
    """
    case_reference = row.case_reference.encode()
    source_key = store_key.fingerprint(
        labels.STORE_SOURCE_ID,
        source.encode(),
        case_reference,
        bytes([row.involvement.kind]),
    )
    content_key = store_key.fingerprint(
        labels.STORE_CONTENT,
        *(key.oprf_input for key in record_keys(row.identity)),
        row.involvement.encode(),
        case_reference,
    )
    return source_key, content_key


def _duplicate(
    row: TableRow, reading: RowReading, first_lines: dict[tuple[str, InvolvementKind], int]
) -> list[RowProblem]:
    """Return the problem of a row that repeats an earlier one's case and involvement."""
    if reading.key is None:
        return []
    first_line = first_lines.setdefault(reading.key, row.line)
    if first_line == row.line:
        return []
    reason = (
        f"line {first_line} has the same case_reference and involvement: keep one of the two rows, "
        "or give each child a reference of its own"
    )
    return [RowProblem(row.line, WHOLE_ROW, reason)]
