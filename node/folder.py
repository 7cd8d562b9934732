"""A node's folder: what is where."""

from dataclasses import dataclass
from pathlib import Path

from node.keyholding.ceremony_file import CeremonyFile
from node.keyholding.share import ShareFile
from node.running import RunningFile
from node.store_key import StoreKey


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
    def evidence(self) -> Path:
        return self.path / "evidence"

    @property
    def running(self) -> RunningFile:
        return RunningFile(self.path)

    @property
    def details(self) -> Path:
        """Return where the socket of the node that runs is."""
        return self.path / "detail.sock"

    @property
    def accounts(self) -> Path:
        return self.path / "accounts.db"

    @property
    def lookups(self) -> Path:
        return self.path / "lookups.db"

    @property
    def watches(self) -> Path:
        return self.path / "watches.db"

    @property
    def post(self) -> Path:
        return self.path / "post.db"

    @property
    def ledger(self) -> Path:
        return self.path / "ledger.db"

    @property
    def records(self) -> Path:
        return self.path / "records.db"

    def column_map(self, source: str) -> Path:
        """Return where the column map of a source is, if it has one."""
        return self.path / "maps" / f"{source}.toml"

    @property
    def shared_addresses(self) -> Path:
        return self.path / "shared-addresses.txt"

    def quality(self, source: str) -> Path:
        """Return where the counts of a source's last load are."""
        return self.path / "quality" / f"{source}.json"

    def measured_sources(self) -> list[str]:
        """Return the names of the sources of which there are such counts."""
        return sorted(path.stem for path in (self.path / "quality").glob("*.json"))

    def shares(self, key: StoreKey) -> ShareFile:
        return ShareFile(self.path / "share.sealed", key)

    def ceremony(self, key: StoreKey) -> CeremonyFile:
        return CeremonyFile(self.path / "ceremony.sealed", key)
