"""Acting on stored post, on this node's own clock: nothing outside sees when, or whether."""

from collections.abc import Callable, Mapping

import structlog

from node.clock import Clock
from node.errors import StoreError
from node.ledger.ledger import Ledger, OpenPost
from node.store_key import StoreKey
from protocol import labels, limits
from protocol.errors import CeremonyError, DirectoryError, ProtocolError
from protocol.identifiers import MemberId
from protocol.messages.post import PostMessage, PostType

log = structlog.get_logger()

MOST_AT_ONCE = 500

Handler = Callable[[MemberId, bytes], bool]
"""Takes a message's sender and content. False: not yet, show it again."""


class Inbox:
    """Hands stored messages to whoever they are for; each is done once."""

    def __init__(
        self,
        ledger: Ledger,
        key: StoreKey,
        handlers: Mapping[PostType, Handler],
        clock: Clock,
    ) -> None:
        self._ledger = ledger
        self._key = key
        self._handlers = handlers
        self._clock = clock

    def work(self) -> None:
        """Act on what is stored, and forget what is old."""
        last = 0
        while rows := self._ledger.open_post(last, MOST_AT_ONCE):
            last = rows[-1].row_id
            done = [row.row_id for row in rows if self._act(row)]
            if done:
                self._ledger.close_post(done)
        self._ledger.forget(self._clock() - limits.REPLAY_SECONDS * 1000)

    def _act(self, row: OpenPost) -> bool:
        try:
            message = PostMessage.decode(self._key.open(labels.STORE_ROW, row.entry, row.round_id))
        except (StoreError, ProtocolError) as error:
            log.warning("post unreadable", reason=type(error).__name__)
            return True
        handler = self._handlers.get(message.type)
        if handler is None:
            return True
        try:
            return handler(row.sender, message.content)
        except (DirectoryError, StoreError) as error:
            # Our directory has expired or lags, or what it is about cannot be read or kept now. The
            # sender has its receipt and will not send this again; what else has come goes on.
            log.info("post waits", type=message.type.name, reason=type(error).__name__)
            return False
        except CeremonyError as error:
            log.warning("post refused", accused=error.accused, reason=error.reason)
            return True
        except ProtocolError as error:
            log.warning("post refused", type=message.type.name, reason=type(error).__name__)
            return True
