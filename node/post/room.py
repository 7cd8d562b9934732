"""Post that arrives: each cell one row and one receipt, noise too (spec 50 §5)."""

from node.ledger.ledger import Ledger
from node.receiving.request import OpenedRequest
from node.store_key import StoreKey
from protocol import labels
from protocol.messages.post import PostMessage, Receipt


class PostRoom:
    """Stores post."""

    on_tick = True

    def __init__(self, ledger: Ledger, key: StoreKey) -> None:
        self._ledger = ledger
        self._key = key

    def answer(self, request: OpenedRequest) -> bytes | None:
        """Return the receipt of a cell that is on the disk."""
        message = PostMessage.decode(request.body)
        reply = request.seal(Receipt(message.message_id).encode())
        entry = self._key.seal(labels.STORE_ROW, request.body, request.sealed.header.round_id)
        row = self._ledger.record(request.sealed, reply, entry, request.now_ms)
        return row.reply if row.digest == request.sealed.digest else None
