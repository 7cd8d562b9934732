"""Versions of the directory, and the secret of the key that each of them names."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from node.keyholding.share import KeyShare
from protocol.directory.document import OprfEntry, OprfKeyEntry
from protocol.directory.members import Directory, parse_directory
from protocol.encoding import encode_base64url
from protocol.oprf.group import Scalar
from protocol.oprf.sharing import commit
from tests.federation.scenario import Change
from tests.node.small_federation import (
    COEFFICIENTS,
    THRESHOLD,
    document,
    key_share,
    make_directory,
    secret_scalar,
)
from tests.node.small_signer import Signer

POST_SECONDS = 600
"""The directory's interval of post: every beat is a round of all members to all."""


class Terms(NamedTuple):
    """What of their directories must be the same for two members to understand each other."""

    key: bytes
    generation: int
    matching_version: int


def terms_of(directory: Directory) -> Terms:
    key = directory.oprf_key
    if key is None:
        raise ValueError("every version of the simulator's directory names a key")
    return Terms(key.key_id, key.generation, directory.matching_version)


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the directory, and the key's polynomial, which nobody has whole."""

    directory: Directory
    coefficients: tuple[Scalar, ...]

    def share(self, index: int) -> KeyShare:
        return key_share(index, self.coefficients)


def next_version(before: Version, change: Change) -> Version:
    """Publish a change.

    Generations go on counting over keys: under a number that came twice an honest keyholder's
    evaluation would not fit the other key, and be evidence against it.
    """
    directory, terms = before.directory, terms_of(before.directory)
    version, generation = directory.version + 1, terms.generation
    coefficients = before.coefficients
    if change is not Change.MATCHING_VERSION:
        generation += 1
        fresh = tuple(secret_scalar(f"{version} {power}") for power in range(THRESHOLD))
        coefficients = fresh if change is Change.KEY else (coefficients[0], *fresh[1:])
    commitments = tuple(map(encode_base64url, commit(coefficients)))
    key = OprfKeyEntry(generation=generation, commitments=commitments)
    published = make_directory(
        version=version,
        previous=directory.hash.hex(),
        matching_version=terms.matching_version + (change is Change.MATCHING_VERSION),
        post_interval_seconds=POST_SECONDS,
        oprf=OprfEntry(threshold=THRESHOLD, key=key),
    )
    return Version(published, coefficients)


def publish_first(folder: Path) -> tuple[Path, Version]:
    """Write the signers' public files for the hubs; return their root and what they say."""
    files, directory = _first()
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder / "public" / "metadata" / "1.root.json", Version(directory, COEFFICIENTS)


@lru_cache
def _first() -> tuple[dict[str, bytes], Directory]:
    """Return the signers' public files, signed once for all scenarios, and what they say."""
    with TemporaryDirectory() as folder:
        signer = Signer(Path(folder), document(post_interval_seconds=POST_SECONDS))
        signer.publish()
        public = Path(folder) / "public"
        files = {
            str(path.relative_to(folder)): path.read_bytes()
            for path in public.rglob("*")
            if path.is_file()
        }
    target = next(content for name, content in files.items() if name.startswith("public/targets"))
    return files, parse_directory(target)
