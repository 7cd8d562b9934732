"""Made-up examples of every source, with the faults that public samples have, and altered ones."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from node.records.importing.content import FileContent
from node.records.importing.rows import ParsedRow
from node.records.importing.sources.formats import NamedSource, read_source

TODAY = date(2025, 6, 15)
EXAMPLES = Path(__file__).parent / "examples"

SSD = "standard-safeguarding-dataset"
CSC = "csc-api"


@dataclass(frozen=True)
class Files:
    """Copies of the examples in a test's own folder, to be altered."""

    folder: Path

    @property
    def ssd(self) -> NamedSource:
        return NamedSource(self.folder / "ssd", SSD, contacts=self.contacts)

    @property
    def csc(self) -> NamedSource:
        return NamedSource(self.folder / "csc-api.json", CSC, contacts=self.contacts)

    @property
    def census(self) -> Path:
        return self.folder / "cin-census.xml"

    @property
    def contacts(self) -> Path:
        return self.folder / "contacts.csv"

    def table(self, name: str) -> Path:
        return self.folder / "ssd" / f"{name}.csv"

    def replace(self, name: str, old: str, new: str) -> None:
        """Write `new` for the one place of a file where `old` stands."""
        path = self.folder / name
        text = path.read_bytes().decode()
        assert text.count(old) == 1, f"{text.count(old)} times in {name}"
        path.write_bytes(text.replace(old, new).encode())


def copied(folder: Path) -> Files:
    """Return copies of all examples."""
    shutil.copytree(EXAMPLES, folder, dirs_exist_ok=True)
    return Files(folder)


def read(source: NamedSource) -> FileContent:
    return read_source(source, TODAY)


def row_of(content: FileContent, case_reference: str, kind: str = "") -> ParsedRow:
    """Return the one row of a child, or of a child and kind."""
    [row] = [
        row
        for row in content.rows
        if row.case_reference == case_reference and kind in ("", row.involvement.kind_name.upper())
    ]
    return row


Alter = Callable[[Files], None]
