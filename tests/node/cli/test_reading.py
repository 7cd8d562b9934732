"""Sources by name at the command line, and that a malformed one leaves the store as it was."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import respx

from node.cli import reading
from node.opening import open_folder
from node.records.importing.sources.formats import NamedSource
from protocol.matching.keys import MATCHING_VERSION
from tests.node.cli.commands import Ended, run
from tests.node.records.importing.files import csv_text, row, write
from tests.node.records.importing.sources.made_up import TODAY, Alter, Files, copied
from tests.node.records.importing.sources.malformed import Refused, Reported, every
from tests.node.small_federation import HUBS, child, oprf_key, record, source_row
from tests.node.small_signer import Signer


@pytest.fixture(scope="module", autouse=True)
def no_network() -> Iterator[None]:
    with respx.mock(assert_all_called=False) as router:
        router.route().mock(side_effect=httpx.ConnectError)
        yield


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """The day that the examples are of."""
    monkeypatch.setattr(reading, "today", lambda: TODAY)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A node that holds a record."""
    folder = tmp_path_factory.mktemp("council")
    root = folder / "root.json"
    root.write_bytes(Signer(folder / "signer").root)
    options = {
        **{"id": "E08000035", "name": "Leeds", "hub": HUBS[0].url, "root": root},
        **{"store-key": folder / "mount" / "store-key", "supplier": "Own", "host": "Own"},
        **{"duty-line": "0113 496 0000", "out-of-hours-line": "0113 496 0001"},
        "declared-records": "1000",
    }
    arguments = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    assert run("init", folder / "node", *arguments).code == 0
    opened = open_folder(folder / "node")
    rows = [source_row("mary", record(child()))]
    opened.records.replace_source("main", rows, oprf_key().key_id, MATCHING_VERSION)
    opened.close()
    return folder / "node"


def stored(node: Path) -> dict[str, bytes]:
    """Return every byte of what a node holds, but for SQLite's own notes on readers."""
    return {
        path.name: path.read_bytes()
        for path in sorted(node.rglob("*"))
        if path.is_file() and not path.name.endswith("-shm")
    }


def import_(node: Path, source: NamedSource, *flags: str) -> Ended:
    arguments: list[str | Path] = ["import", node, source.path, "--format", source.format]
    if source.contacts:
        arguments += ["--contacts", source.contacts]
    if source.statuses:
        arguments += ["--statuses", source.statuses]
    return run(*arguments, *flags)


@pytest.mark.parametrize(
    ("alter", "source", "expected"),
    [pytest.param(*each, id=name) for name, *each in every()],
)
def test_a_malformed_source_ends_in_a_report_and_leaves_the_store_as_it_was(
    node: Path,
    tmp_path: Path,
    alter: Alter,
    source: Callable[[Files], NamedSource],
    expected: Reported | Refused,
) -> None:
    files = copied(tmp_path)
    alter(files)
    before = stored(node)
    ended = import_(node, source(files), "--most-rejected", "0")
    assert stored(node) == before
    if isinstance(expected, Refused):
        assert ended.code == 2
        assert expected.what_to_do in ended.problem
    else:
        assert ended.code == 1
        assert "What to mend" in ended.output
        assert "Nothing was loaded: with --most-rejected 0" in ended.output


def test_the_record_that_is_held_is_in_what_is_compared(node: Path) -> None:
    held = stored(node)["records.db"]
    opened = open_folder(node)
    rows = [source_row("anne", record(child(forename="Anne")))]
    opened.records.replace_source("main", rows, oprf_key().key_id, MATCHING_VERSION)
    opened.close()
    assert stored(node)["records.db"] != held


@pytest.mark.parametrize("name", ["ssd", "csc"])
def test_a_source_is_checked_without_a_node(tmp_path: Path, name: str) -> None:
    source = getattr(copied(tmp_path), name)
    ended = import_(tmp_path, source, "--check")
    assert ended.code == 0
    assert "Left out or settled" in ended.output


def test_a_source_without_a_problem_gets_as_far_as_the_keyholders(
    node: Path, tmp_path: Path
) -> None:
    ended = import_(node, copied(tmp_path).ssd)
    assert "Rows left out:                     0" in ended.output
    assert "none is held yet" in ended.problem


def test_a_file_of_our_columns_takes_its_numbers_from_a_contact_directory(tmp_path: Path) -> None:
    path = write(tmp_path, csv_text([row(telephone="")]))
    assert run("import", tmp_path, path, "--check").code == 1
    source = NamedSource(path, contacts=copied(tmp_path).contacts)
    assert import_(tmp_path, source, "--check").code == 0


def test_a_format_that_nobody_knows_is_refused_with_those_there_are(tmp_path: Path) -> None:
    ended = import_(tmp_path, NamedSource(tmp_path, "made-up"), "--check")
    assert ended.code == 2
    assert "csv, standard-safeguarding-dataset, csc-api" in ended.problem


def test_help_names_the_formats() -> None:
    text = run("import", "--help").output
    for option in ("--format", "--statuses", "--contacts"):
        assert option in text
