"""Post that arrives: each cell one row and one receipt, noise too (spec 50 §5)."""

from node.ledger.ledger import Ledger
from node.receiving.request import OpenedRequest
from node.store_key import StoreKey
from protocol import labels
from protocol.messages.post import PostMessage, Receipt

MOST_IN_AN_INTERVAL = 8
"""Cells of one member stored within an interval: beats and their retries, not a flood of rows."""


class PostRoom:
    """Stores post."""

    on_tick = True

    def __init__(self, ledger: Ledger, key: StoreKey) -> None:
        self._ledger = ledger
        self._key = key

    def answer(self, request: OpenedRequest) -> bytes | None:
        """Return the receipt of a cell that is on the disk."""
        message = PostMessage.decode(request.body)
        interval_ms = request.directory.post_interval_seconds * 1000
        since_ms = request.now_ms - interval_ms
        if self._ledger.post_since(request.sender.id, since_ms) >= MOST_IN_AN_INTERVAL:
            return None
        reply = request.seal(Receipt(message.message_id).encode())
        entry = self._key.seal(labels.STORE_ROW, request.body, request.sealed.header.round_id)
        row = self._ledger.record(request.sealed, reply, entry, request.now_ms)
        return row.reply if row.digest == request.sealed.digest else None
