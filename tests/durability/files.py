"""Two files of one council: the child that all ask about first is in the old one, the other child
in the new one, and half of the rest in both."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.node.records.importing.files import csv_text, row
from tests.node.small_federation import ENTRIES, STRANGER_ENTRIES

Rows = Sequence[Mapping[str, str]]

_KEPT = [row(case_reference=f"KEPT-{number}", forename=f"Kept{number}") for number in range(6)]
OLD_FILE: Rows = [
    row(case_reference="OLD-CHILD", **ENTRIES),
    *(row(case_reference=f"OLD-{number}", forename=f"Old{number}") for number in range(6)),
    *_KEPT,
]
NEW_FILE: Rows = [
    row(case_reference="NEW-CHILD", **STRANGER_ENTRIES),
    *(row(case_reference=f"NEW-{number}", forename=f"New{number}") for number in range(6)),
    *_KEPT,
]


def write_file(path: Path, rows: Rows) -> Path:
    path.write_text(csv_text(rows))
    return path


def write_enquiry(path: Path) -> Path:
    """Write a question about the child of the old file."""
    who = {"name": "Test Practitioner", "telephone": "0113 496 0222"}
    path.write_text(json.dumps({"child": ENTRIES, "purpose": 1, "who": who}))
    return path


def case_references(rows: Rows) -> set[str]:
    return {row["case_reference"] for row in rows}
