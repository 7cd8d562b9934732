"""Our rounds: one bundle to a hub, lines back; the same bytes to the next hub where one fails."""

import asyncio
import ssl
from collections import deque
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Mapping,
    Sequence,
)
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import httpx
import structlog

from node.errors import NoHubError
from protocol import limits
from protocol.directory.members import Directory
from protocol.errors import MalformedError, ProtocolError
from protocol.identifiers import MemberId
from protocol.messages.stream import (
    MOST_LINE_BYTES,
    EndLine,
    FailureLine,
    ReplyLine,
    decode_line,
)
from protocol.sealing.envelope import SentRequest, open_reply

log = structlog.get_logger()

CONNECT_SECONDS = 3.0
READ_SECONDS = limits.ROUND_SECONDS + 5

TOO_MANY_ROUNDS = 429
PAUSE_SECONDS, MOST_PAUSES = 1.0, 5
"""How long a hub's limit of rounds is waited for: a council that asks much has one hub left."""


class Failure(StrEnum):
    """Why a member's reply is not there."""

    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed_out"
    DECLINED = "declined"
    BUSY = "busy"
    INVALID = "invalid"
    """What came is not that member's reply: the hub made it, or the member misbehaves."""


_ELSEWHERE = frozenset({Failure.UNREACHABLE, Failure.INVALID})
"""Failures that may be the hub's own: the next hub is tried."""


@dataclass(frozen=True, slots=True, repr=False)
class Delivery:
    """How one envelope of a round ended: the body of its authentic reply, or why there is none.

    `reply` is the signed envelope that the body came in. `is_said` is False where no hub gave a
    line for it: it may have arrived or not.
    """

    member: MemberId
    body: bytes | None
    failure: Failure | None
    reply: bytes | None = None
    is_said: bool = True


class RoundSender:
    """Posts bundles. Hubs are tried in order, the one that served last first."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        hubs: Callable[[], Sequence[str]],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._client = client
        self._hubs = hubs
        self._pause = pause
        self._preferred: str | None = None

    async def run(
        self, directory: Directory, sent: Mapping[MemberId, SentRequest], bundle: bytes
    ) -> AsyncGenerator[Delivery, None]:
        """Yield one delivery for each request, replies as they come, failures at the end.

        A member that one hub cannot reach, or answers for falsely, is tried over the next: the
        same bytes again are answered with the stored reply. Where no hub carries the round, one
        that says that this member starts too many is asked again after a moment.

        Raises:
            NoHubError: no hub carried the round; says what each of them said.
        """
        waiting = dict.fromkeys(sent, Failure.UNREACHABLE)
        unsaid = set(sent)
        problems: dict[str, str] = {}
        hubs, pauses = deque(self._in_order()), MOST_PAUSES
        full: list[str] = []
        while hubs:
            hub = hubs.popleft()
            try:
                async with aclosing(self._post(hub, bundle, len(sent))) as lines:
                    async for line in lines:
                        member = MemberId(line.member)
                        if member not in waiting:
                            continue
                        unsaid.discard(member)
                        delivery = _open(directory, sent[member], line)
                        if delivery.failure is not None:
                            waiting[member] = delivery.failure
                        else:
                            del waiting[member]
                            yield delivery
                self._preferred = hub
                problems.pop(hub, None)
            except (
                httpx.HTTPError,
                httpx.InvalidURL,
                ProtocolError,
                _HubRefusal,
                TimeoutError,
            ) as error:
                problems[hub] = _reason(error)
                log.warning("hub failed", hub=hub, reason=type(error).__name__)
                if isinstance(error, _HubRefusal) and error.status == TOO_MANY_ROUNDS:
                    full.append(hub)
            if not _ELSEWHERE & set(waiting.values()):
                break
            if not hubs and full and pauses and len(problems) == len(self._hubs()):
                # Nobody has carried it: one that has had too much of us may in a moment.
                await self._pause(PAUSE_SECONDS)
                hubs, full, pauses = deque(full), [], pauses - 1
        if len(problems) == len(self._hubs()) and len(waiting) == len(sent):
            said = "; ".join(f"{hub}: {problem}" for hub, problem in problems.items())
            raise NoHubError(
                f"no hub carried the round ({said}): no answer came back; "
                "ask again when a hub is back, and ring the duty lines meanwhile"
            )
        for member, failure in waiting.items():
            yield Delivery(member, None, failure, is_said=member not in unsaid)

    def _in_order(self) -> list[str]:
        return sorted(self._hubs(), key=lambda hub: hub != self._preferred)

    async def _post(
        self, hub: str, bundle: bytes, most_lines: int
    ) -> AsyncGenerator[ReplyLine | FailureLine, None]:
        headers = {"content-type": "application/octet-stream", "accept-encoding": "identity"}
        deadline = asyncio.get_running_loop().time() + READ_SECONDS
        async with AsyncExitStack() as stack:
            stream = self._client.stream(
                "POST", f"{hub}/v1/rounds", content=bundle, headers=headers
            )
            async with asyncio.timeout_at(deadline):
                response = await stack.enter_async_context(stream)
            if response.status_code != httpx.codes.OK:
                raise _HubRefusal(response.status_code)
            if response.headers.get("content-encoding", "identity") != "identity":
                raise MalformedError("malformed stream: compressed")
            number = 0
            async for content in _lines(response, deadline):
                line = decode_line(content)
                if isinstance(line, EndLine):
                    if line.members != number:
                        raise MalformedError("malformed stream: the end line's count is wrong")
                    return
                number += 1
                if number > most_lines:
                    raise MalformedError("malformed stream: more lines than envelopes")
                yield line
        raise MalformedError("malformed stream: ended without an end line")


def _open(directory: Directory, sent: SentRequest, line: ReplyLine | FailureLine) -> Delivery:
    member = sent.header.recipient
    if isinstance(line, FailureLine):
        return Delivery(member, None, Failure(line.reason.value))
    try:
        reply = line.reply_bytes()
        body = open_reply(reply, sent, directory.member(member).signing_key)
    except ProtocolError:
        return Delivery(member, None, Failure.INVALID)
    return Delivery(member, body, None, reply)


class _HubRefusal(Exception):
    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


_STATUS_MEANING = {
    400: "refused the round: is this machine's clock right?",
    403: "does not know this member, or its key",
    TOO_MANY_ROUNDS: "says this member starts too many rounds",
    503: "is busy, or has no valid directory",
}


def make_client(transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """Return the client for rounds: no redirects, a deadline on every wait.

    It goes over the network unless it is given another way.
    """
    timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    return httpx.AsyncClient(
        verify=_certificates(), timeout=timeout, follow_redirects=False, transport=transport
    )


@cache
def _certificates() -> ssl.SSLContext:
    """Return the authorities that a hub's certificate is of: read once, which takes 20 ms."""
    return httpx.create_ssl_context()


async def _lines(response: httpx.Response, deadline: float) -> AsyncIterator[bytes]:
    """Split a stream into lines without ever holding more than one, and that one capped.

    Raises:
        TimeoutError: the whole takes longer than a round may, however the bytes drip.
    """
    chunks = response.aiter_raw()
    held = b""
    while True:
        try:
            async with asyncio.timeout_at(deadline):
                chunk = await anext(chunks)
        except StopAsyncIteration:
            return
        *whole, held = (held + chunk).split(b"\n")
        for line in whole:
            yield line
        if len(held) > MOST_LINE_BYTES:
            raise MalformedError("malformed stream: line too long")


def _reason(error: Exception) -> str:
    if isinstance(error, _HubRefusal):
        return _STATUS_MEANING.get(error.status, f"answered with status {error.status}")
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return "not reachable"
    if isinstance(error, httpx.HTTPError | TimeoutError):
        return "broke off"
    return str(error)
