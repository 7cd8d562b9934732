"""What `whoelse-node import` is told, and what it reads of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import typer
from pydantic import ValidationError

from node.cli.reporting import Said
from node.clock import local_day, system_clock
from node.errors import ImportRefusedError
from node.folder import Folder
from node.records.importing.acceptance import MOST_REJECTED_PERCENT, why_refused
from node.records.importing.column_map import load_map
from node.records.importing.columns import required_columns
from node.records.importing.content import FileContent
from node.records.importing.report_text import format_report
from node.records.importing.shared_addresses import read_list
from node.records.importing.sources.formats import PLAIN, NamedSource, read_source
from node.records.quality import load_quality, measure
from node.records.quality_table import format_quality
from protocol.directory.document import Registration

_SOURCE = re.compile("[A-Za-z0-9][A-Za-z0-9 _.-]{0,39}")


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What is to be loaded, and how. `statuses` and `contacts` are laid over it."""

    file: Path
    source: str = "main"
    sheet: int | None = None
    most_rejected_percent: float = MOST_REJECTED_PERCENT
    replace: bool = False
    report: Path | None = None
    format: str = PLAIN
    statuses: Path | None = None
    contacts: Path | None = None
    erase_missing: bool = False

    @property
    def required(self) -> Sequence[str]:
        """Columns that a plain file has to have."""
        return required_columns(self.contacts is not None)

    @property
    def files(self) -> Sequence[Path]:
        """Everything that is read."""
        return [file for file in (self.file, self.statuses, self.contacts) if file]


def map_path(folder: Path, source: str) -> Path:
    """Return where a source's column map is, if it has one.

    Raises:
        ImportRefusedError: no name for a source.
    """
    if not _SOURCE.fullmatch(source):
        raise ImportRefusedError(
            "--source is a name of at most 40 letters, digits, spaces, points and hyphens"
        )
    return Folder(folder).column_map(source)


def read(folder: Path, options: ImportOptions, said: Said) -> tuple[FileContent, str]:
    """Return what is to be loaded, and why it is refused, "" if it may be; print how complete it
    is, unless it is refused, and what to mend.

    Raises:
        ImportRefusedError: it cannot be used as a whole.
        SettingsError: the column map, or the list of shared addresses, is none.
    """
    path = map_path(folder, options.source)
    source = NamedSource(
        options.file,
        options.format,
        options.statuses,
        options.contacts,
        load_map(path, options.required) if options.format == PLAIN else None,
        options.sheet,
    )
    content = read_source(source, today(), read_list(Folder(folder).shared_addresses))
    said.report = content.report
    why = why_refused(content.report, options.most_rejected_percent)
    if not why:
        # Of a file that is refused a column may be a wrong one: nothing of it is named.
        said.quality = measure(content, today(), _general_lines(Folder(folder)))
        said.quality_before = load_quality(Folder(folder).quality(options.source))
        typer.echo(format_quality(said.quality, said.quality_before))
    typer.echo(format_report(content.report))
    return content, why


def _general_lines(folder: Folder) -> Sequence[str]:
    """Return the council's own telephone numbers, none where no node has been made yet."""
    try:
        registration = Registration.model_validate_json(folder.registration.read_bytes())
    except (OSError, ValidationError):
        return ()
    return registration.duty_line, registration.out_of_hours_line


def today() -> date:
    return local_day(system_clock())
