"""Our rounds: one bundle to a hub, lines back; the same bytes to the next hub where one fails."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass

import httpx
import structlog

from node.errors import NoHubError
from protocol import limits
from protocol.errors import MalformedError, ProtocolError
from protocol.identifiers import MemberId
from protocol.messages.stream import (
    MOST_LINE_BYTES,
    EndLine,
    FailureLine,
    FailureReason,
    ReplyLine,
    decode_line,
)

log = structlog.get_logger()

CONNECT_SECONDS = 3.0
READ_SECONDS = limits.ROUND_SECONDS + 5


@dataclass(frozen=True, slots=True, repr=False)
class Delivery:
    """How one envelope of a round ended: its reply, or why there is none."""

    member: MemberId
    reply: bytes | None
    failure: FailureReason | None


class RoundSender:
    """Posts bundles. Hubs are tried in order, the one that served last first."""

    def __init__(self, client: httpx.AsyncClient, hubs: Callable[[], Sequence[str]]) -> None:
        self._client = client
        self._hubs = hubs
        self._preferred: str | None = None

    async def run(self, bundle: bytes, members: Iterable[MemberId]) -> AsyncIterator[Delivery]:
        """Yield one delivery for each member, replies as they come, failures at the end.

        A member that one hub cannot reach is tried over the next: the same bytes again are
        answered with the stored reply.

        Raises:
            NoHubError: no hub carried the round; says what each of them said.
        """
        waiting: dict[MemberId, FailureReason] = dict.fromkeys(members, FailureReason.UNREACHABLE)
        problems = []
        carried = False
        for hub in self._in_order():
            try:
                async for line in self._post(hub, bundle):
                    carried = True
                    if isinstance(line, FailureLine) and line.member in waiting:
                        waiting[MemberId(line.member)] = line.reason
                    elif isinstance(line, ReplyLine) and line.member in waiting:
                        del waiting[MemberId(line.member)]
                        yield Delivery(MemberId(line.member), line.reply_bytes(), None)
                self._preferred = hub
            except (httpx.HTTPError, ProtocolError, _HubRefusal) as error:
                problems.append(f"{hub}: {_reason(error)}")
                log.warning("hub failed", hub=hub, reason=type(error).__name__)
            if FailureReason.UNREACHABLE not in waiting.values():
                break
        if not carried:
            raise NoHubError(
                f"no hub carried the round ({'; '.join(problems)}): nothing was answered or lost; "
                "ask again when a hub is back, and ring the duty lines meanwhile"
            )
        for member, reason in waiting.items():
            yield Delivery(member, None, reason)

    def _in_order(self) -> list[str]:
        return sorted(self._hubs(), key=lambda hub: hub != self._preferred)

    async def _post(self, hub: str, bundle: bytes) -> AsyncIterator[ReplyLine | FailureLine]:
        headers = {"content-type": "application/octet-stream", "accept-encoding": "identity"}
        async with self._client.stream(
            "POST", f"{hub}/v1/rounds", content=bundle, headers=headers
        ) as response:
            if response.status_code != httpx.codes.OK:
                raise _HubRefusal(response.status_code)
            if response.headers.get("content-encoding", "identity") != "identity":
                raise MalformedError("malformed stream: compressed")
            number = 0
            async for content in _lines(response):
                line = decode_line(content)
                if isinstance(line, EndLine):
                    if line.members != number:
                        raise MalformedError("malformed stream: the end line's count is wrong")
                    return
                number += 1
                yield line
        raise MalformedError("malformed stream: ended without an end line")


class _HubRefusal(Exception):
    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


_STATUS_MEANING = {
    400: "refused the round: is this machine's clock right?",
    403: "does not know this member, or its key",
    429: "says this member starts too many rounds",
    503: "is busy, or has no valid directory",
}


def make_client() -> httpx.AsyncClient:
    """Return the client for rounds: no redirects, a deadline on every wait."""
    timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    return httpx.AsyncClient(timeout=timeout, follow_redirects=False)


async def _lines(response: httpx.Response) -> AsyncIterator[bytes]:
    """Split a stream into lines without ever holding more than one, and that one capped."""
    held = b""
    async for chunk in response.aiter_raw():
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
    if isinstance(error, httpx.HTTPError):
        return "broke off"
    return str(error)
