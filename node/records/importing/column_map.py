"""A source's column map: where our columns stand in its export, and what its words mean."""

import json
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from node.errors import ImportRefusedError
from node.files import replace_file
from node.records.importing import cells
from node.records.importing.cleaning import DateOrder
from node.records.importing.columns import COLUMNS, REQUIRED, normalise_word, or_contacts
from protocol.validation import first_problem

CONSTANTS = (
    "involvement",
    "status",
    "lead_practitioner",
    "covers",
    "organisation",
    "team",
    "role",
    "worker_name",
    "telephone",
    "out_of_hours_telephone",
    "email",
)
"""Columns that may be one text for a whole file: nothing of a child is among them."""

VALUES: Mapping[str, Callable[[str], object]] = {
    "involvement": cells.parse_kind,
    "status": cells.parse_is_closed,
    "lead_practitioner": cells.parse_yes_or_no,
}
"""Columns with words of ours, into which a table may turn theirs."""

IGNORE = "ignore"
"""Stands for ours where a row with their word is not to be loaded, and is no fault."""

IGNORABLE = ("involvement", "status")


def _as_tuple(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Heading = Annotated[str, Field(min_length=1, max_length=200)]
Headings = Annotated[
    tuple[Heading, ...], BeforeValidator(_as_tuple), Field(min_length=1, max_length=10)
]


class ColumnMap(BaseModel):
    """Our column -> their heading, or several whose cells are joined; the rest is optional."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    date_order: DateOrder = "day_first"
    columns: dict[str, Headings]
    constants: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}

    @model_validator(mode="after")
    def _check(self) -> "ColumnMap":
        _check_names("columns", self.columns, COLUMNS)
        _check_names("constants", self.constants, CONSTANTS)
        _check_names("values", self.values, tuple(VALUES))
        twice = [name for name in self.constants if name in self.columns]
        if twice:
            raise ValueError(f"{twice[0]} is both a column and a constant: keep one of them")
        for column, words in self.values.items():
            _check_words(column, list(words.values()))
        return self

    def given(self) -> frozenset[str]:
        """Return the columns of ours that have something."""
        return frozenset(self.columns.keys() | self.constants.keys())

    def headings(self) -> frozenset[str]:
        """Return every heading that the map names, as `normalise_word` writes it."""
        named = (heading for headings in self.columns.values() for heading in headings)
        return frozenset(map(normalise_word, named))


def load_map(path: Path, required: Sequence[str] = REQUIRED) -> ColumnMap | None:
    """Return the column map of a file, None where there is none.

    Raises:
        ImportRefusedError: it cannot be read, is not of the form, or lacks what is required; says
            where.
    """
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ImportRefusedError(f"cannot read {path}: {error.strerror}") from None
    except ValueError as error:
        raise ImportRefusedError(f"{path}: not TOML: {error}") from None
    try:
        column_map = ColumnMap.model_validate(content)
    except ValidationError as error:
        raise ImportRefusedError(f"{path}: {first_problem(error)}") from None
    if missing := [name for name in required if name not in column_map.given()]:
        raise ImportRefusedError(f"{path}: columns: add {', '.join(missing)}{or_contacts(missing)}")
    return column_map


def write_map(path: Path, column_map: ColumnMap) -> None:
    """Write a column map as TOML that a person can read and change."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    replace_file(path, "".join(f"{line}\n" for line in _toml(column_map)).encode())


def _toml(column_map: ColumnMap) -> Iterator[str]:
    yield f"date_order = {_quoted(column_map.date_order)}"
    yield ""
    yield "[columns]"
    for column, headings in column_map.columns.items():
        yield f"{column} = {_quoted(headings[0] if len(headings) == 1 else headings)}"
    tables = {"constants": column_map.constants} | {
        f"values.{column}": words for column, words in column_map.values.items()
    }
    for name, table in tables.items():
        if table:
            yield ""
            yield f"[{name}]"
            for key, text in table.items():
                yield f"{_quoted(key)} = {_quoted(text)}"


def _quoted(text: str | Sequence[str]) -> str:
    # A JSON string or array of strings is TOML as well.
    return json.dumps(text, ensure_ascii=False)


def _check_names(table: str, given: Mapping[str, object], known: Sequence[str]) -> None:
    for place, name in enumerate(given, start=1):
        if name not in known:
            raise ValueError(f"{table}: entry {place} is none of: {', '.join(known)}")


def _check_words(column: str, words: Sequence[str]) -> None:
    for place, word in enumerate(words, start=1):
        if column in IGNORABLE and word == IGNORE:
            continue
        try:
            VALUES[column](word)
        except cells.CellError as problem:
            more = f", or {IGNORE}" if column in IGNORABLE else ""
            raise ValueError(f"values.{column}: entry {place}: {problem}{more}") from None
