"""What is typed at a terminal, asked for again until it can be used."""

import typer


def prompt_text(words: str, most_bytes: int, default: str | None = None, least: int = 0) -> str:
    """Return a line of printable text of `least` characters to `most_bytes`."""
    while True:
        text = str(typer.prompt(words, default=default, show_default=False)).strip()
        if least <= len(text) and len(text.encode()) <= most_bytes and text.isprintable():
            return text
        typer.echo(f"  {least} to {most_bytes} printable characters", err=True)


def prompt_number(words: str, most: int) -> int | None:
    """Return a number from 1, None where Enter alone was typed."""
    while True:
        text = str(typer.prompt(words, default="", show_default=False)).strip()
        if not text:
            return None
        if text.isdecimal() and 1 <= int(text) <= most:
            return int(text)
        typer.echo(f"  a number from 1 to {most}", err=True)
