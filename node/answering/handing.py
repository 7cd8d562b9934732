"""What a node and the process that builds a table for it say to each other, one packet each.

They are of one release and one machine: none of it is on the wire or on a disk.
"""

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from node.records.state import IndexState
from node.store_key import STORE_KEY_BYTES, StoreKey
from protocol.encoding import Reader, Writer
from protocol.errors import MalformedError
from protocol.identifiers import (
    MEMBER_ID_BYTES,
    OPRF_KEY_ID_BYTES,
    Epoch,
    MemberId,
    decode_member_id,
    encode_member_id,
)

PATH_BYTES = 4096
TASK_BYTES = 8192
BUILT_BYTES = OPRF_KEY_ID_BYTES + 4 + 8


@dataclass(frozen=True, slots=True, repr=False)
class Task:
    """Which table to build, of what, and the key that opens it."""

    records: Path
    key: StoreKey
    member: MemberId
    epoch: Epoch
    today: date

    def encode(self) -> bytes:
        return (
            Writer()
            .fixed(self.key.hand_over(), STORE_KEY_BYTES)
            .raw(encode_member_id(self.member))
            .integer(self.epoch, 8)
            .integer(self.today.toordinal(), 4)
            .prefixed(os.fsencode(self.records))
            .done()
        )

    @classmethod
    def decode(cls, content: bytes) -> "Task":
        """Return a task.

        Raises:
            MalformedError: not of this form.
        """
        reader = Reader(content, "task")
        key = StoreKey(reader.fixed(STORE_KEY_BYTES))
        member = decode_member_id(reader.fixed(MEMBER_ID_BYTES))
        epoch, day = Epoch(reader.integer(8)), reader.integer(4)
        records = Path(os.fsdecode(reader.prefixed(PATH_BYTES)))
        reader.finish()
        try:
            return cls(records, key, member, epoch, date.fromordinal(day))
        except (ValueError, OverflowError):
            raise MalformedError("malformed task: no day") from None


def encode_built(state: IndexState) -> bytes:
    """Return what goes with a table: the state of the records that it is of."""
    return (
        Writer()
        .fixed(state.oprf_key, OPRF_KEY_ID_BYTES)
        .integer(state.matching_version, 4)
        .integer(state.load_number, 8)
        .done()
    )


def decode_built(content: bytes) -> IndexState:
    """Return the state.

    Raises:
        MalformedError: not of this form.
    """
    reader = Reader(content, "table", BUILT_BYTES)
    return IndexState(reader.fixed(OPRF_KEY_ID_BYTES), reader.integer(4), reader.integer(8))
