"""The payloads of the DfE's children's social care data API, with their purge flags (80 §6)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from node.errors import ImportRefusedError
from node.records.importing.places import Place
from node.records.importing.problems import Note, RowProblem
from node.records.importing.sources.csc_payload import Child, read_child
from node.records.importing.sources.json_values import read_values
from node.records.importing.table_row import Entry, FaultyRow, PurgedCase, TableRow

_PURGED = Note("children with a purge flag: what is held of them is erased")
_REPLACED = Note("payloads of children of whom a later one follows: the later one counts")
_NO_CHILD = "is no child's payload: give one with la_child_id, child_details, social_care_episodes"
_WRAPPED_IN = ("Children", "children")


def read_csc_api(path: Path, today: date) -> Iterator[Entry]:
    """Give the rows of a file of payloads, or of a folder of them in the order of their names.

    A later payload of a child takes the place of an earlier one; with a purge flag it leaves none.

    Raises:
        ImportRefusedError: a file cannot be read as JSON, or there is none.
    """
    latest: dict[str, Child] = {}
    of_anybody: RowProblem | None = None
    for place, value in _payloads(path):
        if not isinstance(value, Mapping):
            problem = RowProblem(place, "payload", _NO_CHILD)
            of_anybody = of_anybody or problem
            yield problem
            continue
        child = read_child(value, place, today)
        if child.id in latest:
            yield _REPLACED
        if child.id:
            # Taken out first, so that a child stands where its last payload stands.
            latest.pop(child.id, None)
            latest[child.id] = child
        else:
            of_anybody = of_anybody or child.problems[0]
            yield FaultyRow("", "", child.problems)
    for child in latest.values():
        purge: Sequence[Entry] = (_PURGED, PurgedCase(child.id))
        entries = purge if child.is_purged else child.entries
        yield from (_unless_outdated(entry, child.id, of_anybody) for entry in entries)


def _unless_outdated(entry: Entry, child: str, of_anybody: RowProblem | None) -> Entry:
    """Return an entry, but no row that has ended where a later payload may be of its child."""
    if of_anybody is None or not isinstance(entry, TableRow) or not entry.text("closed_on"):
        return entry
    return FaultyRow(child, entry.text("involvement"), (of_anybody,))


def _payloads(path: Path) -> Iterator[tuple[Place, object]]:
    files = _files(path)
    for number, file in enumerate(files, start=1):
        within = "" if len(files) == 1 else f"file {number}"
        try:
            with file.open("rb") as stream:
                children = _children(read_values(stream, within or "the file"))
                for count, child in enumerate(children, start=1):
                    yield Place(within, "child", count), child
        except OSError as error:
            raise ImportRefusedError(
                f"cannot read {within or 'the file'}: {error.strerror}"
            ) from None


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(file for file in path.iterdir() if file.suffix.lower() == ".json")
    if not files:
        raise ImportRefusedError("there is no .json file in this folder")
    return files


def _children(values: Iterator[object]) -> Iterator[object]:
    """Give the children that stand there as such, or in what is sent for a council."""
    for value in values:
        wrapped = _wrapped(value)
        if isinstance(wrapped, list):
            yield from wrapped
        else:
            yield wrapped


def _wrapped(value: object) -> object:
    if isinstance(value, Mapping) and "la_child_id" not in value:
        for name in _WRAPPED_IN:
            if name in value:
                return value[name]
    return value
