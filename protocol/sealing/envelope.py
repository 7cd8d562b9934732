"""One signed, sealed message to one member, and its reply (spec 30 §4-5).

Request: version 1, kind 1, round 16, sender 12, recipient 12, time_ms 8, cell, signature 64.
Reply:   version 1, kind 1, round 16, sender 12, recipient 12, request digest 32, salt 32, cell,
         signature 64.
"""

import hashlib
import struct
from dataclasses import dataclass
from enum import IntEnum

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from protocol import labels, limits
from protocol.encoding import Reader
from protocol.errors import MalformedError, StaleError
from protocol.identifiers import (
    MEMBER_ID_BYTES,
    ROUND_ID_BYTES,
    MemberId,
    RoundId,
    decode_member_id,
    encode_member_id,
)
from protocol.sealing import cell
from protocol.sealing.cell import REPLY_SECRET_BYTES, SALT_BYTES
from protocol.sealing.signing import SIGNATURE_BYTES, sign, verify_signature

VERSION = 1
_ADDRESS = struct.Struct(f"!BB{ROUND_ID_BYTES}s{MEMBER_ID_BYTES}s{MEMBER_ID_BYTES}s")
_HEADER = struct.Struct(f"{_ADDRESS.format}Q")
HEADER_BYTES = _HEADER.size
RECIPIENT = slice(2 + ROUND_ID_BYTES + MEMBER_ID_BYTES, HEADER_BYTES - 8)
"""Where a request's header names its recipient."""

REPLY_HEADER_BYTES = 2 + ROUND_ID_BYTES + 2 * MEMBER_ID_BYTES + 32 + SALT_BYTES


class Kind(IntEnum):
    """What a round is for: one wire byte. All messages of a kind have one size."""

    EVALUATION = 1
    IMPORT_EVALUATION = 2
    LOOKUP = 3
    POST = 4


_KINDS = {int(kind): kind for kind in Kind}


_BODY_BYTES = {
    Kind.EVALUATION: (6 + 32 * limits.LOOKUP_BATCH, 73 + 32 * limits.LOOKUP_BATCH),
    Kind.IMPORT_EVALUATION: (14 + 32 * limits.IMPORT_BATCH, 9 + 32 * limits.IMPORT_BATCH),
    Kind.LOOKUP: (
        54 + 24 * limits.QUESTION_SLOTS + limits.WHO_BYTES + cell.TAG_BYTES,
        36 + limits.INVOLVEMENTS * limits.INVOLVEMENT_BYTES,
    ),
    Kind.POST: (19 + limits.POST_CONTENT_BYTES, 17),
}


def request_body_bytes(kind: Kind) -> int:
    return _BODY_BYTES[kind][0]


def reply_body_bytes(kind: Kind) -> int:
    return _BODY_BYTES[kind][1]


def request_bytes(kind: Kind) -> int:
    """Return the size of every request envelope of this kind."""
    plaintext = REPLY_SECRET_BYTES + request_body_bytes(kind)
    return HEADER_BYTES + cell.REQUEST_OVERHEAD_BYTES + plaintext + SIGNATURE_BYTES


def reply_bytes(kind: Kind) -> int:
    """Return the size of every reply envelope of this kind."""
    sealed = reply_body_bytes(kind) + cell.REPLY_OVERHEAD_BYTES
    return REPLY_HEADER_BYTES + sealed + SIGNATURE_BYTES


@dataclass(frozen=True, slots=True)
class Header:
    """The visible part of a request. `time_ms` is Unix time."""

    kind: Kind
    round_id: RoundId
    sender: MemberId
    recipient: MemberId
    time_ms: int

    def encode(self) -> bytes:
        address = _addressed(self.kind, self.round_id, self.sender, self.recipient)
        return address + self.time_ms.to_bytes(8, "big")


@dataclass(frozen=True, slots=True, repr=False)
class SealedRequest:
    """A parsed request envelope: nothing of it is verified yet."""

    header: Header
    content: bytes
    cell: bytes
    signature: bytes
    digest: bytes
    """SHA-256 of the whole envelope: what the reply is bound to."""


@dataclass(frozen=True, slots=True, repr=False)
class SentRequest:
    """What the sender keeps until the reply comes."""

    header: Header
    envelope: bytes
    digest: bytes
    reply_secret: bytes


def seal_request(
    header: Header,
    reply_secret: bytes,
    body: bytes,
    recipient_key: cell.SealingPublicKey,
    signing_key: Ed25519PrivateKey,
) -> SentRequest:
    """Seal and sign one request. `reply_secret` is 32 fresh random bytes, never used twice.

    Raises:
        MalformedError: the body is not of its kind's size.
    """
    if len(body) != request_body_bytes(header.kind):
        raise MalformedError("malformed request: body is not of its kind's size")
    visible = header.encode()
    content = visible + cell.seal_request(recipient_key, visible, reply_secret + body)
    envelope = content + sign(signing_key, labels.ENVELOPE, content)
    return SentRequest(header, envelope, hashlib.sha256(envelope).digest(), reply_secret)


def parse_request(envelope: bytes) -> SealedRequest:
    """Return the parts of a request envelope, after its size.

    Raises:
        MalformedError: not of the form and size of its kind.
    """
    header = _read_header(envelope)
    if len(envelope) != request_bytes(header.kind):
        raise MalformedError("malformed envelope: not of its kind's size")
    return SealedRequest(
        header,
        envelope[:-SIGNATURE_BYTES],
        envelope[HEADER_BYTES:-SIGNATURE_BYTES],
        envelope[-SIGNATURE_BYTES:],
        hashlib.sha256(envelope).digest(),
    )


def verify_request(
    request: SealedRequest, recipient: MemberId, sender_key: Ed25519PublicKey, now_ms: int
) -> None:
    """Check that a request is for us, fresh and signed by the sender it names.

    The caller still owes: the sender's standing, and one reply for one round.

    Raises:
        MalformedError: addressed to somebody else.
        StaleError: time outside the freshness window.
        SignatureError: not signed by that sender.
    """
    if request.header.recipient != recipient:
        raise MalformedError("malformed envelope: addressed to another member")
    if abs(now_ms - request.header.time_ms) > limits.FRESHNESS_MS:
        raise StaleError("envelope: time outside the freshness window")
    verify_signature(sender_key, labels.ENVELOPE, request.content, request.signature)


def open_request(request: SealedRequest, key: cell.SealingPrivateKey) -> tuple[bytes, bytes]:
    """Return the reply secret and the body.

    Raises:
        OpenError: not sealed to this key under this header.
    """
    plaintext = cell.open_request(key, request.content[:HEADER_BYTES], request.cell)
    return plaintext[:REPLY_SECRET_BYTES], plaintext[REPLY_SECRET_BYTES:]


def seal_reply(
    request: SealedRequest,
    reply_secret: bytes,
    salt: bytes,
    body: bytes,
    signing_key: Ed25519PrivateKey,
) -> bytes:
    """Return the reply envelope to a request. `salt` is 32 fresh random bytes.

    Raises:
        MalformedError: the body is not of its kind's size, or the salt not of 32 bytes.
    """
    header = request.header
    if len(body) != reply_body_bytes(header.kind):
        raise MalformedError("malformed reply: body is not of its kind's size")
    if len(salt) != SALT_BYTES:
        raise MalformedError("malformed salt: wrong length")
    content = (
        _addressed(header.kind, header.round_id, header.recipient, header.sender)
        + request.digest
        + salt
        + cell.seal_reply(reply_secret, salt, request.digest, body)
    )
    return content + sign(signing_key, labels.REPLY, content)


def open_reply(reply: bytes, sent: SentRequest, sender_key: Ed25519PublicKey) -> bytes:
    """Return the body of a reply to `sent`.

    Raises:
        MalformedError: another size, kind, round, sender, recipient or request.
        SignatureError: not signed by the member that was asked.
        OpenError: not sealed for this request.
    """
    header = sent.header
    if len(reply) != reply_bytes(header.kind):
        raise MalformedError("malformed reply: not of its kind's size")
    address = _addressed(header.kind, header.round_id, header.recipient, header.sender)
    expected = address + sent.digest
    if not reply.startswith(expected):
        raise MalformedError("malformed reply: answers something else")
    content = reply[:-SIGNATURE_BYTES]
    verify_signature(sender_key, labels.REPLY, content, reply[-SIGNATURE_BYTES:])
    salt = content[len(expected) : REPLY_HEADER_BYTES]
    return cell.open_reply(sent.reply_secret, salt, sent.digest, content[REPLY_HEADER_BYTES:])


def _addressed(kind: Kind, round_id: RoundId, sender: MemberId, recipient: MemberId) -> bytes:
    if len(round_id) != ROUND_ID_BYTES:
        raise MalformedError("malformed round id: wrong length")
    return _ADDRESS.pack(
        VERSION, kind, round_id, encode_member_id(sender), encode_member_id(recipient)
    )


def _read_header(envelope: bytes) -> Header:
    if len(envelope) < HEADER_BYTES:
        raise MalformedError("malformed envelope: too short")
    version, kind, round_id, sender, recipient, time_ms = _HEADER.unpack_from(envelope)
    if version != VERSION:
        raise MalformedError("malformed envelope: unknown version")
    known = _KINDS.get(kind)
    if known is None:
        raise MalformedError("malformed envelope: unknown kind")
    return Header(
        known, RoundId(round_id), decode_member_id(sender), decode_member_id(recipient), time_ms
    )


def read_kind(reader: Reader) -> Kind:
    """Take a kind's wire byte."""
    try:
        return Kind(reader.integer(1))
    except ValueError:
        raise reader.fail("unknown kind") from None
