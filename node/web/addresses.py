"""Ids as they stand in a page's address."""

from collections.abc import Sequence

from starlette.exceptions import HTTPException

from node.asking.keeping import LOOKUP_ID_BYTES, LookupId
from node.post.notices import NOTICE_ID_BYTES
from node.records.applications import APPLICATION_ID_BYTES, ApplicationId
from node.records.shield import SHIELD_ID_BYTES, ShieldId
from node.watching.store import WATCH_ID_BYTES, WatchId
from protocol.encoding import decode_base64url
from protocol.errors import MalformedError
from protocol.identifiers import ROUND_ID_BYTES, RoundId
from protocol.messages.callback import CALL_BACK_ID_BYTES

MOST_DIGITS = 15
"""Of a Unix time in milliseconds, for ten thousand years."""


def lookup_id(text: str) -> LookupId:
    """Return the id of a lookup.

    Raises:
        HTTPException: it is none.
    """
    return LookupId(_id(text, LOOKUP_ID_BYTES))


def time_ms(text: str) -> int:
    """Return a Unix time in milliseconds.

    Raises:
        HTTPException: it is none.
    """
    if not text.isdecimal() or len(text) > MOST_DIGITS:
        raise HTTPException(404)
    return int(text)


def watch_id(text: str) -> WatchId:
    """Return the id of a standing watch.

    Raises:
        HTTPException: it is none.
    """
    return WatchId(_id(text, WATCH_ID_BYTES))


def shield_id(text: str) -> ShieldId:
    """Return the id of a shield.

    Raises:
        HTTPException: it is none.
    """
    return ShieldId(_id(text, SHIELD_ID_BYTES))


def application_id(text: str) -> ApplicationId:
    """Return the id of an application for a shield.

    Raises:
        HTTPException: it is none.
    """
    return ApplicationId(_id(text, APPLICATION_ID_BYTES))


def call_back_id(text: str) -> bytes:
    """Return the id of a call-back request.

    Raises:
        HTTPException: it is none.
    """
    return _id(text, CALL_BACK_ID_BYTES)


def round_id(text: str) -> RoundId:
    """Return the id of a round.

    Raises:
        HTTPException: it is none.
    """
    return RoundId(_id(text, ROUND_ID_BYTES))


def passkey_id(text: str) -> bytes:
    """Return the id of a passkey, of any length.

    Raises:
        HTTPException: it is none.
    """
    return _decoded(text)


def username(text: str) -> str:
    """Return a username, which is not checked to be anybody's.

    Raises:
        HTTPException: it is none.
    """
    try:
        return _decoded(text).decode()
    except UnicodeDecodeError:
        raise HTTPException(404) from None


def notice_ids(text: str) -> Sequence[bytes]:
    """Return the ids of notices, one behind the other.

    Raises:
        HTTPException: they are none.
    """
    found = _decoded(text)
    if not found or len(found) % NOTICE_ID_BYTES:
        raise HTTPException(404)
    return [
        found[start : start + NOTICE_ID_BYTES] for start in range(0, len(found), NOTICE_ID_BYTES)
    ]


def _id(text: str, length: int) -> bytes:
    found = _decoded(text)
    if len(found) != length:
        raise HTTPException(404)
    return found


def _decoded(text: str) -> bytes:
    try:
        return decode_base64url(text)
    except MalformedError:
        raise HTTPException(404) from None
