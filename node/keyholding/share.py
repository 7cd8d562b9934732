"""The share on disk: sealed, in a file that no backup takes (spec 20 §5)."""

from dataclasses import dataclass
from pathlib import Path

from node.files import erase_file, replace_file
from node.store_key import StoreKey
from protocol import labels
from protocol.encoding import Reader, Writer
from protocol.oprf.group import Element, Scalar, decode_element, decode_scalar


@dataclass(frozen=True, slots=True, repr=False)
class KeyShare:
    """One keyholder's share. It is used once the directory names its verification share."""

    index: int
    share: Scalar
    verification_share: Element


class ShareFile:
    """`share.sealed` in a node's folder."""

    def __init__(self, path: Path, key: StoreKey) -> None:
        self._path = path
        self._key = key

    def load(self) -> KeyShare | None:
        """Return the share, None when there is none.

        Raises:
            StoreError: sealed under another store key, or altered.
        """
        try:
            sealed = self._path.read_bytes()
        except FileNotFoundError:
            return None
        reader = Reader(self._key.open(labels.STORE_KEYS, sealed, b"share"), "share")
        share = KeyShare(
            reader.integer(1),
            decode_scalar(reader.fixed(32)),
            decode_element(reader.fixed(32)),
        )
        reader.finish()
        return share

    def erase(self) -> None:
        erase_file(self._path)

    def store(self, share: KeyShare) -> None:
        """Write the share, on the disk when this returns."""
        content = (
            Writer()
            .integer(share.index, 1)
            .fixed(share.share, 32)
            .fixed(share.verification_share, 32)
            .done()
        )
        replace_file(self._path, self._key.seal(labels.STORE_KEYS, content, b"share"))
