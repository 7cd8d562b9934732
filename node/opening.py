"""The parts of a node that every command needs, opened from its folder."""

from dataclasses import dataclass
from pathlib import Path

from node.errors import SettingsError
from node.federation.directory import DirectoryKeeper
from node.folder import Folder
from node.keys import NodeKeys, load_keys
from node.ledger.ledger import Ledger
from node.records.store import RecordStore
from node.settings import NodeSettings, load_settings
from node.store_key import StoreKey, load_store_key


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
