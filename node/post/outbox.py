"""Messages that wait for a beat: one a recipient leaves with each, until it is receipted."""

from collections import defaultdict
from collections.abc import Collection
from typing import Protocol

from node.database import Database
from node.store_key import StoreKey
from protocol import labels
from protocol.identifiers import MemberId
from protocol.messages.post import PostMessage


class Outbox(Protocol):
    """Where messages wait. Of those to one recipient the oldest leaves first."""

    def put(self, recipient: MemberId, message: PostMessage) -> None:
        """Queue a message; the same message id again changes nothing."""

    def next_for(self, recipient: MemberId) -> PostMessage | None:
        """Return the oldest message to a recipient; it stays until it is receipted."""

    def receipted(self, recipient: MemberId, message_id: bytes) -> None:
        """Forget a message that the recipient has stored."""


class MemoryOutbox:
    """For whoever can make the same message again after a restart."""

    def __init__(self) -> None:
        self._waiting: defaultdict[MemberId, dict[bytes, PostMessage]] = defaultdict(dict)

    def put(self, recipient: MemberId, message: PostMessage) -> None:
        self._waiting[recipient].setdefault(message.message_id, message)

    def next_for(self, recipient: MemberId) -> PostMessage | None:
        return next(iter(self._waiting[recipient].values()), None)

    def receipted(self, recipient: MemberId, message_id: bytes) -> None:
        self._waiting[recipient].pop(message_id, None)


class StoredOutbox:
    """On the disk, for what nobody could make again. In a transaction of this thread `put` is a
    part of it."""

    def __init__(self, database: Database, key: StoreKey) -> None:
        self._database = database
        self._key = key

    def put(self, recipient: MemberId, message: PostMessage) -> None:
        sealed = self._key.seal(labels.STORE_POST, message.encode(), message.message_id)
        self._database.write(_PUT, recipient, message.message_id, sealed)

    def next_for(self, recipient: MemberId) -> PostMessage | None:
        found = self._database.rows(_NEXT, recipient)
        if not found:
            return None
        message_id, sealed = found[0]
        return PostMessage.decode(self._key.open(labels.STORE_POST, sealed, message_id))

    def receipted(self, recipient: MemberId, message_id: bytes) -> None:
        self._database.write(_RECEIPTED, recipient, message_id)

    def waiting(self) -> Collection[bytes]:
        """Return the ids of all messages that wait."""
        return {message_id for (message_id,) in self._database.rows(_WAITING)}


_NEXT = "SELECT message_id, sealed FROM waiting WHERE recipient = ? ORDER BY number LIMIT 1"
_WAITING = "SELECT message_id FROM waiting"
_PUT = """
    INSERT INTO waiting (recipient, message_id, sealed) VALUES (?, ?, ?) ON CONFLICT DO NOTHING
"""
_RECEIPTED = "DELETE FROM waiting WHERE recipient = ? AND message_id = ?"
