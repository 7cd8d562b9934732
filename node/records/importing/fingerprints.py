"""What is new in a row is recognised by (spec 80 §2)."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from node.records.importing.rows import ParsedRow
from node.store_key import StoreKey
from protocol import labels
from protocol.matching.identity import Carer, Identity


@dataclass(frozen=True, slots=True, repr=False)
class ContentKey:
    """Two fingerprints, 32 bytes each. While the first is the same, so are the row's match keys,
    and its tokens stand whatever else is new; while both are, the row is unchanged."""

    of_child: bytes
    of_rest: bytes

    @classmethod
    def of(
        cls, row: ParsedRow, shared_postcodes: Collection[str], store_key: StoreKey
    ) -> "ContentKey":
        return cls(
            store_key.fingerprint(labels.STORE_CONTENT, _written(row.identity, shared_postcodes)),
            store_key.fingerprint(
                labels.STORE_CONTENT, row.involvement.encode(), row.case_reference.encode()
            ),
        )

    def encode(self) -> bytes:
        return self.of_child + self.of_rest


def _written(identity: Identity, shared_postcodes: Collection[str]) -> bytes:
    """Return all that match keys are made of, others for others."""
    every = [getattr(identity, name) for name in Identity.__slots__]
    return json.dumps([*every, sorted(shared_postcodes)], default=_plain).encode()


def _plain(value: object) -> object:
    if isinstance(value, Carer):
        return [getattr(value, name) for name in Carer.__slots__]
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a child has a {type(value).__name__}")
