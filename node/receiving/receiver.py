"""The one way in: size, form, sender, freshness, signature, cell, once, tick (spec 30 §7)."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from node.clock import Clock
from node.ledger.ledger import Ledger
from node.logging import place_of
from node.receiving.request import Answering, OpenedRequest
from protocol.directory.members import Directory
from protocol.errors import ProtocolError
from protocol.identifiers import MemberId
from protocol.sealing.cell import SealingPrivateKey
from protocol.sealing.envelope import (
    Kind,
    SealedRequest,
    open_request,
    parse_request,
    request_bytes,
    seal_reply,
    verify_request,
)

log = structlog.get_logger()

WORKERS = 4
"""Requests worked on at once: the ciphers' calls release the interpreter lock."""

IMPORT_WORKERS = 1
"""Batches of imports evaluated at once, beside those: two threads would take turns at the
interpreter's lock a thousand times a batch, for twice the work, and questions would wait for
both."""

MOST_WAITING = 256
"""Requests held at once, of imports and of all others; beyond it they are declined before they are
parsed."""

_IMPORT_BYTES = request_bytes(Kind.IMPORT_EVALUATION)

_Answered = tuple[bytes | None, int | None]
"""A reply, and the tick that it leaves on, in milliseconds; None for none."""


class Receiver:
    """Answers envelopes. Every refusal is the same: no reply at all."""

    def __init__(
        self,
        member: MemberId,
        signing_key: Ed25519PrivateKey,
        sealing_key: SealingPrivateKey,
        ledger: Ledger,
        directory: Callable[[], Directory],
        rooms: Mapping[Kind, Answering],
        clock: Clock,
    ) -> None:
        self._member = member
        self._signing_key = signing_key
        self._sealing_key = sealing_key
        self._ledger = ledger
        self._directory = directory
        self._rooms = rooms
        self._clock = clock
        self._lane = _Lane(WORKERS, "receiver")
        self._import_lane = _Lane(IMPORT_WORKERS, "import")

    async def receive(self, envelope: bytes) -> bytes | None:
        """Return the reply to one envelope, None to decline."""
        loop = asyncio.get_running_loop()
        arrived = loop.time()
        lane = self._import_lane if len(envelope) == _IMPORT_BYTES else self._lane
        if lane.waiting >= MOST_WAITING:
            return None
        reply, tick_ms = await lane.work(partial(self._answer, envelope))
        if tick_ms is not None:
            await asyncio.sleep(seconds_to_tick(loop.time() - arrived, tick_ms))
        return reply

    def _answer(self, envelope: bytes) -> _Answered:
        try:
            request, room = self._open(envelope)
        except ProtocolError as error:
            log.info("declined", reason=type(error).__name__)
            return None, None
        tick_ms = request.directory.tick_ms if room.on_tick else None
        try:
            return self._answer_once(request, room), tick_ms
        except Exception as error:
            # The disk is full, the database is locked, a defect of our own: no row, so no answer,
            # and on the tick like any answer.
            log.warning("not answered", reason=type(error).__name__, place=place_of(error))
            return None, tick_ms

    def _answer_once(self, request: OpenedRequest, room: Answering) -> bytes | None:
        found = self._ledger.find(request.sealed.header.round_id, request.sender.id)
        if found is not None and found.digest != request.sealed.digest:
            log.info("declined", reason="another request under a round that was used")
            return None
        if found is not None and found.reply is not None:
            return found.reply
        return room.answer(request)

    def _open(self, envelope: bytes) -> tuple[OpenedRequest, Answering]:
        sealed = parse_request(envelope)
        directory = self._directory()
        sender = directory.member(sealed.header.sender)
        now_ms = self._clock()
        verify_request(sealed, self._member, sender.signing_key, now_ms)
        reply_secret, body = open_request(sealed, self._sealing_key)
        seal = partial(_seal, sealed, reply_secret, self._signing_key)
        request = OpenedRequest(sealed, sender, body, directory, now_ms, seal)
        return request, self._rooms[sealed.header.kind]


class _Lane:
    """Threads for some of the requests, and how many of these there are."""

    def __init__(self, workers: int, name: str) -> None:
        self._workers = ThreadPoolExecutor(workers, name)
        self.waiting = 0

    async def work(self, answer: Callable[[], _Answered]) -> _Answered:
        self.waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._workers, answer)
        finally:
            self.waiting -= 1


def seconds_to_tick(elapsed_seconds: float, tick_ms: int) -> float:
    """Return how long until the next whole tick after arrival."""
    tick = tick_ms / 1000
    return tick - elapsed_seconds % tick


def _seal(
    sealed: SealedRequest, reply_secret: bytes, key: Ed25519PrivateKey, salt: bytes, body: bytes
) -> bytes:
    return seal_reply(sealed, reply_secret, salt, body, key)
