"""A node's outbound link to a hub: the handshake, then frames (spec 40 §1, §3).

Challenge (hub): version 1, nonce 32, hub id text.
Introduction (node): node id 12, nonce 32, time_ms 8, signature 64.
"""

from dataclasses import dataclass
from enum import IntEnum

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from protocol import labels, limits
from protocol.encoding import Reader, Writer
from protocol.errors import MalformedError, StaleError
from protocol.identifiers import MEMBER_ID_BYTES, MemberId, decode_member_id, encode_member_id
from protocol.sealing.signing import SIGNATURE_BYTES, sign, verify_signature

LINK_VERSION = 1
NONCE_BYTES = 32
HUB_ID_BYTES = 40


@dataclass(frozen=True, slots=True)
class Challenge:
    """The hub's first frame."""

    hub_id: str
    nonce: bytes

    def encode(self) -> bytes:
        writer = Writer().integer(LINK_VERSION, 1).fixed(self.nonce, NONCE_BYTES)
        return writer.text(self.hub_id, HUB_ID_BYTES).done()

    @classmethod
    def decode(cls, frame: bytes) -> "Challenge":
        """Return a challenge.

        Raises:
            MalformedError: not of this form.
        """
        reader = Reader(frame, "challenge")
        if reader.integer(1) != LINK_VERSION:
            raise reader.fail("unknown version")
        nonce = reader.fixed(NONCE_BYTES)
        hub_id = reader.text(HUB_ID_BYTES)
        reader.finish()
        return cls(hub_id, nonce)


@dataclass(frozen=True, slots=True)
class Introduction:
    """The node's answer: it never signs the hub's bytes alone, its own nonce and time go in."""

    node_id: MemberId
    nonce: bytes
    time_ms: int
    signature: bytes

    @classmethod
    def make(
        cls,
        challenge: Challenge,
        node_id: MemberId,
        nonce: bytes,
        time_ms: int,
        key: Ed25519PrivateKey,
    ) -> "Introduction":
        signature = sign(key, labels.LINK, _signed(challenge, node_id, nonce, time_ms))
        return cls(node_id, nonce, time_ms, signature)

    def verify(self, challenge: Challenge, key: Ed25519PublicKey, now_ms: int) -> None:
        """Check an introduction against the challenge it answers.

        Raises:
            SignatureError: not signed by that member for this hub and nonce.
            StaleError: time outside the freshness window.
        """
        content = _signed(challenge, self.node_id, self.nonce, self.time_ms)
        verify_signature(key, labels.LINK, content, self.signature)
        if abs(now_ms - self.time_ms) > limits.FRESHNESS_MS:
            raise StaleError("introduction: time outside the freshness window")

    def encode(self) -> bytes:
        return (
            Writer()
            .raw(encode_member_id(self.node_id))
            .fixed(self.nonce, NONCE_BYTES)
            .integer(self.time_ms, 8)
            .fixed(self.signature, SIGNATURE_BYTES)
            .done()
        )

    @classmethod
    def decode(cls, frame: bytes) -> "Introduction":
        """Return an introduction; its signature is not verified yet.

        Raises:
            MalformedError: not of this form.
        """
        reader = Reader(frame, "introduction")
        introduction = cls(
            decode_member_id(reader.fixed(MEMBER_ID_BYTES)),
            reader.fixed(NONCE_BYTES),
            reader.integer(8),
            reader.fixed(SIGNATURE_BYTES),
        )
        reader.finish()
        return introduction


def _signed(challenge: Challenge, node_id: MemberId, nonce: bytes, time_ms: int) -> bytes:
    return (
        Writer()
        .text(challenge.hub_id, HUB_ID_BYTES)
        .raw(encode_member_id(node_id))
        .fixed(challenge.nonce, NONCE_BYTES)
        .fixed(nonce, NONCE_BYTES)
        .integer(time_ms, 8)
        .done()
    )


WELCOME = b"welcome"
"""The hub's last frame of the handshake."""


class FrameType(IntEnum):
    """What a frame on an open link is: one wire byte."""

    DELIVER = 1
    REPLY = 2
    DECLINED = 3


@dataclass(frozen=True, slots=True, repr=False)
class Frame:
    """One frame: DELIVER to the node, REPLY or DECLINED back under the same delivery number."""

    type: FrameType
    delivery: int
    content: bytes = b""

    def encode(self) -> bytes:
        return Writer().integer(self.type, 1).integer(self.delivery, 4).raw(self.content).done()

    @classmethod
    def decode(cls, frame: bytes) -> "Frame":
        """Return a frame; its content is not looked at.

        Raises:
            MalformedError: too short, too long, or of an unknown type.
        """
        if not 5 <= len(frame) <= limits.LINK_FRAME_BYTES:
            raise MalformedError("malformed frame: size out of range")
        try:
            frame_type = FrameType(frame[0])
        except ValueError:
            raise MalformedError("malformed frame: unknown type") from None
        return cls(frame_type, int.from_bytes(frame[1:5], "big"), frame[5:])
