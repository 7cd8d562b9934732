from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata, MetaFile, Snapshot, Targets, Timestamp

from protocol.directory.members import parse_directory
from protocol.directory.trust import verify_directory
from protocol.errors import DirectoryError, ExpiredError
from tests.protocol.directory.repositories import (
    NOW,
    Files,
    make_repository,
    published_files,
    reader,
    signer_of,
)

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Published:
    """Two versions of one directory, the same of a stranger, and the keys."""

    first: Files
    second: Files
    renewed: Files
    stranger: Files
    signer: CryptoSigner
    timestamp: CryptoSigner

    @property
    def root(self) -> bytes:
        return self.first["1.root.json"]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    repository = make_repository(tmp_path_factory.mktemp("ours"))
    repository.publish(NOW)
    first = published_files(repository)
    repository.publish(NOW)
    second = published_files(repository)
    repository.renew_timestamp(NOW + 31 * DAY)
    stranger = make_repository(tmp_path_factory.mktemp("stranger"))
    stranger.publish(NOW)
    stranger.publish(NOW)
    return Published(
        first,
        second,
        published_files(repository),
        published_files(stranger),
        signer_of(repository, "signer"),
        signer_of(repository, "timestamp"),
    )


def _verify(files: Files, root: bytes, now: datetime = NOW) -> bytes:
    return verify_directory(root, partial(reader, files), now)


def _document_name(files: Files) -> str:
    names = [name for name in files if name.endswith(".directory.json")]
    return max(names, key=lambda name: parse_directory(files[name]).version)


def test_accepts_what_was_published(published: Published) -> None:
    content = _verify(published.second, published.root)
    assert content == published.second[_document_name(published.second)]
    assert parse_directory(content).version == 2


def test_accepts_the_version_before_from_its_own_files(published: Published) -> None:
    """That versions do not go back is the caller's to see: it remembers, this does not."""
    assert parse_directory(_verify(published.first, published.root)).version == 1


@pytest.mark.parametrize("age", [timedelta(0), 72 * HOUR - timedelta(seconds=1)])
def test_accepts_a_timestamp_up_to_72_hours_old(published: Published, age: timedelta) -> None:
    _verify(published.second, published.root, NOW + age)


@pytest.mark.parametrize("age", [72 * HOUR, 73 * HOUR, 40 * DAY])
def test_refuses_an_expired_timestamp(published: Published, age: timedelta) -> None:
    with pytest.raises(ExpiredError, match="the timestamp expired on 18 June 2025 at 12:00 UTC"):
        _verify(published.second, published.root, NOW + age)


def test_a_renewed_timestamp_carries_on(published: Published) -> None:
    _verify(published.renewed, published.root, NOW + 30 * DAY - HOUR)


def test_refuses_expired_targets_under_a_renewed_timestamp(published: Published) -> None:
    """The online key alone cannot keep a directory alive for longer than 30 days."""
    with pytest.raises(ExpiredError, match="expired on 15 July 2025"):
        _verify(published.renewed, published.root, NOW + 31 * DAY)


def test_refuses_an_expired_root(published: Published) -> None:
    with pytest.raises(ExpiredError, match="the root expired"):
        _verify(published.second, published.root, NOW + 366 * DAY)


def test_refuses_a_forged_document(published: Published) -> None:
    name = _document_name(published.second)
    forged = published.second[name].replace(b"Leeds City Council", b"Leeds City Cowncil")
    assert forged != published.second[name]
    with pytest.raises(DirectoryError):
        _verify(published.second | {name: forged}, published.root)


@pytest.mark.parametrize("length", [0, 100])
def test_refuses_a_truncated_document(published: Published, length: int) -> None:
    name = _document_name(published.second)
    cut = published.second[name][:length]
    with pytest.raises(DirectoryError):
        _verify(published.second | {name: cut}, published.root)


@pytest.mark.parametrize("role", ["snapshot", "targets"])
def test_refuses_a_file_of_the_version_before_in_place_of(published: Published, role: str) -> None:
    swapped = published.second | {f"2.{role}.json": published.second[f"1.{role}.json"]}
    with pytest.raises(DirectoryError):
        _verify(swapped, published.root)


@pytest.mark.parametrize("name", ["timestamp.json", "2.snapshot.json", "2.targets.json"])
def test_refuses_a_file_signed_by_a_stranger(published: Published, name: str) -> None:
    with pytest.raises(DirectoryError):
        _verify(published.second | {name: published.stranger[name]}, published.root)


def test_refuses_a_directory_that_is_wholly_a_strangers(published: Published) -> None:
    with pytest.raises(DirectoryError, match="not signed by its role"):
        _verify(published.stranger, published.root)


def test_refuses_a_timestamp_signed_by_the_other_role(published: Published) -> None:
    timestamp = Metadata[Timestamp].from_bytes(published.second["timestamp.json"])
    timestamp.sign(published.signer)
    with pytest.raises(DirectoryError, match="not signed by its role"):
        _verify(published.second | {"timestamp.json": timestamp.to_bytes()}, published.root)


def _timestamp_naming(published: Published, version: int, snapshot: bytes) -> bytes:
    """What a thief of the online key can make: the timestamp names any snapshot it likes."""
    timestamp = Metadata(Timestamp(version=9, expires=NOW + DAY))
    timestamp.signed.snapshot_meta = MetaFile.from_data(version, snapshot, ["sha256"])
    timestamp.sign(published.timestamp)
    return timestamp.to_bytes()


def test_thief_of_the_online_key_cannot_sign_a_snapshot(published: Published) -> None:
    snapshot = Metadata[Snapshot].from_bytes(published.second["2.snapshot.json"])
    snapshot.sign(published.timestamp)
    content = snapshot.to_bytes()
    files = published.second | {
        "2.snapshot.json": content,
        "timestamp.json": _timestamp_naming(published, 2, content),
    }
    with pytest.raises(DirectoryError, match="not signed by its role"):
        _verify(files, published.root)


def test_thief_of_the_online_key_cannot_give_a_snapshot_another_version(
    published: Published,
) -> None:
    old = published.second["1.snapshot.json"]
    files = published.second | {
        "3.snapshot.json": old,
        "timestamp.json": _timestamp_naming(published, 3, old),
    }
    with pytest.raises(DirectoryError, match="snapshot version: expected 3, got 1"):
        _verify(files, published.root)


def test_thief_of_the_online_key_cannot_pass_targets_off_as_a_snapshot(
    published: Published,
) -> None:
    """Snapshot and targets have one signer: only the type in the file tells them apart."""
    targets = published.second["2.targets.json"]
    files = published.second | {
        "2.snapshot.json": targets,
        "timestamp.json": _timestamp_naming(published, 2, targets),
    }
    with pytest.raises(DirectoryError):
        _verify(files, published.root)


def _signed_anew(
    published: Published,
    targets_expires: datetime = NOW + DAY,
    snapshot_expires: datetime = NOW + DAY,
    targets_signer: CryptoSigner | None = None,
) -> Files:
    """Return version 2 with targets, snapshot and timestamp signed for the occasion."""
    targets = Metadata[Targets].from_bytes(published.second["2.targets.json"])
    targets.signed.expires = targets_expires
    targets.sign(targets_signer or published.signer)
    snapshot = Metadata(Snapshot(version=2, expires=snapshot_expires))
    content = targets.to_bytes()
    snapshot.signed.meta["targets.json"] = MetaFile.from_data(2, content, ["sha256"])
    snapshot.sign(published.signer)
    return published.second | {
        "2.targets.json": content,
        "2.snapshot.json": snapshot.to_bytes(),
        "timestamp.json": _timestamp_naming(published, 2, snapshot.to_bytes()),
    }


def test_accepts_what_was_signed_for_the_occasion(published: Published) -> None:
    _verify(_signed_anew(published), published.root)


def test_refuses_expired_targets_under_a_newer_snapshot(published: Published) -> None:
    with pytest.raises(ExpiredError, match="the targets expired"):
        _verify(_signed_anew(published, targets_expires=NOW), published.root)


def test_refuses_an_expired_snapshot_over_newer_targets(published: Published) -> None:
    with pytest.raises(ExpiredError, match="the snapshot expired"):
        _verify(_signed_anew(published, snapshot_expires=NOW), published.root)


def test_refuses_targets_that_their_snapshot_names_and_no_signer_signed(
    published: Published,
) -> None:
    files = _signed_anew(published, targets_signer=published.timestamp)
    with pytest.raises(DirectoryError, match="not signed by its role"):
        _verify(files, published.root)


def test_refuses_signed_targets_that_their_snapshot_does_not_name(published: Published) -> None:
    """Two drafts signed under one number: only the one that was published counts."""
    other = _signed_anew(published)["2.targets.json"]
    with pytest.raises(DirectoryError):
        _verify(published.second | {"2.targets.json": other}, published.root)


@pytest.mark.parametrize("name", ["timestamp.json", "2.snapshot.json", "2.targets.json"])
def test_refuses_another_signed_file_as_the_root(published: Published, name: str) -> None:
    with pytest.raises(DirectoryError):
        _verify(published.second, published.second[name])


@pytest.mark.parametrize("place", ["timestamp.json", "2.snapshot.json", "2.targets.json"])
@pytest.mark.parametrize(
    "name", ["1.root.json", "timestamp.json", "2.snapshot.json", "2.targets.json"]
)
def test_refuses_a_file_in_the_place_of_another(
    published: Published, place: str, name: str
) -> None:
    files = published.second | {place: published.second[name]}
    if place == name:
        _verify(files, published.root)
        return
    with pytest.raises(DirectoryError):
        _verify(files, published.root)


@pytest.mark.parametrize("role", ["timestamp", "2.snapshot", "2.targets", "directory"])
def test_refuses_a_directory_with_a_file_missing(published: Published, role: str) -> None:
    files = dict(published.second)
    del files[_document_name(files) if role == "directory" else f"{role}.json"]
    with pytest.raises(DirectoryError):
        _verify(files, published.root)
    with pytest.raises(DirectoryError):
        verify_directory(published.root, files.__getitem__, NOW)


ROLES: dict[str, Callable[[Files], str]] = {
    "timestamp": lambda _: "timestamp.json",
    "snapshot": lambda _: "2.snapshot.json",
    "targets": lambda _: "2.targets.json",
    "document": _document_name,
}

_hostile = (
    st.binary(max_size=60)
    | st.sampled_from([b"{}", b"[]", b"null", b"[" * 5000, b'{"signed":{},"signatures":[]}'])
    | st.sampled_from(["root", "timestamp", "snapshot", "targets", "other"]).map(
        lambda kind: b'{"signatures":[],"signed":{"_type":"%s"}}' % kind.encode()
    )
)


@pytest.mark.parametrize("role", [*ROLES, "root"])
@settings(max_examples=25)
@given(content=_hostile)
def test_arbitrary_bytes_raise_only_our_errors(
    published: Published, role: str, content: bytes
) -> None:
    if role == "root":
        with pytest.raises(DirectoryError):
            _verify(published.second, content)
        return
    files = published.second | {ROLES[role](published.second): content}
    with pytest.raises(DirectoryError):
        _verify(files, published.root)


@pytest.mark.parametrize("role", [*ROLES, "root"])
@settings(max_examples=25)
@given(place=st.integers(0, 10_000), difference=st.integers(1, 255))
def test_altered_files_raise_only_our_errors(
    published: Published, role: str, place: int, difference: int
) -> None:
    name = "1.root.json" if role == "root" else ROLES[role](published.second)
    content = bytearray(published.second[name])
    content[place % len(content)] ^= difference
    files = published.second | {name: bytes(content)}
    with suppress(DirectoryError):
        # White space may change: what is signed is canonical JSON.
        parsed = _verify(files, files["1.root.json"])
        assert parsed == published.second[_document_name(published.second)]
