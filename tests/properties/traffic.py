"""What passed the hubs, taken apart by the specification: rounds, and what a hub sees of each."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from protocol.encoding import decode_base64url
from protocol.identifiers import MemberId, RoundId
from protocol.messages.link import FrameType
from protocol.sealing.bundle import Bundle, parse_bundle
from protocol.sealing.envelope import HEADER_BYTES, REPLY_HEADER_BYTES, Kind, parse_request
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

    def hidden_parts(self) -> list[bytes]:
        """Return everything but visible headers and framing; NDJSON decoded to what it carries.

        Raises:
            ValueError: a line has another form than the specification's.
        """
        parts = [self.posted[-SIGNATURE_BYTES:]]
        parts += [envelope[HEADER_BYTES:] for envelope in self.bundle.envelopes.values()]
        for each in self.delivered.values():
            parts += [each.envelope[HEADER_BYTES:], each.answer[5 + REPLY_ADDRESS_BYTES :]]
        for line in self.lines:
            content = json.loads(line)
            if content["type"] == "reply":
                if list(content) != ["type", "member", "reply"]:
                    raise ValueError("a line with another field")
                parts.append(decode_base64url(content["reply"])[REPLY_ADDRESS_BYTES:])
        return parts


def rounds_of(streams: Iterable[Stream]) -> dict[RoundId, PassedRound]:
    """Return every round that these connections carried, deliveries included, by its id."""
    streams = list(streams)
    rounds = {}
    for stream in streams:
        for passed in () if stream.is_link else _posted(stream):
            rounds[passed.bundle.round_id] = passed
    for stream in streams:
        if stream.member is not None:
            for round_id, each in _delivered(stream):
                if round_id in rounds:
                    rounds[round_id].delivered[stream.member] = each
    return rounds


def _posted(stream: Stream) -> Iterator[PassedRound]:
    """Give the rounds that one connection posted, whole or broken off by the asker."""
    up, down = bytes(stream.up), bytes(stream.down)
    while up:
        request_head, _, up = up.partition(b"\r\n\r\n")
        length = _content_length(request_head) or 0
        body, up = up[:length], up[length:]
        response_head, _, down = down.partition(b"\r\n\r\n")
        response, down = _take_body(response_head, down)
        if request_head.startswith(b"POST /v1/rounds ") and len(body) == length:
            lines = tuple(response.splitlines(keepends=True))
            yield PassedRound(parse_bundle(body), body, request_head, response_head, lines)


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


def _delivered(stream: Stream) -> Iterator[tuple[RoundId, Delivered]]:
    out = {}
    for passed in list(stream.frames):
        if passed.frame.type is FrameType.DELIVER:
            out[passed.frame.delivery] = passed
        elif sent := out.pop(passed.frame.delivery, None):
            envelope = sent.frame.content
            yield (
                parse_request(envelope).header.round_id,
                Delivered(sent.at, sent.frame.encode(), envelope, passed.at, passed.frame.encode()),
            )
