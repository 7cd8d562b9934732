"""A round: one signed bundle with one envelope for each member it goes to (spec 30 §6).

Bundle: version 1, kind 1, round 16, sender 12, time_ms 8, count 2, envelopes, signature 64.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from protocol import labels, limits
from protocol.encoding import Reader, Writer
from protocol.errors import StaleError
from protocol.identifiers import (
    MEMBER_ID_BYTES,
    ROUND_ID_BYTES,
    MemberId,
    RoundId,
    decode_member_id,
    encode_member_id,
)
from protocol.sealing.envelope import (
    RECIPIENT,
    VERSION,
    Header,
    Kind,
    SentRequest,
    read_kind,
    request_bytes,
)
from protocol.sealing.signing import SIGNATURE_BYTES, sign, verify_signature

BUNDLE_HEADER_BYTES = 2 + ROUND_ID_BYTES + MEMBER_ID_BYTES + 8 + 2


_MOST_ENVELOPES = {
    Kind.EVALUATION: limits.KEYHOLDERS,
    Kind.IMPORT_EVALUATION: limits.THRESHOLD,
    Kind.LOOKUP: limits.MEMBERS,
    Kind.POST: limits.MEMBERS,
}


def most_bundle_bytes(members: int) -> int:
    """Return the size of the largest bundle in a federation of this many members."""
    sizes = [min(members, most) * request_bytes(kind) for kind, most in _MOST_ENVELOPES.items()]
    return BUNDLE_HEADER_BYTES + max(sizes) + SIGNATURE_BYTES


@dataclass(frozen=True, slots=True, repr=False)
class Bundle:
    """A parsed round as the hub sees it. `envelopes` keeps each recipient's bytes as received."""

    kind: Kind
    round_id: RoundId
    sender: MemberId
    time_ms: int
    envelopes: dict[MemberId, bytes]
    content: bytes
    signature: bytes


def encode_bundle(requests: Sequence[SentRequest], signing_key: Ed25519PrivateKey) -> bytes:
    """Return the signed bundle of one round's requests: at least one, all of one header."""
    header = requests[0].header
    content = (
        Writer()
        .integer(VERSION, 1)
        .integer(header.kind, 1)
        .fixed(header.round_id, ROUND_ID_BYTES)
        .raw(encode_member_id(header.sender))
        .integer(header.time_ms, 8)
        .integer(len(requests), 2)
        .raw(b"".join(request.envelope for request in requests))
        .done()
    )
    return content + sign(signing_key, labels.BUNDLE, content)


def parse_bundle(content: bytes) -> Bundle:
    """Return a bundle's parts; nothing is verified yet.

    Raises:
        MalformedError: not of this form, or an envelope that belongs to another round.
    """
    reader = Reader(content, "bundle")
    if reader.integer(1) != VERSION:
        raise reader.fail("unknown version")
    kind = read_kind(reader)
    round_id = RoundId(reader.fixed(ROUND_ID_BYTES))
    sender = decode_member_id(reader.fixed(MEMBER_ID_BYTES))
    time_ms = reader.integer(8)
    count = reader.integer(2)
    if not 1 <= count <= _MOST_ENVELOPES[kind]:
        raise reader.fail("number of envelopes out of range")
    envelopes: dict[MemberId, bytes] = {}
    size = request_bytes(kind)
    for _ in range(count):
        envelope = reader.fixed(size)
        recipient = decode_member_id(envelope[RECIPIENT])
        if not envelope.startswith(Header(kind, round_id, sender, recipient, time_ms).encode()):
            raise reader.fail("an envelope of another round")
        if recipient in envelopes:
            raise reader.fail("two envelopes for one member")
        envelopes[recipient] = envelope
    signature = reader.fixed(SIGNATURE_BYTES)
    reader.finish()
    return Bundle(kind, round_id, sender, time_ms, envelopes, content[:-SIGNATURE_BYTES], signature)


def verify_bundle(bundle: Bundle, sender_key: Ed25519PublicKey, now_ms: int) -> None:
    """Check that a bundle is signed by the sender it names, and fresh.

    Raises:
        SignatureError: not signed by that sender.
        StaleError: time outside the freshness window. Only who signed it learns this.
    """
    verify_signature(sender_key, labels.BUNDLE, bundle.content, bundle.signature)
    if abs(now_ms - bundle.time_ms) > limits.FRESHNESS_MS:
        raise StaleError("bundle: time outside the freshness window")
