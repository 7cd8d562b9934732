"""What names a source, and a row of it, in the store (spec 80 §2)."""

from node.store_key import StoreKey
from protocol import labels
from protocol.messages.vocabulary import InvolvementKind


def source_fingerprint(key: StoreKey, source: str) -> bytes:
    """Return what names a source in the store."""
    return key.fingerprint(labels.STORE_SOURCE_ID, source.encode())


def source_key(
    case_reference: str, kind: InvolvementKind | None, key: StoreKey, source: str
) -> bytes:
    """Return the fingerprint that says which row of which source it is; every row has a kind."""
    return key.fingerprint(
        labels.STORE_SOURCE_ID, source.encode(), case_reference.encode(), bytes([kind or 0])
    )
