"""What somebody who has an envelope in his hands can make of it (spec 30 §4)."""

from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol import labels
from protocol.identifiers import MemberId
from protocol.sealing.envelope import HEADER_BYTES, Kind, request_bytes
from protocol.sealing.signing import SIGNATURE_BYTES, sign

Alter = Callable[[bytes], bytes]

KIND, ROUND, SENDER, RECIPIENT, TIME = 1, 2, 18, 30, 42
"""Where the fields of a header begin."""


def put(at: int, content: bytes) -> Alter:
    return lambda envelope: envelope[:at] + content + envelope[at + len(content) :]


def from_member(member: MemberId) -> Alter:
    return put(SENDER, member.encode().ljust(12, b"\0"))


def to_member(member: MemberId) -> Alter:
    return put(RECIPIENT, member.encode().ljust(12, b"\0"))


def as_kind(kind: Kind) -> Alter:
    """Name another kind, and cut or fill the cell to that kind's size."""

    def alter(envelope: bytes) -> bytes:
        cell = envelope[HEADER_BYTES:-SIGNATURE_BYTES]
        room = request_bytes(kind) - HEADER_BYTES - SIGNATURE_BYTES
        head = put(KIND, bytes([kind]))(envelope)[:HEADER_BYTES]
        return head + cell[:room].ljust(room, b"\0") + envelope[-SIGNATURE_BYTES:]

    return alter


def _later(envelope: bytes) -> bytes:
    time_ms = int.from_bytes(envelope[TIME:HEADER_BYTES], "big")
    return put(TIME, (time_ms + 1000).to_bytes(8, "big"))(envelope)


ALTERATIONS: dict[str, Alter] = {
    "another round": put(ROUND, b"\x5a" * 16),
    "another sender": put(SENDER, b"E06990003\0\0\0"),
    "another recipient": put(RECIPIENT, b"E06990004\0\0\0"),
    "another time": _later,
    "another cell": put(HEADER_BYTES + 1200, b"\0\1\2\3"),
    "another signature": lambda envelope: envelope[:-SIGNATURE_BYTES] + bytes(SIGNATURE_BYTES),
    **{f"as {kind.name.lower()}": as_kind(kind) for kind in Kind},
}


def alters(kind: Kind, what: str) -> bool:
    """Whether an alteration changes anything of a message of this kind."""
    return what != f"as {kind.name.lower()}"


def signed_again(envelope: bytes, key: Ed25519PrivateKey) -> bytes:
    """Return what an envelope says under a signature by this key."""
    content = envelope[:-SIGNATURE_BYTES]
    return content + sign(key, labels.ENVELOPE, content)
