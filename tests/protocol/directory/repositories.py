"""A signed directory in a folder, and its published files in hand."""

from datetime import UTC, datetime
from pathlib import Path

from securesystemslib.signer import CryptoSigner

from protocol.directory.document import parse_document
from protocol.errors import DirectoryError
from protocol.signer.repository import Repository
from tests.protocol.directory.documents import document, encoded

NOW = datetime(2025, 6, 15, 12, tzinfo=UTC)

Files = dict[str, bytes]
"""Published files by name, `1.root.json` among them."""


def make_repository(folder: Path) -> Repository:
    """Return a repository whose draft is the document of version 1."""
    repository = Repository(folder)
    first = document() | {"version": 1, "previous": "00" * 32}
    repository.create(parse_document(encoded(first)), NOW)
    return repository


def published_files(repository: Repository) -> Files:
    return {
        path.name: path.read_bytes()
        for folder in (repository.metadata, repository.targets)
        for path in folder.iterdir()
    }


def reader(files: Files, name: str) -> bytes:
    """Read like a hub: what is not there is an error of ours."""
    try:
        return files[name]
    except KeyError:
        raise DirectoryError("directory: missing file") from None


def signer_of(repository: Repository, name: str) -> CryptoSigner:
    """Return the key that a thief of it would hold."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key((repository.folder / "keys" / f"{name}.pem").read_bytes(), None)
    assert isinstance(key, Ed25519PrivateKey)
    return CryptoSigner(key)
