"""The directory at a node: fetched from every hub by python-tuf, kept, used until it expires."""

import fcntl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
from tuf.api.exceptions import DownloadError, DownloadHTTPError, RepositoryError
from tuf.ngclient import Updater
from tuf.ngclient.fetcher import FetcherInterface

from protocol import limits
from protocol.directory.members import Directory, parse_directory
from protocol.directory.trust import TARGET, verify_directory
from protocol.errors import DirectoryError

CHECK_SECONDS = 1.0
"""How long a verified directory is used before its files and its expiry are looked at again."""

FETCH_SECONDS = 5.0


class DirectoryKeeper:
    """`directory/` in a node's folder. Several processes of one node may use it at once."""

    def __init__(self, folder: Path, root: bytes) -> None:
        self._folder = folder
        self._metadata = folder / "metadata"
        self._root = root
        self._verified: tuple[bytes, Directory] | None = None
        self._checked_at = float("-inf")
        self._metadata.mkdir(parents=True, exist_ok=True)

    def current(self) -> Directory:
        """Return the directory held, verified at most a second ago.

        Raises:
            ExpiredError: past its validity: no hub has given a newer one.
            DirectoryError: none is held yet, or the files do not fit together.
        """
        now = time.monotonic()
        if self._verified is not None and now - self._checked_at < CHECK_SECONDS:
            return self._verified[1]
        with self._locked():
            document = verify_directory(self._trusted_root(), self._read, datetime.now(UTC))
        if self._verified is None or self._verified[0] != document:
            self._verified = document, parse_directory(document)
        self._checked_at = now
        return self._verified[1]

    def refresh(self, hubs: Sequence[str]) -> list[str]:
        """Fetch from every hub; return a line for each that gave nothing usable."""
        problems = []
        for url in hubs:
            try:
                with self._locked():
                    self._refresh_from(url)
            except (DownloadError, RepositoryError, httpx.HTTPError, OSError) as error:
                problems.append(f"{url}: {_reason(error)}")
        self._checked_at = float("-inf")
        return problems

    def _refresh_from(self, url: str) -> None:
        with httpx.Client(timeout=FETCH_SECONDS) as client:
            updater = Updater(
                metadata_dir=str(self._metadata),
                metadata_base_url=f"{url}/v1/directory/metadata/",
                target_dir=str(self._folder),
                target_base_url=f"{url}/v1/directory/targets/",
                fetcher=_HttpxFetcher(client),
                bootstrap=self._root,
            )
            updater.refresh()
            target = updater.get_targetinfo(TARGET)
            if target is None:
                raise RepositoryError("names no directory document")
            if updater.find_cached_target(target) is None:
                updater.download_target(target)

    def _trusted_root(self) -> bytes:
        path = self._metadata / "root.json"
        return path.read_bytes() if path.exists() else self._root

    def _read(self, published_name: str) -> bytes:
        """Give the local copy of a published file: versions and hashes stand in no local name."""
        name = (
            published_name.split(".", 1)[1] if published_name[0] in _VERSIONED else (published_name)
        )
        path = self._folder / name if name.endswith(TARGET) else self._metadata / name
        try:
            return path.read_bytes()
        except FileNotFoundError:
            raise DirectoryError(
                "directory: none is held yet: a hub must be reachable once to fetch it"
            ) from None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


_VERSIONED = frozenset("0123456789abcdef")


class _HttpxFetcher(FetcherInterface):
    """python-tuf's fetcher over httpx, with a cap on what is read."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def _fetch(self, url: str) -> Iterator[bytes]:
        with self._client.stream("GET", url, headers={"accept-encoding": "identity"}) as response:
            if response.status_code != httpx.codes.OK:
                raise DownloadHTTPError("not served", response.status_code)
            read = 0
            for chunk in response.iter_raw():
                read += len(chunk)
                if read > limits.DIRECTORY_BYTES:
                    raise DownloadError("larger than a directory may be")
                yield chunk


def _reason(error: Exception) -> str:
    if isinstance(error.__cause__, httpx.HTTPError):
        error = error.__cause__
    if isinstance(error, httpx.ConnectError):
        return "not reachable"
    return f"{type(error).__name__}: {error}"
