"""`whoelse-node import --map`: which column of an export is which, asked once at a terminal.

All that is shown of the file, its headings, words and first rows, is shown here alone. Written is
the column map: headings, and words for kinds and states.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

import typer
from pydantic import ValidationError

from node.cli.map_answers import AnswerError, MapDraft
from node.cli.reading import ImportOptions, map_path, today
from node.errors import ImportRefusedError
from node.records.importing.cells import CellError
from node.records.importing.column_map import IGNORABLE, IGNORE, VALUES, ColumnMap, write_map
from node.records.importing.columns import COLUMNS, normalise_word
from node.records.importing.guessing import guess_places
from node.records.importing.header import FEWEST_KNOWN, NO_NAMES
from node.records.importing.layout import mapped_layout
from node.records.importing.nothing import is_nothing
from node.records.importing.problems import Note
from node.records.importing.rows import read_row
from node.records.importing.sources.formats import PLAIN
from node.records.importing.table import Found, Table, find_headings
from node.records.importing.table_row import TableRow
from protocol.messages.vocabulary import InvolvementKind
from protocol.validation import first_problem

ROWS_SHOWN = 10
MANY_WORDS = 30
"""Of more different words than these another column may have been meant: that is asked first."""

NO_MORE = "-"

_CHOICES: dict[str, Sequence[str]] = {
    "involvement": [kind.name.lower().replace("_", " ") for kind in InvolvementKind],
    "status": ("open", "closed"),
    "lead_practitioner": ("yes", "no"),
}


def make_map(folder: Path, options: ImportOptions) -> bool:
    """Ask for a source's column map and write it; False if it was not to be written.

    Raises:
        ImportRefusedError: a format whose columns are known, no terminal, no such folder, or a
            file that cannot be used.
    """
    file, source = options.file, options.source
    path = map_path(folder, source)
    if options.format != PLAIN:
        raise ImportRefusedError(
            f"--map is for CSV and Excel: --format {options.format} needs none"
        )
    if not at_terminal():
        raise ImportRefusedError("--map asks, and shows rows: run it at a terminal")
    if not folder.is_dir():
        raise ImportRefusedError(f"there is no folder {folder}: make a node there first")
    found = find_headings(file, options.sheet)
    headings = [" ".join(heading.split()) for heading in found.header.headings]
    typer.echo(f"Read as {found.description}.\n\nThe columns of the file:")
    for number, heading in enumerate(headings, start=1):
        typer.echo(f"  {number:>3}  {heading or '(no heading)'}")
    if len(guess_places(headings)) < FEWEST_KNOWN and not typer.confirm(
        "\nAre these the names of columns?", default=False
    ):
        raise ImportRefusedError(NO_NAMES)
    column_map = _ask(found, headings, options.required)
    typer.echo("\nSo the first rows are read:")
    for line in _preview(Table(found, mapped_layout(column_map, found.header))):
        typer.echo(line)
    again = "Replace" if path.exists() else "Write"
    if not typer.confirm(f"\n{again} the column map {path}?", default=True):
        typer.echo("Nothing was written.")
        return False
    write_map(path, column_map)
    contacts = f" --contacts {options.contacts}" if options.contacts else ""
    typer.echo(
        f"Now try it: whoelse-node import {folder} {file} --source {source!r}{contacts} --check"
    )
    return True


def at_terminal() -> bool:
    """Return whether somebody sits there who may see rows."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _ask(found: Found, headings: Sequence[str], required: Sequence[str]) -> ColumnMap:
    draft = MapDraft(headings, guess_places(headings))
    typer.echo(
        "\nWhich of them is what? Give its number, or several as 3+4 to be joined; or = and a text "
        "that is\nthe same for every row, as in = Front door."
    )
    for column in required:
        _ask_one(draft, column)
    typer.echo("\nThe others:")
    for column in [column for column in COLUMNS if column not in required]:
        typer.echo(f"  {column:<24}{draft.shown(column)}")
    while entry := typer.prompt(
        "Change one, as in postcode 7 (postcode - leaves it out); Enter when right",
        default="",
        show_default=False,
    ).strip():
        column, _, answer = entry.partition(" ")
        _try(draft, normalise_word(column), answer)
    if not typer.confirm("Is 04/03 the 4th of March (day first)?", default=True):
        draft.date_order = "month_first"
    for column in VALUES:
        _ask_words(draft, found, column)
    return _map_of(draft)


def _ask_one(draft: MapDraft, column: str) -> None:
    while True:
        answer = typer.prompt(f"  {column}", default=draft.shown(column), show_default=True)
        if answer.strip() == "-":
            typer.echo("  every row needs one: give a number, or = and a text", err=True)
        elif _try(draft, column, answer):
            return


def _try(draft: MapDraft, column: str, answer: str) -> bool:
    try:
        draft.set(column, answer.strip())
    except AnswerError as problem:
        typer.echo(f"  {problem}", err=True)
        return False
    return True


def _ask_words(draft: MapDraft, found: Found, column: str) -> None:
    """Ask what each word of a column means that is none of ours."""
    words = _unknown_words(draft, found, column)
    if not words:
        return
    if len(words) > MANY_WORDS and not _is_meant(draft, column, len(words)):
        typer.echo(f"Then make the map again, and give {column} another column.")
        return
    typer.echo(
        f"\nWhat do these words in {column} mean? The ones that most rows have come first. After "
        f"Enter\ntheir rows are faulty; {NO_MORE} ends it, and so are the rows of all the rest."
    )
    choices = [*_CHOICES[column], *([IGNORE] if column in IGNORABLE else [])]
    for number, choice in enumerate(choices, start=1):
        meaning = ": their rows are not loaded, and no fault" if choice == IGNORE else ""
        typer.echo(f"  {number:>3}  {choice}{meaning}")
    for word, rows in words.items():
        choice = _ask_choice(f"{word} ({rows:,} {'rows' if rows > 1 else 'row'})", choices)
        if choice == NO_MORE:
            return
        if choice:
            draft.words.setdefault(column, {})[word] = choice


def _is_meant(draft: MapDraft, column: str, words: int) -> bool:
    heading = draft.shown(column)
    return typer.confirm(
        f"\n{column}: {words:,} different words are none of ours. Is column {heading} the right "
        "one?",
        default=False,
    )


def _ask_choice(word: str, choices: Sequence[str]) -> str:
    """Return one of the choices, by its number or in its words; "" for none, or `NO_MORE`."""
    while True:
        typed = typer.prompt(f"  {word}", default="", show_default=False).strip()
        answer = normalise_word(typed).replace("_", " ")
        if not answer or typed == NO_MORE or answer in choices:
            return typed if typed == NO_MORE else answer
        if answer.isdecimal() and 1 <= int(answer) <= len(choices):
            return choices[int(answer) - 1]
        typer.echo(
            f"  a number from 1 to {len(choices)}, or its words, or Enter, or {NO_MORE}", err=True
        )


def _unknown_words(draft: MapDraft, found: Found, column: str) -> Mapping[str, int]:
    """Return the words of a column that are none of ours, and how many rows have each."""
    if column not in draft.places:
        return {}
    spellings: dict[str, str] = {}
    rows: Counter[str] = Counter()
    for row in Table(found, mapped_layout(_map_of(draft), found.header)).rows():
        text = row.cells.get(column, "") if isinstance(row, TableRow) else ""
        if text and _is_unknown(column, text):
            rows[spellings.setdefault(normalise_word(text), text)] += 1
    return dict(rows.most_common())


def _is_unknown(column: str, text: str) -> bool:
    try:
        VALUES[column]("" if is_nothing(text) else text)
    except CellError:
        return True
    return False


def _map_of(draft: MapDraft) -> ColumnMap:
    try:
        return draft.column_map()
    except ValidationError as error:
        raise ImportRefusedError(f"this makes no column map: {first_problem(error)}") from None


def _preview(table: Table) -> Iterator[str]:
    columns = [*table.layout.places, *table.layout.constants]
    yield f"  line: {' | '.join(columns)}"
    rows = (row for row in table.rows() if not isinstance(row, Note))
    for row in islice(rows, ROWS_SHOWN):
        if not isinstance(row, TableRow):
            yield f"  {row.line}: {row.reason}"
            continue
        yield f"  {row.line}: {' | '.join(row.cells.get(column, '') for column in columns)}"
        for problem in read_row(row, today()).problems:
            yield f"      {problem.column}: {problem.reason} ({problem.done})"
