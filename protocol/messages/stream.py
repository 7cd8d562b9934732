"""What a hub streams back for a round: NDJSON, a line a member, then an explicit end (spec 40 §4).

`{"type":"reply","member":"E08000035","reply":"<base64url>"}`
`{"type":"failure","member":"E08000035","reason":"unreachable"}`
`{"type":"end","members":152}`
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from protocol import limits
from protocol.encoding import base64url, decode_base64url, encode_base64url
from protocol.errors import MalformedError
from protocol.identifiers import MemberId

MOST_LINE_BYTES = limits.LINK_FRAME_BYTES * 4 // 3 + 200


class FailureReason(StrEnum):
    """Why the hub has no reply of a member."""

    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed_out"
    DECLINED = "declined"
    BUSY = "busy"


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class ReplyLine(_Line):
    """A member's reply, base64url."""

    type: Literal["reply"] = "reply"
    member: Annotated[str, Field(pattern=r"^[A-Z0-9]{3,12}$")]
    reply: str

    @classmethod
    def of(cls, member: MemberId, reply: bytes) -> "ReplyLine":
        return cls(member=member, reply=encode_base64url(reply))

    def reply_bytes(self) -> bytes:
        """Return the reply.

        Raises:
            MalformedError: not base64url.
        """
        return decode_base64url(self.reply)


class FailureLine(_Line):
    """A member that gave none."""

    type: Literal["failure"] = "failure"
    member: Annotated[str, Field(pattern=r"^[A-Z0-9]{3,12}$")]
    reason: FailureReason


class EndLine(_Line):
    """The last line; `members` counts the lines before it."""

    type: Literal["end"] = "end"
    members: Annotated[int, Field(ge=0, le=limits.MEMBERS)]


Line = ReplyLine | FailureLine | EndLine

_ADAPTER: TypeAdapter[Line] = TypeAdapter(Annotated[Line, Field(discriminator="type")])


def encode_line(line: Line) -> bytes:
    return line.model_dump_json().encode() + b"\n"


def encode_reply_line(member: MemberId, reply: bytes) -> bytes:
    """Return the line of a `ReplyLine` without making one: a hub writes one for every reply."""
    head = f'{{"type":"reply","member":"{member}","reply":"'
    return b"".join((head.encode(), base64url(reply), b'"}\n'))


def decode_line(content: bytes) -> Line:
    """Return one line.

    Raises:
        MalformedError: too long, or not of a known form.
    """
    if len(content) > MOST_LINE_BYTES:
        raise MalformedError("malformed line: too long")
    try:
        return _ADAPTER.validate_json(content)
    except ValidationError:
        raise MalformedError("malformed line: not of a known form") from None
