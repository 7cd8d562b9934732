"""Post: one cell of one size to every member at every beat, noise where there is nothing to say
(spec 50 §5)."""

from dataclasses import dataclass
from enum import IntEnum

from protocol import limits
from protocol.encoding import Reader, Writer
from protocol.sealing.envelope import Kind, request_body_bytes

MESSAGE_ID_BYTES = 16


class PostType(IntEnum):
    """What a cell holds: one wire byte."""

    NOISE = 0
    CEREMONY_CONTRIBUTION = 1
    CEREMONY_SIGNATURE = 2
    CALL_BACK_REQUEST = 3
    CALL_BACK_NEWS = 4
    CALL_BACK_GIVEN = 5
    CORRECTION = 6
    ADDED_TAGS = 7


@dataclass(frozen=True, slots=True, repr=False)
class PostMessage:
    """One message. `message_id` makes a repeat harmless."""

    message_id: bytes
    type: PostType
    content: bytes

    def encode(self) -> bytes:
        """Return the body of a post cell.

        Raises:
            MalformedError: content longer than a cell.
        """
        return (
            Writer()
            .fixed(self.message_id, MESSAGE_ID_BYTES)
            .integer(self.type, 1)
            .prefixed(self.content)
            .padded(request_body_bytes(Kind.POST))
        )

    @classmethod
    def decode(cls, body: bytes) -> "PostMessage":
        """Return a message.

        Raises:
            MalformedError: not of this form, or an unknown type.
        """
        reader = Reader(body, "post cell", request_body_bytes(Kind.POST))
        message_id = reader.fixed(MESSAGE_ID_BYTES)
        try:
            post_type = PostType(reader.integer(1))
        except ValueError:
            raise reader.fail("unknown type") from None
        content = reader.prefixed(limits.POST_CONTENT_BYTES)
        reader.finish_padding()
        return cls(message_id, post_type, content)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Says that a cell is stored, in one form for every cell."""

    message_id: bytes

    def encode(self) -> bytes:
        return Writer().integer(1, 1).fixed(self.message_id, MESSAGE_ID_BYTES).done()

    @classmethod
    def decode(cls, body: bytes) -> "Receipt":
        """Return a receipt.

        Raises:
            MalformedError: not of this form.
        """
        reader = Reader(body, "receipt")
        if reader.integer(1) != 1:
            raise reader.fail("unknown status")
        receipt = cls(reader.fixed(MESSAGE_ID_BYTES))
        reader.finish()
        return receipt
