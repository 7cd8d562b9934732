"""The published folder: verified, looked at again, and named file by file."""

import json
from datetime import timedelta

import pytest

from hub import directory as directory_module
from hub.directory import PublishedDirectory
from protocol.errors import DirectoryError, ExpiredError
from protocol.signer.repository import TIMESTAMP_VALIDITY, utc_now
from tests.hub.federation import Council, Federation


@pytest.fixture
def published(own_federation: Federation) -> PublishedDirectory:
    return PublishedDirectory(own_federation.published, own_federation.root)


@pytest.fixture
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory_module, "CHECK_SECONDS", 0.0)


def test_gives_the_members_that_the_signers_admitted(
    published: PublishedDirectory, own_federation: Federation
) -> None:
    members = {own_federation.asker.id, *(council.id for council in own_federation.councils)}
    assert published.current().members.keys() == members


def test_files_are_not_looked_at_again_within_a_second(
    published: PublishedDirectory, own_federation: Federation
) -> None:
    first = published.current()
    own_federation.publish([Council.make("E06000009")])
    assert published.current() is first


@pytest.mark.usefixtures("_unhurried")
def test_next_version_is_taken_up_and_the_same_one_not_parsed_again(
    published: PublishedDirectory, own_federation: Federation
) -> None:
    first = published.current()
    own_federation.repository.renew_timestamp(utc_now())
    assert published.current() is first
    own_federation.publish([Council.make("E06000009")])
    assert published.current().version == 2


@pytest.mark.usefixtures("_unhurried")
def test_expired_timestamp_ends_a_directory_that_was_good(
    published: PublishedDirectory, own_federation: Federation
) -> None:
    published.current()
    own_federation.repository.renew_timestamp(utc_now() - TIMESTAMP_VALIDITY - timedelta(days=1))
    with pytest.raises(ExpiredError, match="the timestamp expired"):
        published.current()


@pytest.mark.parametrize(
    "name", ["timestamp.json", "1.snapshot.json", "1.targets.json", "directory.json"]
)
def test_altered_or_missing_file_is_no_directory(
    published: PublishedDirectory, own_federation: Federation, name: str
) -> None:
    path = next(path for path in own_federation.published.rglob(f"*{name}"))
    content = path.read_bytes()
    for spoilt in (content.replace(b"2", b"3"), content[:-9], b"", b"[]", b"{}"):
        path.write_bytes(spoilt)
        published._checked_at = float("-inf")
        with pytest.raises(DirectoryError):
            published.current()
    path.unlink()
    published._checked_at = float("-inf")
    with pytest.raises(DirectoryError, match=f"directory: [0-9a-f.]*{name}: No such file"):
        published.current()


def test_timestamp_of_another_federations_signers_is_no_directory(
    published: PublishedDirectory, federation: Federation, own_federation: Federation
) -> None:
    foreign = federation.published / "metadata" / "timestamp.json"
    own = own_federation.published / "metadata" / "timestamp.json"
    own.write_bytes(foreign.read_bytes())
    with pytest.raises(DirectoryError, match="not signed by its role"):
        published.current()


def test_only_published_names_have_a_path(
    published: PublishedDirectory, own_federation: Federation
) -> None:
    folder = own_federation.published
    assert published.metadata_path("timestamp.json") == folder / "metadata" / "timestamp.json"
    target = next((folder / "targets").iterdir())
    assert published.target_path(target.name) == target
    for name in ("../draft.json", "timestamp.json\n", "draft.json", "", ".", "..", "2.root.json"):
        assert published.metadata_path(name) is None
        assert published.target_path(name) is None


def test_folder_under_a_published_name_has_no_path(
    published: PublishedDirectory, own_federation: Federation
) -> None:
    (own_federation.published / "metadata" / "9.root.json").mkdir()
    assert published.metadata_path("9.root.json") is None


def test_root_is_the_one_trusted_and_not_the_one_published(
    published: PublishedDirectory, own_federation: Federation
) -> None:
    published.current()
    assert json.loads(own_federation.root.read_bytes())["signed"]["version"] == 1
