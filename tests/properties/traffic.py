"""What passed the hubs, taken apart by the specification: rounds, and what a hub sees of each."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from protocol.identifiers import MemberId, RoundId
from protocol.messages.link import FrameType
from protocol.messages.stream import ReplyLine, decode_line
from protocol.sealing.bundle import Bundle, parse_bundle
from protocol.sealing.envelope import (
    HEADER_BYTES,
    REPLY_HEADER_BYTES,
    Header,
    Kind,
    parse_request,
)
from protocol.sealing.signing import SIGNATURE_BYTES
from tests.properties.relay import Stream

REPLY_ADDRESS_BYTES = REPLY_HEADER_BYTES - 64
"""The visible part of a reply's header: not the digest, nor the salt, which are random bytes."""


@dataclass(frozen=True, slots=True, repr=False)
class Delivered:
    """One envelope as it went to a node, and what the node answered."""

    at: float
    frame: bytes
    envelope: bytes
    answered_at: float
    answer: bytes
    """The whole frame: 5 bytes of wrapping, then the reply."""


@dataclass(slots=True, repr=False)
class PassedRound:
    """One round on every way it took through one hub."""

    bundle: Bundle
    posted: bytes
    """The request's body."""
    request_head: bytes
    response_head: bytes
    lines: tuple[bytes, ...]
    delivered: dict[MemberId, Delivered] = field(default_factory=dict)

    @property
    def kind(self) -> Kind:
        return self.bundle.kind

    def line_of(self, member: MemberId) -> bytes:
        return next(line for line in self.lines if f'"{member}"'.encode() in line)

    def is_whole(self) -> bool:
        """Whether every member was asked and answered in time, and the asker read to the end.

        On a busy machine somebody is late now and then, and has a line of another length.
        """
        types = [decode_line(line).type for line in self.lines]
        members = self.bundle.envelopes.keys()
        ended = types[-1:] == ["end"] and types.count("reply") == len(members)
        return ended and self.delivered.keys() == members

    def hidden_parts(self) -> dict[str, bytes]:
        """Return what is behind visible headers and framing: each part once, by its way.

        Raises:
            ValueError: a part has changed on its way, or a line has another form than the
                specification's.
        """
        parts = {"signature": self.posted[-SIGNATURE_BYTES:]}
        for member, envelope in self.bundle.envelopes.items():
            parts[f"to {member}"] = envelope[HEADER_BYTES:]
        for member, each in self.delivered.items():
            if each.envelope != self.bundle.envelopes[member]:
                raise ValueError("an envelope that has changed on its way")
            parts[f"from {member}"] = each.answer[5 + REPLY_ADDRESS_BYTES :]
        for line in map(decode_line, self.lines):
            if isinstance(line, ReplyLine):
                hidden = line.reply_bytes()[REPLY_ADDRESS_BYTES:]
                if parts.setdefault(f"from {line.member}", hidden) != hidden:
                    raise ValueError("a reply that has changed on its way")
        return parts


class Post(NamedTuple):
    """One time that a round was posted to a hub."""

    hub: str
    kind: Kind
    round_id: RoundId
    sender: MemberId
    time_ms: int
    length: int


class Delivery(NamedTuple):
    """One time that an envelope went to a member and was answered."""

    hub: str
    member: MemberId
    kind: Kind
    round_id: RoundId


class CommandsRequest(NamedTuple):
    """One request that no node made, but a command."""

    hub: str
    line: bytes


@dataclass(frozen=True, slots=True)
class Carried:
    """How often the hubs carried what: the same bytes again count again."""

    posts: Counter[Post]
    deliveries: Counter[Delivery]
    requests: Counter[CommandsRequest]

    def since(self, before: "Carried") -> "Carried":
        return Carried(
            self.posts - before.posts,
            self.deliveries - before.deliveries,
            self.requests - before.requests,
        )


def carried_by(streams: Mapping[str, Iterable[Stream]]) -> Carried:
    """Return all that the connections of some hubs, by hub, have carried so far."""
    carried = Carried(Counter(), Counter(), Counter())
    for hub, its in streams.items():
        for stream in list(its):
            if stream.is_link:
                for header, _ in _delivered(stream):
                    delivery = Delivery(hub, header.recipient, header.kind, header.round_id)
                    carried.deliveries[delivery] += 1
                continue
            for passed in _posted(stream):
                carried.posts[_post(hub, passed)] += 1
            if stream.is_a_commands:
                carried.requests.update(
                    CommandsRequest(hub, request.line) for request in _requests(stream)
                )
    return carried


def rounds_of(streams: Iterable[Stream]) -> dict[RoundId, PassedRound]:
    """Return every round that these connections carried, deliveries included, by its id.

    Of a round that was posted twice it has the last: `carried_by` counts them.
    """
    streams = list(streams)
    rounds = {}
    for stream in streams:
        for passed in () if stream.is_link else _posted(stream):
            rounds[passed.bundle.round_id] = passed
    for stream in streams:
        for header, each in _delivered(stream):
            if header.round_id in rounds:
                rounds[header.round_id].delivered[header.recipient] = each
    return rounds


def _post(hub: str, passed: PassedRound) -> Post:
    bundle = passed.bundle
    return Post(
        hub, bundle.kind, bundle.round_id, bundle.sender, bundle.time_ms, len(passed.posted)
    )


@dataclass(frozen=True, slots=True, repr=False)
class _Request:
    """One request on a connection, and the response as far as it has come."""

    head: bytes
    body: bytes
    response_head: bytes
    response: bytes

    @property
    def line(self) -> bytes:
        return self.head.partition(b"\r\n")[0]


def _posted(stream: Stream) -> Iterator[PassedRound]:
    """Give the rounds that one connection posted, whole or broken off by the asker."""
    for each in _requests(stream):
        if each.line.startswith(b"POST /v1/rounds "):
            # Where the asker broke off, a line may have come in part.
            lines = each.response.splitlines(keepends=True)
            whole = tuple(line for line in lines if line.endswith(b"\n"))
            bundle = parse_bundle(each.body)
            yield PassedRound(bundle, each.body, each.head, each.response_head, whole)


def _requests(stream: Stream) -> Iterator[_Request]:
    """Give the requests that have wholly come."""
    up, down = bytes(stream.up), bytes(stream.down)
    while up:
        head, _, up = up.partition(b"\r\n\r\n")
        length = _content_length(head) or 0
        body, up = up[:length], up[length:]
        response_head, _, down = down.partition(b"\r\n\r\n")
        response, down = _take_body(response_head, down)
        if len(body) == length:
            yield _Request(head, body, response_head, response)


def _take_body(head: bytes, content: bytes) -> tuple[bytes, bytes]:
    length = _content_length(head)
    if length is not None:
        return content[:length], content[length:]
    body = b""
    while content:
        size, whole, content = content.partition(b"\r\n")
        if not whole:
            break
        end = int(size, 16)
        body, content = body + content[:end], content[end + 2 :]
        if end == 0:
            break
    return body, content


def _content_length(head: bytes) -> int | None:
    found = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
    return int(found[1]) if found else None


def _delivered(stream: Stream) -> Iterator[tuple[Header, Delivered]]:
    out = {}
    for passed in list(stream.frames):
        if passed.frame.type is FrameType.DELIVER:
            out[passed.frame.delivery] = passed
        elif sent := out.pop(passed.frame.delivery, None):
            envelope = sent.frame.content
            yield (
                parse_request(envelope).header,
                Delivered(sent.at, sent.frame.encode(), envelope, passed.at, passed.frame.encode()),
            )
