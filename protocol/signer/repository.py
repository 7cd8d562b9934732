"""A directory repository on a signer's disk: the draft, the keys, the published TUF files.

FOLDER/draft.json            what the next version will say
FOLDER/keys/*.pem            signer and timestamp keys
FOLDER/public/metadata/      1.root.json, timestamp.json, N.snapshot.json, N.targets.json
FOLDER/public/targets/       <sha256>.directory.json
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp
from tuf.api.serialization.json import JSONSerializer

from protocol.directory.document import Document, document_hash, parse_document
from protocol.directory.trust import TARGET
from protocol.errors import DirectoryError

OFFLINE_VALIDITY = timedelta(days=30)
ROOT_VALIDITY = timedelta(days=365)
TIMESTAMP_VALIDITY = timedelta(hours=72)
"""How long offline metadata, the root and a timestamp are valid: 72 h is the longest freeze."""

FIRST_PREVIOUS = "00" * 32

_SERIALIZER = JSONSerializer(compact=False)


class Repository:
    """One signer's folder. Every method that writes does so file by file, atomically."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.metadata = folder / "public" / "metadata"
        self.targets = folder / "public" / "targets"

    def create(self, draft: Document, now: datetime) -> None:
        """Make keys, root and draft.

        Raises:
            DirectoryError: the folder already holds a directory.
        """
        if (self.folder / "draft.json").exists():
            raise DirectoryError(f"{self.folder} already holds a directory")
        for folder in (self.folder / "keys", self.metadata, self.targets):
            folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "keys").chmod(0o700)
        root = Root(version=1, expires=now + ROOT_VALIDITY, consistent_snapshot=True)
        for name, roles in (
            ("signer", (Root.type, Targets.type, Snapshot.type)),
            ("timestamp", (Timestamp.type,)),
        ):
            signer = self._make_key(name)
            for role in roles:
                root.add_key(signer.public_key, role)
        signed_root = Metadata(root)
        signed_root.sign(self._signer("signer"))
        _write(self.metadata / "1.root.json", signed_root.to_bytes(_SERIALIZER))
        self.write_draft(draft)

    def read_draft(self) -> Document:
        """Return the draft.

        Raises:
            DirectoryError: there is none, or it is malformed.
        """
        try:
            return parse_document((self.folder / "draft.json").read_bytes())
        except FileNotFoundError:
            raise DirectoryError(
                f"{self.folder} holds no directory: make one with 'whoelse-directory init'"
            ) from None

    def write_draft(self, draft: Document) -> None:
        """Keep a draft after checking that it could be published.

        Raises:
            DirectoryError: against the directory's rules.
        """
        content = _encode(draft)
        parse_document(content)
        _write(self.folder / "draft.json", content)

    def publish(self, now: datetime) -> Document:
        """Sign the draft as the next version, and leave a draft of the one after it."""
        draft = self.read_draft()
        content = _encode(draft)
        target = TargetFile.from_data(TARGET, content, ["sha256"])
        _write(self.targets / f"{target.hashes['sha256']}.{TARGET}", content)

        expires = now + OFFLINE_VALIDITY
        targets = Metadata(Targets(version=draft.version, expires=expires))
        targets.signed.targets[TARGET] = target
        targets_bytes = self._sign(targets, "signer")
        _write(self.metadata / f"{draft.version}.targets.json", targets_bytes)

        snapshot = Metadata(Snapshot(version=draft.version, expires=expires))
        snapshot.signed.meta["targets.json"] = MetaFile.from_data(
            draft.version, targets_bytes, ["sha256"]
        )
        snapshot_bytes = self._sign(snapshot, "signer")
        _write(self.metadata / f"{draft.version}.snapshot.json", snapshot_bytes)
        self._write_timestamp(draft.version, snapshot_bytes, now)
        self.write_draft(
            draft.model_copy(
                update={"version": draft.version + 1, "previous": document_hash(content).hex()}
            )
        )
        return draft

    def renew_timestamp(self, now: datetime) -> None:
        """Sign the newest snapshot for another 72 hours.

        Raises:
            DirectoryError: nothing is published yet.
        """
        version = self.read_draft().version - 1
        if version == 0:
            raise DirectoryError("nothing is published yet: run 'whoelse-directory publish'")
        snapshot = (self.metadata / f"{version}.snapshot.json").read_bytes()
        self._write_timestamp(version, snapshot, now)

    def _write_timestamp(self, version: int, snapshot: bytes, now: datetime) -> None:
        path = self.metadata / "timestamp.json"
        number = 1
        if path.exists():
            number = Metadata[Timestamp].from_bytes(path.read_bytes()).signed.version + 1
        timestamp = Metadata(Timestamp(version=number, expires=now + TIMESTAMP_VALIDITY))
        timestamp.signed.snapshot_meta = MetaFile.from_data(version, snapshot, ["sha256"])
        _write(path, self._sign(timestamp, "timestamp"))

    def _sign(
        self, metadata: "Metadata[Timestamp] | Metadata[Snapshot] | Metadata[Targets]", name: str
    ) -> bytes:
        metadata.sign(self._signer(name))
        return metadata.to_bytes(_SERIALIZER)

    def _make_key(self, name: str) -> CryptoSigner:
        key = Ed25519PrivateKey.generate()
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path = self.folder / "keys" / f"{name}.pem"
        path.touch(mode=0o600)
        path.write_bytes(pem)
        return CryptoSigner(key)

    def _signer(self, name: str) -> CryptoSigner:
        pem = (self.folder / "keys" / f"{name}.pem").read_bytes()
        try:
            key = load_pem_private_key(pem, None)
        except ValueError:
            raise DirectoryError(f"keys/{name}.pem is not a key") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise DirectoryError(f"keys/{name}.pem is not an Ed25519 key")
        return CryptoSigner(key)


def utc_now() -> datetime:
    """Return the time in UTC to the second, as TUF writes it."""
    return datetime.now(UTC).replace(microsecond=0)


def _encode(document: Document) -> bytes:
    return document.model_dump_json(indent=1).encode() + b"\n"


def _write(path: Path, content: bytes) -> None:
    draft = path.with_name(path.name + ".new")
    draft.write_bytes(content)
    os.replace(draft, path)
