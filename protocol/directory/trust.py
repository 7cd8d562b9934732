"""Who signed the directory: TUF metadata, checked from bytes in hand (spec 60 §3).

Fetching, persistence and rollback across refreshes are `tuf.ngclient`'s work at a node; this is
the check of one consistent set of files, without any I/O of its own, for a hub and for a node
that cannot reach one.
"""

from collections.abc import Callable
from datetime import datetime

from tuf.api.exceptions import RepositoryError, UnsignedMetadataError
from tuf.api.metadata import Metadata, Root, Snapshot, T, Targets, Timestamp

from protocol.errors import DirectoryError, ExpiredError

TARGET = "directory.json"

Read = Callable[[str], bytes]
"""Gives a published file by its name: `timestamp.json`, `3.snapshot.json`, ..."""


def verify_directory(root_bytes: bytes, read: Read, now: datetime) -> bytes:
    """Return the document's bytes after all of TUF's checks (TUF specification §5.3 to §5.7).

    1. The root is unexpired. 2. The timestamp is signed by the root's timestamp role, unexpired.
    3. The snapshot is the one the timestamp names. 4. The targets are those the snapshot names.
    5. The document has the length and hash that the targets name.

    The caller still owes: that the root is the one it trusts, and that versions do not go back.

    Raises:
        ExpiredError: one of the files is past its time.
        DirectoryError: anything else that does not fit.
    """
    try:
        return _verify_steps(root_bytes, read, now)
    except (RepositoryError, ValueError, KeyError) as error:
        raise DirectoryError(f"directory: {_reason(error)}") from None


def _verify_steps(root_bytes: bytes, read: Read, now: datetime) -> bytes:
    root = _parse(Root, root_bytes)
    root.signed.verify_delegate(Root.type, root.signed_bytes, root.signatures)
    _check_unexpired(root.signed.expires, now, "root")

    timestamp = _parse(Timestamp, read("timestamp.json"))
    root.signed.verify_delegate(Timestamp.type, timestamp.signed_bytes, timestamp.signatures)
    _check_unexpired(timestamp.signed.expires, now, "timestamp")

    snapshot_meta = timestamp.signed.snapshot_meta
    snapshot_bytes = read(f"{snapshot_meta.version}.snapshot.json")
    snapshot_meta.verify_length_and_hashes(snapshot_bytes)
    snapshot = _parse(Snapshot, snapshot_bytes)
    root.signed.verify_delegate(Snapshot.type, snapshot.signed_bytes, snapshot.signatures)
    _check_version(snapshot.signed.version, snapshot_meta.version, "snapshot")
    _check_unexpired(snapshot.signed.expires, now, "snapshot")

    targets_meta = snapshot.signed.meta["targets.json"]
    targets_bytes = read(f"{targets_meta.version}.targets.json")
    targets_meta.verify_length_and_hashes(targets_bytes)
    targets = _parse(Targets, targets_bytes)
    root.signed.verify_delegate(Targets.type, targets.signed_bytes, targets.signatures)
    _check_version(targets.signed.version, targets_meta.version, "targets")
    _check_unexpired(targets.signed.expires, now, "targets")

    target = targets.signed.targets[TARGET]
    document = read(f"{target.hashes['sha256']}.{TARGET}")
    target.verify_length_and_hashes(document)
    return document


def _parse(kind: type[T], content: bytes) -> Metadata[T]:
    """Return metadata of one type: roles share keys, so the signature alone does not tell."""
    metadata = Metadata[T].from_bytes(content)
    if not isinstance(metadata.signed, kind):
        raise DirectoryError(f"directory: expected {kind.type}, got {metadata.signed.type}")
    return metadata


def _check_unexpired(expires: datetime, now: datetime, what: str) -> None:
    if now >= expires:
        raise ExpiredError(
            f"directory: the {what} expired on {expires:%d %B %Y at %H:%M} UTC: "
            "its signers have to sign a newer one"
        )


def _check_version(got: int, expected: int, what: str) -> None:
    if got != expected:
        raise DirectoryError(f"directory: {what} version: expected {expected}, got {got}")


def _reason(error: Exception) -> str:
    return "not signed by its role" if isinstance(error, UnsignedMetadataError) else str(error)
