"""The directory at a hub: static files to hand on, and the members it lets in (spec 60 §3)."""

import re
import time
from datetime import UTC, datetime
from pathlib import Path

from protocol.directory.members import Directory, parse_directory
from protocol.directory.trust import verify_directory
from protocol.errors import DirectoryError

_METADATA_NAME = re.compile(r"timestamp\.json|[0-9]{1,9}\.(root|snapshot|targets)\.json", re.ASCII)
_TARGET_NAME = re.compile(r"[0-9a-f]{64}\.directory\.json", re.ASCII)

CHECK_SECONDS = 1.0
"""How long a verified directory is used before the files are looked at again."""


class PublishedDirectory:
    """A folder that the signers' files are copied into. Only ever read."""

    def __init__(self, folder: Path, root: Path) -> None:
        self._folder = folder
        self._root = root
        self._verified: tuple[bytes, Directory] | None = None
        self._problem: DirectoryError | None = None
        self._checked_at = float("-inf")

    def current(self) -> Directory:
        """Return the directory, verified at most a second ago, or why there is none.

        Raises:
            DirectoryError: missing, expired or not signed by the trusted root's signers.
        """
        now = time.monotonic()
        if now - self._checked_at >= CHECK_SECONDS:
            self._checked_at = now
            self._check()
        if self._problem is not None:
            raise self._problem
        if self._verified is None:
            raise DirectoryError("directory: not read yet")
        return self._verified[1]

    def _check(self) -> None:
        """Read and verify the files. A failure is kept too, or strangers' requests would each
        have them verified anew."""
        self._problem = None
        try:
            document = verify_directory(self._read(self._root), self._read_published, _now())
            if self._verified is None or self._verified[0] != document:
                self._verified = document, parse_directory(document)
        except DirectoryError as error:
            self._problem = error

    def metadata_path(self, name: str) -> Path | None:
        """Return where a metadata file is, None if there is no such file."""
        return self._published("metadata", name) if _METADATA_NAME.fullmatch(name) else None

    def target_path(self, name: str) -> Path | None:
        """Return where a target file is, None if there is no such file."""
        return self._published("targets", name) if _TARGET_NAME.fullmatch(name) else None

    def _published(self, kind: str, name: str) -> Path | None:
        path = self._folder / kind / name
        return path if path.is_file() else None

    def _read_published(self, name: str) -> bytes:
        kind = "targets" if _TARGET_NAME.fullmatch(name) else "metadata"
        return self._read(self._folder / kind / name)

    @staticmethod
    def _read(path: Path) -> bytes:
        try:
            return path.read_bytes()
        except OSError as error:
            # The name alone: strangers read this in the health answer.
            raise DirectoryError(f"directory: {path.name}: {error.strerror}") from None


def _now() -> datetime:
    return datetime.now(UTC)
