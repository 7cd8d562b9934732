"""Whether a file with problems is loaded, by how much of it would be lost (spec 80 §3)."""

from node.records.importing.report import ImportReport

MOST_REJECTED_PERCENT = 2.0
"""Share of the rows that may be left out, unless the steward says otherwise."""

MOST_LEFT_EMPTY_SHARE = 0.5
LEAST_GUARDED_CELLS = 20
"""A column of which more than this share is left empty is taken for a wrong one."""


def why_refused(report: ImportReport, most_rejected_percent: float) -> str:
    """Return why a file is not loaded and what to do, "" if it may be.

    A limit of 0 refuses any problem, a field left empty too. A faulty line that is no row, of a
    contact directory for instance, counts like a row.
    """
    if not report.problem_count:
        return ""
    if not most_rejected_percent:
        return "with --most-rejected 0 every row has to be right"
    if not report.rows_taken:
        return "no row of the file can be used"
    left_out = report.rows_left_out + report.lines_not_used
    read = report.rows_read + report.lines_not_used
    if 100 * left_out > most_rejected_percent * read:
        rows = "rows and other lines" if report.lines_not_used else "rows"
        return (
            f"{left_out:,} of {read:,} {rows} would be left out, more than "
            f"the {most_rejected_percent:g} % that --most-rejected allows"
        )
    wrong = [column for column in report.left_empty if _is_wrong(report, column)]
    if wrong:
        return f"most of what stands in {', '.join(wrong)} cannot be used, as of a wrong column"
    return ""


def why_a_register(rows: int, rows_of_other_sources: int, declared_records: int) -> str:
    """Return why a file is more than a member may hold, "" if it is not.

    What the directory declares, for everybody to see, is a ceiling: no school roll or list of
    patients is loaded.
    """
    if rows + rows_of_other_sources <= declared_records:
        return ""
    beside = f" beside {rows_of_other_sources:,} of other sources" if rows_of_other_sources else ""
    return (
        f"the file has {rows:,} rows{beside}, and this member's declared records in the directory "
        f"are {declared_records:,}. Load open and recently closed involvements only, never a whole "
        "register; if the service itself has grown, ask a directory signer to raise them"
    )


def _is_wrong(report: ImportReport, column: str) -> bool:
    left_empty = report.left_empty[column]
    filled = report.filled.get(column, 0)
    return left_empty >= LEAST_GUARDED_CELLS and left_empty > MOST_LEFT_EMPTY_SHARE * (
        left_empty + filled
    )
