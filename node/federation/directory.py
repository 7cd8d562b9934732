"""The directory at a node: fetched from every hub by python-tuf, kept, used until it expires."""

import fcntl
import os
import shutil
import ssl
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path

import httpx
from tuf.api.exceptions import DownloadError, DownloadHTTPError, RepositoryError
from tuf.api.metadata import Metadata, Timestamp
from tuf.ngclient import Updater
from tuf.ngclient.fetcher import FetcherInterface

from node.files import sync_folder, sync_tree
from protocol import limits
from protocol.directory.members import Directory, parse_directory
from protocol.directory.trust import TARGET, verify_directory
from protocol.errors import DirectoryError

CHECK_SECONDS = 1.0
"""How long a verified directory is used before its files and its expiry are looked at again."""

FETCH_SECONDS = 5.0
FETCH_DEADLINE_SECONDS = 15.0
"""Time-out of one read, and of all that a refresh may take."""

TIMESTAMP_BYTES = 16_384


class DirectoryKeeper:
    """`directory/` in a node's folder. Several processes of one node may use it at once."""

    def __init__(self, folder: Path, root: bytes) -> None:
        self._folder = folder
        self._held = folder / "held"
        self._root = root
        self._verified: tuple[bytes, Directory] | None = None
        self._checked_at = float("-inf")
        self._fetching: dict[str, threading.Thread] = {}
        if not self._held.is_symlink():
            (folder / "timestamp-0" / "metadata").mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError):  # another process of this node was first
                self._held.symlink_to("timestamp-0")

    def current(self) -> Directory:
        """Return the directory held, verified at most a second ago.

        Raises:
            ExpiredError: past its validity: no hub has given a newer one.
            DirectoryError: none is held yet, or the files do not fit together.
        """
        now = time.monotonic()
        if self._verified is not None and now - self._checked_at < CHECK_SECONDS:
            return self._verified[1]
        document = self._verify()
        if self._verified is None or self._verified[0] != document:
            self._verified = document, parse_directory(document)
        self._checked_at = now
        return self._verified[1]

    def refresh(self, hubs: Sequence[str]) -> list[str]:
        """Fetch from every hub at once; return a line for each that gave nothing usable.

        Done after `FETCH_DEADLINE_SECONDS` however the bytes drip: a hub that is still at it then
        is left to its thread, and not asked again before that has ended.
        """
        problems: dict[str, str] = {}
        for url in hubs:
            if url not in self._fetching or not self._fetching[url].is_alive():
                fetch = threading.Thread(target=self._try_hub, args=(url, problems), daemon=True)
                self._fetching[url] = fetch
                fetch.start()
        deadline = time.monotonic() + FETCH_DEADLINE_SECONDS
        for url in hubs:
            self._fetching[url].join(max(0.0, deadline - time.monotonic()))
            if self._fetching[url].is_alive():
                problems[url] = "too slow"
        return [f"{url}: {problem}" for url, problem in problems.items()]

    def _try_hub(self, url: str, problems: dict[str, str]) -> None:
        try:
            self._refresh_from(url)
        except (
            DownloadError,
            RepositoryError,
            httpx.HTTPError,
            httpx.InvalidURL,
            OSError,
        ) as error:
            problems[url] = _reason(error)

    def _verify(self) -> bytes:
        """Verify the held set. It is never altered, only replaced: then the new one is read."""
        while True:
            held = self._held.resolve()
            try:
                return verify_directory(
                    self._trusted_root(held), partial(_read, held), datetime.now(UTC)
                )
            except (DirectoryError, OSError) as error:
                if self._held.resolve() == held:
                    raise _unusable(error) from None

    def _refresh_from(self, url: str) -> None:
        """Fetch into a copy, then point to it: a slow hub holds no lock, a broken one no file."""
        with self._locked():
            self._sweep()
        if self._is_held(url):
            return
        with self._draft() as draft:
            fetched = draft / "fetched"
            with self._locked():
                shutil.copytree(self._held, fetched, symlinks=True)
            self._fetch(url, fetched)
            with self._locked():
                if _timestamp_version(fetched) > _timestamp_version(self._held):
                    self._point_to(fetched)
        self._checked_at = float("-inf")

    def _is_held(self, url: str) -> bool:
        """Whether the hub serves the very timestamp that is held: then nothing is new."""
        with self._locked():
            path = self._held / "metadata" / "timestamp.json"
            held = path.read_bytes() if path.exists() else b""
        with self._client() as client:
            served = _HttpxFetcher(client).download_bytes(
                f"{url}/v1/directory/metadata/timestamp.json", TIMESTAMP_BYTES
            )
        return served == held

    def _point_to(self, fetched: Path) -> None:
        """Make a whole fetched set the held one in a single rename: a crash leaves either."""
        name = f"timestamp-{_timestamp_version(fetched)}"
        sync_tree(fetched)
        os.rename(fetched, self._folder / name)
        link = fetched.parent / "link"
        link.symlink_to(name)
        os.replace(link, self._held)
        sync_folder(self._folder)
        self._sweep()

    def _sweep(self) -> None:
        """Remove what a crash has left: sets that are not held, drafts that nobody works on."""
        held = os.readlink(self._held)
        for path in self._folder.glob("timestamp-*"):
            if path.name != held:
                shutil.rmtree(path, ignore_errors=True)
        for path in self._folder.glob("fetching-*"):
            with suppress(OSError), _in_use(path):
                shutil.rmtree(path)

    @contextmanager
    def _draft(self) -> Iterator[Path]:
        """Give a folder to fetch into, in use until it is gone again."""
        with ExitStack() as stack:
            with self._locked():
                draft = tempfile.TemporaryDirectory(dir=self._folder, prefix="fetching-")
                stack.enter_context(_in_use(Path(draft.name)))
            yield Path(stack.enter_context(draft))

    def _fetch(self, url: str, folder: Path) -> None:
        with self._client() as client:
            updater = Updater(
                metadata_dir=str(folder / "metadata"),
                metadata_base_url=f"{url}/v1/directory/metadata/",
                target_dir=str(folder),
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

    def _client(self) -> httpx.Client:
        return httpx.Client(timeout=FETCH_SECONDS, verify=self._tls)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        # 40 ms of work, most of it reading certificates: once, not for every look at every hub.
        return httpx.create_ssl_context()

    def _trusted_root(self, held: Path) -> bytes:
        path = held / "metadata" / "root.json"
        return path.read_bytes() if path.exists() else self._root

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _read(held: Path, published_name: str) -> bytes:
    """Give the local copy of a published file: versions and hashes stand in no local name."""
    name = published_name
    if published_name[0] in _VERSIONED:
        name = published_name.split(".", 1)[1]
    try:
        return (held / name if name == TARGET else held / "metadata" / name).read_bytes()
    except FileNotFoundError:
        raise DirectoryError(
            "directory: none is held yet: a hub must be reachable once to fetch it"
        ) from None


def _unusable(error: DirectoryError | OSError) -> DirectoryError:
    if isinstance(error, DirectoryError):
        return error
    return DirectoryError(f"directory: what is held cannot be read ({error.strerror})")


def _timestamp_version(folder: Path) -> int:
    """Return the version of the timestamp held, 0 for none."""
    try:
        content = (folder / "metadata" / "timestamp.json").read_bytes()
    except FileNotFoundError:
        return 0
    return Metadata[Timestamp].from_bytes(content).signed.version


@contextmanager
def _in_use(folder: Path) -> Iterator[None]:
    """Hold a folder's lock, which ends with the process at the latest.

    Raises:
        BlockingIOError: somebody else holds it.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


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
