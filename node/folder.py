"""A node's folder: what is where, and the parts of a node opened from it."""

from dataclasses import dataclass
from pathlib import Path

from node.errors import SettingsError
from node.federation.directory import DirectoryKeeper
from node.keyholding.ceremony_file import CeremonyFile
from node.keyholding.share import ShareFile
from node.keys import NodeKeys, load_keys
from node.ledger.ledger import Ledger
from node.records.store import RecordStore
from node.settings import NodeSettings, load_settings
from node.store_key import StoreKey, load_store_key


@dataclass(frozen=True, slots=True)
class Folder:
    """Paths in a node's folder."""

    path: Path

    @property
    def keys(self) -> Path:
        return self.path / "keys.sealed"

    @property
    def policy(self) -> Path:
        return self.path / "policy.toml"

    @property
    def root(self) -> Path:
        return self.path / "root.json"

    @property
    def registration(self) -> Path:
        return self.path / "registration.json"

    @property
    def certificate(self) -> Path:
        return self.path / "ceremony-certificate"

    @property
    def running(self) -> Path:
        return self.path / "running.json"

    @property
    def ledger(self) -> Path:
        return self.path / "ledger.db"

    @property
    def records(self) -> Path:
        return self.path / "records.db"

    def shares(self, key: StoreKey) -> ShareFile:
        return ShareFile(self.path / "share.sealed", key)

    def ceremony(self, key: StoreKey) -> CeremonyFile:
        return CeremonyFile(self.path / "ceremony.sealed", key)


@dataclass(frozen=True, slots=True, repr=False)
class OpenFolder:
    """A node's folder with everything that every command needs from it."""

    folder: Folder
    settings: NodeSettings
    store_key: StoreKey
    keys: NodeKeys
    directory: DirectoryKeeper
    ledger: Ledger
    records: RecordStore

    def close(self) -> None:
        self.ledger.close()
        self.records.close()

    def hub_urls(self) -> list[str]:
        """Return the hubs to fetch the directory from: those in the settings, always."""
        return list(self.settings.hubs)


def open_folder(path: Path) -> OpenFolder:
    """Open a node's folder.

    Raises:
        SettingsError: a file is missing or wrong.
        StoreError: the store key does not fit, or a database is broken.
    """
    settings = load_settings(path)
    folder = Folder(path)
    key = load_store_key(settings.store_key)
    keys = load_keys(folder.keys, key)
    try:
        root = folder.root.read_bytes()
    except OSError as error:
        raise SettingsError(f"{folder.root}: {error.strerror}") from None
    return OpenFolder(
        folder,
        settings,
        key,
        keys,
        DirectoryKeeper(path / "directory", root),
        Ledger(folder.ledger),
        RecordStore(folder.records, key),
    )
