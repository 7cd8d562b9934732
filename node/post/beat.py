"""Our own beat: always, at an offset of our own, one cell of one size to every member."""

import os
from collections.abc import Sequence

import structlog

from node.clock import Clock, seconds_to_beat
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
        self,
        member: MemberId,
        keys: NodeKeys,
        outboxes: Sequence[Outbox],
        sender: RoundSender,
        clock: Clock,
    ) -> None:
        """Of messages in several outboxes that of the first goes first."""
        self._member = member
        self._keys = keys
        self._outboxes = outboxes
        self._sender = sender
        self._clock = clock

    def seconds_to_next(self, interval_seconds: int) -> float:
        """Return how long until this member's next beat."""
        return seconds_to_beat(self._member, interval_seconds, self._clock())

    async def send(self, directory: Directory) -> None:
        """Send a cell to every member. What is not receipted goes again at the next beat."""
        messages = {member: self._next_for(member) for member in directory.members}
        sent = self._seal(directory, messages)
        bundle = encode_bundle(list(sent.values()), self._keys.signing)
        receipted: list[MemberId] = []
        try:
            async for delivery in self._sender.run(directory, sent, bundle):
                if _is_receipt(delivery, messages[delivery.member]):
                    receipted.append(delivery.member)
        except NoHubError:
            log.warning("post not sent", reason="no hub")
        # A receipt of noise costs nothing: what one of a message costs is paid when all are in.
        for member in receipted:
            self._receipted(member, messages[member])

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

    def _receipted(self, member: MemberId, message: PostMessage) -> None:
        for outbox in self._outboxes:
            if outbox.next_for(member) == message:
                outbox.receipted(member, message.message_id)

    def _next_for(self, member: MemberId) -> PostMessage:
        waiting = (outbox.next_for(member) for outbox in self._outboxes)
        return next((message for message in waiting if message is not None), None) or _noise()


def _is_receipt(delivery: Delivery, message: PostMessage) -> bool:
    if delivery.body is None:
        return False
    try:
        return Receipt.decode(delivery.body).message_id == message.message_id
    except ProtocolError as error:
        log.warning("receipt refused", reason=type(error).__name__)
        return False


def _noise() -> PostMessage:
    return PostMessage(os.urandom(MESSAGE_ID_BYTES), PostType.NOISE, b"")
