"""Our own beat: always, at an offset of our own, one cell of one size to every member."""

import hashlib
import os

import structlog

from node.clock import Clock
from node.errors import NoHubError
from node.federation.rounds import Delivery, RoundSender
from node.keys import NodeKeys
from node.post.outbox import Outbox
from protocol.directory.members import Directory
from protocol.errors import ProtocolError
from protocol.identifiers import ROUND_ID_BYTES, MemberId, RoundId
from protocol.messages.post import MESSAGE_ID_BYTES, PostMessage, PostType, Receipt
from protocol.sealing.bundle import encode_bundle
from protocol.sealing.cell import REPLY_SECRET_BYTES
from protocol.sealing.envelope import Header, Kind, SentRequest, seal_request

log = structlog.get_logger()


class Beat:
    """Sends one round of post."""

    def __init__(
        self, member: MemberId, keys: NodeKeys, outbox: Outbox, sender: RoundSender, clock: Clock
    ) -> None:
        self._member = member
        self._keys = keys
        self._outbox = outbox
        self._sender = sender
        self._clock = clock

    def seconds_to_next(self, interval_seconds: int) -> float:
        """Return how long until this member's next beat."""
        interval_ms = interval_seconds * 1000
        digest = hashlib.sha256(self._member.encode()).digest()
        offset_ms = int.from_bytes(digest[:8], "big") % interval_ms
        return (interval_ms - (self._clock() - offset_ms) % interval_ms) / 1000

    async def send(self, directory: Directory) -> None:
        """Send a cell to every member. What is not receipted goes again at the next beat."""
        messages = {
            member: self._outbox.next_for(member) or _noise() for member in directory.members
        }
        sent = self._seal(directory, messages)
        bundle = encode_bundle(list(sent.values()), self._keys.signing)
        try:
            async for delivery in self._sender.run(directory, sent, bundle):
                self._take(delivery, messages[delivery.member])
        except NoHubError:
            log.warning("post not sent", reason="no hub")

    def _seal(
        self, directory: Directory, messages: dict[MemberId, PostMessage]
    ) -> dict[MemberId, SentRequest]:
        round_id = RoundId(os.urandom(ROUND_ID_BYTES))
        now_ms = self._clock()
        return {
            member: seal_request(
                Header(Kind.POST, round_id, self._member, member, now_ms),
                os.urandom(REPLY_SECRET_BYTES),
                message.encode(),
                directory.member(member).sealing_key,
                self._keys.signing,
            )
            for member, message in messages.items()
        }

    def _take(self, delivery: Delivery, message: PostMessage) -> None:
        if delivery.body is None:
            return
        try:
            receipt = Receipt.decode(delivery.body)
        except ProtocolError as error:
            log.warning("receipt refused", reason=type(error).__name__)
            return
        if receipt.message_id == message.message_id:
            self._outbox.receipted(delivery.member, message.message_id)


def _noise() -> PostMessage:
    return PostMessage(os.urandom(MESSAGE_ID_BYTES), PostType.NOISE, b"")
