"""What `whoelse-node import` says: at the terminal, and in the report's file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from node.errors import NodeError
from node.records.importing.report import ImportReport
from node.records.importing.report_file import Outcome, check_report_path, write_report
from node.records.quality import Quality
from protocol.errors import ProtocolError


class Said:
    """What was printed, for the report's file."""

    def __init__(self) -> None:
        self.report: ImportReport | None = None
        self.is_loaded = False
        self.quality: Quality | None = None
        self.quality_before: Quality | None = None
        self.sentences: list[str] = []

    def outcome(self) -> Outcome:
        return Outcome(
            self.is_loaded, self.sentences, self.report, self.quality, self.quality_before
        )

    def say(self, sentence: str) -> None:
        self.sentences.append(sentence)
        typer.echo(sentence)


@contextmanager
def reporting(report: Path | None, *files: Path) -> Iterator[Said]:
    """Write the report's file at the end, however it ends."""
    if report is not None:
        check_report_path(report, *files)
    said = Said()
    try:
        yield said
    except (NodeError, ProtocolError) as error:
        if not said.is_loaded:
            said.sentences.append(f"Nothing was loaded: {error}.")
        raise
    finally:
        if report is not None:
            write_report(report, said.outcome())
