"""Acting on stored post, on this node's own clock: nothing outside sees when, or whether."""

from collections.abc import Callable, Mapping

import structlog

from node.clock import Clock
from node.errors import StoreError
from node.ledger.ledger import Ledger, OpenPost
from node.logging import place_of
from node.store_key import StoreKey
from protocol import labels, limits
from protocol.errors import CeremonyError, DirectoryError, ProtocolError
from protocol.identifiers import MemberId
from protocol.messages.post import PostMessage, PostType

log = structlog.get_logger()

MOST_AT_ONCE = 500

_HOUR_MS = 3_600_000
CEREMONY_WAITS_MS = 2 * _HOUR_MS
"""How long the post of a ceremony waits to be taken: a node learns of one within an hour, and what
nobody takes for longer was for one that is over."""

WAITS_MS = 8 * 24 * _HOUR_MS
"""How long any other does: longer than anybody is given to ring back."""

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
        return handler is None or self._hand(handler, message, row)

    def _hand(self, handler: Handler, message: PostMessage, row: OpenPost) -> bool:
        try:
            return handler(row.sender, message.content) or self._is_over(message.type, row)
        except (DirectoryError, StoreError) as error:
            # Our directory has expired or lags, or what it is about cannot be read or kept now. The
            # sender has its receipt and will not send this again; what else has come goes on.
            log.info("post waits", type=message.type.name, reason=type(error).__name__)
            return self._is_over(message.type, row)
        except CeremonyError as error:
            log.warning("post refused", accused=error.accused, reason=error.reason)
            return True
        except ProtocolError as error:
            log.warning("post refused", type=message.type.name, reason=type(error).__name__)
            return True
        except Exception as error:
            # A defect of ours: what else has come goes on, and this is tried again once it is
            # mended.
            place = place_of(error)
            log.warning(
                "post waits", type=message.type.name, reason=type(error).__name__, place=place
            )
            return self._is_over(message.type, row)

    def _is_over(self, post_type: PostType, row: OpenPost) -> bool:
        """Return whether what nobody could take has waited for long enough."""
        waits_ms = CEREMONY_WAITS_MS if post_type in _OF_CEREMONY else WAITS_MS
        if self._clock() - row.received_ms <= waits_ms:
            return False
        log.warning("post dropped", type=post_type.name)
        return True


_OF_CEREMONY = {PostType.CEREMONY_CONTRIBUTION, PostType.CEREMONY_SIGNATURE}
