"""What a hub can make up, without the right member's key: all but the signatures is right."""

import os
from random import Random

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol import labels
from protocol.directory.members import Directory
from protocol.identifiers import MemberId, RoundId, encode_member_id
from protocol.messages.lookup import Answer
from protocol.messages.vocabulary import Outcome
from protocol.sealing.envelope import (
    VERSION,
    Header,
    Kind,
    SealedRequest,
    reply_bytes,
    request_body_bytes,
    seal_request,
)
from protocol.sealing.signing import SIGNATURE_BYTES, sign

_KEY = Ed25519PrivateKey.from_private_bytes(b"nobody's".ljust(32, b"."))


def forge_request(directory: Directory, member: MemberId, now_ms: int, random: Random) -> bytes:
    """Seal a request to a member in another's name."""
    kind = random.choice(tuple(Kind))
    sender = random.choice(sorted(directory.members))
    header = Header(kind, RoundId(os.urandom(16)), sender, member, now_ms)
    sealing_key = directory.member(member).sealing_key
    body = os.urandom(request_body_bytes(kind))
    return seal_request(header, os.urandom(32), body, sealing_key, _KEY).envelope


def forge_reply(request: SealedRequest, key: Ed25519PrivateKey = _KEY) -> bytes:
    """Make up a reply to the very request that a member was asked: to a lookup, *not known*."""
    header = request.header
    body = Answer(Outcome.NOT_KNOWN).encode() if header.kind is Kind.LOOKUP else b""
    head = (
        bytes((VERSION, header.kind))
        + header.round_id
        + encode_member_id(header.recipient)
        + encode_member_id(header.sender)
        + request.digest
        + os.urandom(32)
    )
    size = reply_bytes(header.kind) - len(head) - SIGNATURE_BYTES
    content = head + body.ljust(size, b"\0")
    return content + sign(key, labels.REPLY, content)


def flip_a_bit(content: bytes, random: Random) -> bytes:
    if not content:
        return content
    altered = bytearray(content)
    altered[random.randrange(len(altered))] ^= 1 << random.randrange(8)
    return bytes(altered)
