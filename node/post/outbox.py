"""Messages that wait for a beat: one a recipient leaves with each, until it is receipted."""

from collections import defaultdict

from protocol.identifiers import MemberId
from protocol.messages.post import PostMessage


class Outbox:
    """In memory: whoever puts a message here can make the same one again after a restart."""

    def __init__(self) -> None:
        self._waiting: defaultdict[MemberId, dict[bytes, PostMessage]] = defaultdict(dict)

    def put(self, recipient: MemberId, message: PostMessage) -> None:
        """Queue a message; the same message id again changes nothing."""
        self._waiting[recipient].setdefault(message.message_id, message)

    def next_for(self, recipient: MemberId) -> PostMessage | None:
        """Return the oldest message to a recipient; it stays until it is receipted."""
        return next(iter(self._waiting[recipient].values()), None)

    def receipted(self, recipient: MemberId, message_id: bytes) -> None:
        """Forget a message that the recipient has stored."""
        self._waiting[recipient].pop(message_id, None)
