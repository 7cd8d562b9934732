"""`whoelse-node quality`: how complete what was loaded last is, source by source."""

import json
from pathlib import Path

import typer

from node.folder import Folder
from node.records.quality import load_quality
from node.records.quality_table import format_quality


def show_quality(folder: Path, json_output: bool) -> None:
    """Print the counts of each source's last load."""
    qualities = {
        source: quality
        for source in Folder(folder).measured_sources()
        if (quality := load_quality(Folder(folder).quality(source))) is not None
    }
    if json_output:
        content = {source: quality.model_dump() for source, quality in qualities.items()}
        typer.echo(json.dumps(content))
        return
    if not qualities:
        typer.echo("Nothing has been loaded here yet.")
    for source, quality in qualities.items():
        typer.echo(f"Source {source}\n\n{format_quality(quality, None)}")
