"""Synthetic council files."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from node.records.importing.columns import COLUMNS

TODAY = date(2025, 6, 15)

ROW = {
    "case_reference": "C-1",
    "surname": "Smith",
    "forename": "Mary",
    "date_of_birth": "04/03/2015",
    "involvement": "child in need",
    "last_updated": "2025-06-01",
    "team": "Family Support North",
    "telephone": "020 7946 0000",
}
"""The required columns."""


def row(**cells: str) -> dict[str, str]:
    """Return the row of Mary Smith with these cells instead of her own."""
    return ROW | cells


def rows(number: int) -> list[dict[str, str]]:
    """Return rows that differ in their case reference."""
    return [row(case_reference=f"C-{place}") for place in range(1, number + 1)]


def csv_text(rows: Sequence[Mapping[str, str]], delimiter: str = ",") -> str:
    """Return a file with the columns that any of the rows has; line 1 is the header."""
    used = [column for column in COLUMNS if any(column in row for row in rows)]
    out = io.StringIO()
    writer = csv.DictWriter(out, used, restval="", delimiter=delimiter, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def write(folder: Path, content: str | bytes) -> Path:
    path = folder / "export.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path
