"""The names that travel: members, rounds, epochs."""

import re
from typing import NewType

from protocol.errors import MalformedError

MemberId = NewType("MemberId", str)
"""An ONS code for a council or an ODS code for an NHS body, such as `E08000035`."""

RoundId = NewType("RoundId", bytes)
"""16 random bytes, chosen by the member that starts the round."""

Epoch = NewType("Epoch", int)
"""Whole hours since 1970 in UTC: floor(unix seconds / 3600)."""

ROUND_ID_BYTES = 16
MEMBER_ID_BYTES = 12
EPOCH_SECONDS = 3600

OPRF_KEY_ID_BYTES = 8
"""An OPRF key is named by the first 8 bytes of SHA-256 over the group key."""

_MEMBER_ID = re.compile(r"[A-Z0-9]{3,12}", re.ASCII)


def parse_member_id(text: str) -> MemberId:
    """Return a member id.

    Raises:
        MalformedError: not 3 to 12 capital letters and digits.
    """
    if not _MEMBER_ID.fullmatch(text):
        raise MalformedError("malformed member id: expected 3 to 12 capital letters and digits")
    return MemberId(text)


def encode_member_id(member: MemberId) -> bytes:
    """Return 12 bytes, zeros behind the id: one length for all, so that headers align."""
    return member.encode("ascii").ljust(MEMBER_ID_BYTES, b"\0")


def decode_member_id(content: bytes) -> MemberId:
    """Return the member id of 12 wire bytes.

    Raises:
        MalformedError: wrong length, alphabet or padding.
    """
    if len(content) != MEMBER_ID_BYTES:
        raise MalformedError("malformed member id: wrong length")
    try:
        text = content.rstrip(b"\0").decode("ascii")
    except UnicodeDecodeError:
        raise MalformedError("malformed member id: not ASCII") from None
    return parse_member_id(text)


def epoch_at(unix_seconds: float) -> Epoch:
    """Return the epoch that holds this time."""
    return Epoch(int(unix_seconds // EPOCH_SECONDS))
