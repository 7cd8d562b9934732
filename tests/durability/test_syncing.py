"""What must be on the disk before what: a power cut takes what kill -9 leaves with the kernel."""

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import respx

from node.database import Database
from node.federation.directory import DirectoryKeeper
from node.files import erase_file, replace_file
from node.ledger.ledger import Ledger
from node.records.store import RecordStore
from node.store_key import make_store_key
from tests.node.small_federation import STORE_KEY
from tests.node.small_signer import HUB_A, Signer, add_hub, files_of

FULL = 2
"""SQLite's number for it: the log is synced at every commit."""


def _ledger(folder: Path) -> Ledger:
    return Ledger(folder / "ledger.db")


def _records(folder: Path) -> RecordStore:
    return RecordStore(folder / "records.db", STORE_KEY)


@pytest.mark.parametrize("opened", [_ledger, _records])
def test_every_commit_is_synced(
    tmp_path: Path, opened: Callable[[Path], Ledger | RecordStore]
) -> None:
    with closing(opened(tmp_path)) as store:
        database: Database = store._database
        for using in (database.writing, database.reading):
            with using() as connection:
                assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == FULL
                assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        assert database.rows("PRAGMA synchronous") == [(FULL,)]
        assert database.rows("PRAGMA journal_mode") == [("wal",)]


@pytest.fixture
def order(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Give what is synced, renamed and linked, in order, by path: of names the new ones."""
    seen: list[tuple[str, str]] = []
    sync, replace, rename, link = os.fsync, os.replace, os.rename, os.link

    def watched_sync(descriptor: int) -> None:
        seen.append(("sync", os.readlink(f"/proc/self/fd/{descriptor}")))
        sync(descriptor)

    def watched_rename(original: Any) -> Callable[[Any, Any], None]:
        def renamed(source: Any, target: Any) -> None:
            original(source, target)
            seen.append(("rename", str(target)))

        return renamed

    monkeypatch.setattr(os, "fsync", watched_sync)
    monkeypatch.setattr(os, "replace", watched_rename(replace))
    monkeypatch.setattr(os, "rename", watched_rename(rename))
    monkeypatch.setattr(os, "link", watched_rename(link))
    return seen


def test_file_is_synced_then_named_and_then_its_name_is_synced(
    tmp_path: Path, order: list[tuple[str, str]]
) -> None:
    path = tmp_path / "file"
    replace_file(path, b"content")
    assert order == [("sync", f"{path}.new"), ("rename", str(path)), ("sync", str(tmp_path))]


def test_store_key_is_on_the_disk_before_anything_is_sealed_with_it(
    tmp_path: Path, order: list[tuple[str, str]]
) -> None:
    path = tmp_path / "store-key"
    make_store_key(path)
    (synced, draft), *named = order
    assert (synced, Path(draft).parent) == ("sync", tmp_path)
    assert named == [("rename", str(path)), ("sync", str(tmp_path))]
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_file_has_lost_its_name_before_it_is_overwritten(
    tmp_path: Path, order: list[tuple[str, str]]
) -> None:
    """Half overwritten it would not open, and a node that finds it would not start."""
    path = tmp_path / "file"
    path.write_bytes(b"secret")
    erase_file(path)
    assert order == [
        ("rename", f"{path}.new"),
        ("sync", str(tmp_path)),
        ("sync", f"{path}.new"),
    ]


def test_all_of_a_directory_is_synced_before_it_is_the_held_one(
    tmp_path: Path, order: list[tuple[str, str]]
) -> None:
    """Of files that are empty after a power cut no refresh would make a directory again."""
    signer = Signer(tmp_path / "signer")
    signer.publish()
    folder = tmp_path / "directory"
    keeper = DirectoryKeeper(folder, signer.root)
    with respx.mock() as router:
        add_hub(router, HUB_A, files_of(signer.folder / "public"))
        assert keeper.refresh([HUB_A]) == []
    named = order.index(("rename", str(folder / "timestamp-1")))
    held = order.index(("rename", str(folder / "held")))
    assert named < held < order.index(("sync", str(folder)))
    synced = {Path(path).name for what, path in order[:named] if what == "sync"}
    files = {path.name for path in (folder / "timestamp-1").rglob("*") if not path.is_symlink()}
    assert {"directory.json", "timestamp.json", "snapshot.json", "targets.json"} <= files
    assert files <= synced
