"""What is typed at a terminal, asked for again until it can be used."""

from collections.abc import Sequence

import typer


def prompt_text(words: str, most_bytes: int, default: str | None = None, least: int = 0) -> str:
    """Return a line of printable text of `least` characters to `most_bytes`."""
    while True:
        text = str(typer.prompt(words, default=default, show_default=False)).strip()
        if least <= len(text) and len(text.encode()) <= most_bytes and text.isprintable():
            return text
        typer.echo(f"  {least} to {most_bytes} printable characters", err=True)


def prompt_choice(choices: Sequence[str], words: str) -> int | None:
    """List what there is to choose from; return a place in it, None where Enter alone was typed."""
    for number, choice in enumerate(choices, start=1):
        typer.echo(f"{number:>3}  {choice}")
    while True:
        text = str(typer.prompt(words, default="", show_default=False)).strip()
        if not text:
            return None
        if text.isdecimal() and 1 <= int(text) <= len(choices):
            return int(text) - 1
        typer.echo(f"  a number from 1 to {len(choices)}", err=True)
