import json
from datetime import timedelta
from pathlib import Path

import pytest

from protocol.directory.document import document_hash
from protocol.errors import DirectoryError
from protocol.signer.repository import Repository
from tests.protocol.directory.repositories import NOW, make_repository, published_files


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return make_repository(tmp_path / "directory")


def test_refuses_a_folder_that_holds_a_directory(repository: Repository) -> None:
    with pytest.raises(DirectoryError, match="already holds a directory"):
        repository.create(repository.read_draft(), NOW)


def test_refuses_to_read_a_draft_where_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(DirectoryError, match="holds no directory"):
        Repository(tmp_path).read_draft()


def test_refuses_a_draft_that_could_not_be_published(repository: Repository) -> None:
    draft = repository.read_draft()
    twice = draft.model_copy(update={"members": draft.members * 2})
    with pytest.raises(DirectoryError):
        repository.write_draft(twice)
    assert repository.read_draft() == draft


def test_keys_are_for_their_owner_alone(repository: Repository) -> None:
    keys = repository.folder / "keys"
    assert keys.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in keys.iterdir()} == {0o600}


def test_publishes_no_key(repository: Repository) -> None:
    repository.publish(NOW)
    for path in (repository.folder / "public").rglob("*"):
        assert path.is_dir() or b"PRIVATE KEY" not in path.read_bytes()


def test_publishes_exactly_what_hubs_serve(repository: Repository) -> None:
    repository.publish(NOW)
    names = set(published_files(repository))
    (document,) = (name for name in names if name.endswith(".directory.json"))
    assert names == {
        "1.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json", document
    }  # fmt: skip


def test_every_version_names_the_one_before(repository: Repository) -> None:
    first = repository.publish(NOW)
    second = repository.publish(NOW)
    hashes = {
        document_hash(content).hex()
        for name, content in published_files(repository).items()
        if name.endswith(".directory.json")
    }
    assert (first.version, first.previous) == (1, "00" * 32)
    assert second.version == 2
    assert second.previous in hashes


def test_keeps_the_files_of_the_version_before(repository: Repository) -> None:
    """A node may be halfway through a refresh."""
    repository.publish(NOW)
    before = published_files(repository)
    repository.publish(NOW)
    after = published_files(repository)
    del before["timestamp.json"]
    assert before.items() <= after.items()


def test_timestamps_count_up(repository: Repository) -> None:
    repository.publish(NOW)
    repository.renew_timestamp(NOW + timedelta(hours=1))
    timestamp = json.loads(published_files(repository)["timestamp.json"])["signed"]
    assert (timestamp["version"], timestamp["expires"]) == (2, "2025-06-18T13:00:00Z")


def test_refuses_to_renew_a_timestamp_before_the_first_version(repository: Repository) -> None:
    with pytest.raises(DirectoryError, match="nothing is published yet"):
        repository.renew_timestamp(NOW)


def test_leaves_no_half_written_file(repository: Repository) -> None:
    repository.publish(NOW)
    assert not [*repository.folder.rglob("*.new")]
