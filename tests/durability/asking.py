"""The other members' side of a running federation: requests over the hub, and what came back."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache

import httpx

from protocol.identifiers import ROUND_ID_BYTES, RoundId
from protocol.matching.keys import MATCHING_VERSION
from protocol.messages.evaluation import EvaluationRequest, batch_size
from protocol.messages.post import PostMessage, PostType
from protocol.messages.stream import EndLine, FailureLine, FailureReason, ReplyLine, decode_line
from protocol.oprf import group
from protocol.sealing.bundle import encode_bundle
from protocol.sealing.envelope import Header, Kind, SentRequest
from tests.node.small_federation import (
    STRANGER_ENTRIES,
    Council,
    ask,
    child,
    council,
    enquiry,
    make_header,
    prepare,
    seal,
    subset_of,
)

US = council(2)
"""The member whose node is tested."""

MOST_AT_ONCE = 16
"""Rounds at once: the hub gives one member 32 places."""

HIT = prepare(enquiry(child()))
MISS = prepare(enquiry(child(**STRANGER_ENTRIES)))


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(slots=True)
class Exchange:
    """One request to us: what was sent, and the reply once it has come."""

    sender: Council
    body: bytes
    sent: SentRequest
    bundle: bytes
    is_hit: bool = False
    reply: bytes | None = None

    @property
    def header(self) -> Header:
        return self.sent.header

    @property
    def key(self) -> tuple[bytes, str]:
        """What a node knows it by."""
        return self.header.round_id, self.header.sender

    def with_other_bytes(self) -> "Exchange":
        """Return the same question sealed anew: right in itself, but not the bytes of before."""
        return exchange(self.header, self.body)


def exchange(header: Header, body: bytes, *, is_hit: bool = False) -> Exchange:
    sender = council(int(header.sender[-1]))
    sent = seal(header, body)
    return Exchange(sender, body, sent, encode_bundle([sent], sender.keys.signing), is_hit)


def lookup(sender: int, *, is_hit: bool) -> Exchange:
    made_ms = now_ms()
    asked = ask(HIT if is_hit else MISS, asker=sender, answerer=US.index, now_ms=made_ms)
    body = asked.opened(now_ms=made_ms).body
    return exchange(asked.sent.header, body, is_hit=is_hit)


def evaluation(sender: int, kind: Kind = Kind.EVALUATION) -> Exchange:
    body = EvaluationRequest(
        1, MATCHING_VERSION, _elements(kind), subset_of(kind, US.index)
    ).encode()
    return exchange(_header(kind, sender), body)


def post(sender: int, message: PostMessage | None = None) -> Exchange:
    body = (message or PostMessage(os.urandom(16), PostType.NOISE, b"")).encode()
    return exchange(_header(Kind.POST, sender), body)


class Asker:
    """Starts rounds of one envelope each at one hub."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def send(self, made: Exchange) -> bytes | FailureReason:
        """Send a request, or send it again; return the reply, or why there is none."""
        response = await self._client.post("/v1/rounds", content=made.bundle)
        if response.status_code != httpx.codes.OK:
            raise ConnectionError(f"the hub refused: {response.text}")
        line, end = map(decode_line, response.content.splitlines())
        assert isinstance(end, EndLine)
        if isinstance(line, ReplyLine):
            return line.reply_bytes()
        assert isinstance(line, FailureLine)
        return line.reason

    async def send_when_linked(self, made: Exchange, seconds: float) -> bytes | FailureReason:
        """Send a request until the member is linked."""
        async with asyncio.timeout(seconds):
            while True:
                reply = await self.send(made)
                if reply is not FailureReason.UNREACHABLE:
                    return reply
                await asyncio.sleep(0.02)


@asynccontextmanager
async def asker_at(url: str) -> AsyncIterator[Asker]:
    async with httpx.AsyncClient(
        base_url=url,
        timeout=30,
        limits=httpx.Limits(max_connections=MOST_AT_ONCE),
        verify=False,  # noqa: S501 (plain http: reading certificates in takes longer than a round)
    ) as client:
        yield Asker(client)


def _header(kind: Kind, sender: int) -> Header:
    return make_header(kind, council(sender), US, now_ms(), RoundId(os.urandom(ROUND_ID_BYTES)))


@lru_cache
def _elements(kind: Kind) -> tuple[group.Element, ...]:
    return tuple(
        group.multiply_base(group.scalar_from_int(number + 2)) for number in range(batch_size(kind))
    )
