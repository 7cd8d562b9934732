"""P6: every message is bound to one round, sender, recipient, kind and time, and good once."""

from collections.abc import Callable

import pytest

from protocol import labels
from protocol.errors import MalformedError, SignatureError, StaleError
from protocol.limits import FRESHNESS_MS
from protocol.messages.link import FrameType
from protocol.messages.lookup import Answer
from protocol.messages.vocabulary import Outcome
from protocol.sealing.envelope import (
    HEADER_BYTES,
    Kind,
    SentRequest,
    open_reply,
    parse_request,
    request_bytes,
    verify_request,
)
from protocol.sealing.signing import SIGNATURE_BYTES, sign
from tests.properties.asking import ASKER
from tests.properties.insiders import prepared, sealed_question
from tests.properties.observed import ObservedFederation
from tests.properties.planted import KNOWN
from tests.properties.questions import PassedQuestion

Alter = Callable[[bytes], bytes]

KIND, ROUND, SENDER, RECIPIENT, TIME = 1, 2, 18, 30, 42
"""Where the fields of a header begin (spec 30 §4)."""


def _put(at: int, content: bytes) -> Alter:
    return lambda envelope: envelope[:at] + content + envelope[at + len(content) :]


def _as_kind(kind: Kind) -> Alter:
    def alter(envelope: bytes) -> bytes:
        cell = envelope[HEADER_BYTES:-SIGNATURE_BYTES]
        room = request_bytes(kind) - HEADER_BYTES - SIGNATURE_BYTES
        head = envelope[:KIND] + bytes([kind]) + envelope[KIND + 1 : HEADER_BYTES]
        return head + cell[:room].ljust(room, b"\0") + envelope[-SIGNATURE_BYTES:]

    return alter


def _later(envelope: bytes) -> bytes:
    time_ms = int.from_bytes(envelope[TIME:HEADER_BYTES], "big")
    return _put(TIME, (time_ms + 1000).to_bytes(8, "big"))(envelope)


ALTERATIONS: dict[str, Alter] = {
    "another round": _put(ROUND, b"\x5a" * 16),
    "another sender": _put(SENDER, b"E06990003\0\0\0"),
    "another recipient": _put(RECIPIENT, b"E06990004\0\0\0"),
    "another time": _later,
    "another cell": _put(HEADER_BYTES + 1200, b"\0\1\2\3"),
    "another signature": lambda envelope: envelope[:-SIGNATURE_BYTES] + bytes(SIGNATURE_BYTES),
    **{f"as {kind.name.lower()}": _as_kind(kind) for kind in Kind if kind is not Kind.LOOKUP},
}


@pytest.fixture
def captured(federation: ObservedFederation) -> bytes:
    """A real question to Northmoor, never delivered, of a round and time of its own."""
    return _question(federation, "Northmoor").envelope


def _question(federation: ObservedFederation, recipient: str) -> SentRequest:
    with federation.inside(ASKER) as opened:
        return sealed_question(opened, prepared(opened, KNOWN), federation.member(recipient))


def _deliver(federation: ObservedFederation, name: str, envelope: bytes) -> bytes | None:
    """Bring an envelope to a node as a hub that does what it likes; return its reply."""
    frame = federation.relays["hub-1"].inject(federation.member(name), envelope)
    return frame.content if frame.type is FrameType.REPLY else None


@pytest.mark.parametrize("what", ALTERATIONS)
def test_p06_an_envelope_moved_to_something_else_is_declined(
    federation: ObservedFederation, captured: bytes, what: str
) -> None:
    assert _deliver(federation, "Northmoor", ALTERATIONS[what](captured)) is None
    assert _deliver(federation, "Northmoor", captured) is not None, "the control: as it was"


@pytest.mark.parametrize("what", ALTERATIONS)
def test_p06_a_member_that_signs_another_members_cell_as_its_own_is_declined(
    federation: ObservedFederation, captured: bytes, what: str
) -> None:
    thief = _put(SENDER, b"E06990004\0\0\0")(ALTERATIONS[what](captured))
    content = thief[:-SIGNATURE_BYTES]
    with federation.inside("Westbrook") as opened:
        forged = content + sign(opened.keys.signing, labels.ENVELOPE, content)
    assert _deliver(federation, "Northmoor", forged) is None


@pytest.mark.parametrize("name", ["Eastvale", "Southmere", "Westbrook", "Midshire"])
def test_p06_a_copy_forwarded_to_somebody_else_is_declined(
    federation: ObservedFederation, captured: bytes, name: str
) -> None:
    assert _deliver(federation, name, captured) is None
    readdressed = _put(RECIPIENT, federation.member(name).encode().ljust(12, b"\0"))(captured)
    assert _deliver(federation, name, readdressed) is None


def test_p06_a_copy_gets_the_same_bytes_and_is_acted_upon_once(
    federation: ObservedFederation, captured: bytes
) -> None:
    before = _rows(federation)
    first = _deliver(federation, "Northmoor", captured)
    assert first is not None
    assert _deliver(federation, "Northmoor", captured) == first
    assert _rows(federation) == before + 1


@pytest.mark.parametrize("off_ms", [FRESHNESS_MS + 1, -FRESHNESS_MS - 1])
def test_p06_a_late_copy_is_stale(
    federation: ObservedFederation, asked_thrice: dict[str, PassedQuestion], off_ms: int
) -> None:
    holder, asker = federation.member("Northmoor"), federation.member(ASKER)
    lookup = asked_thrice["known"].lookup.bundle
    with federation.inside("Northmoor") as opened:
        key = opened.directory.current().member(asker).signing_key
    request = parse_request(lookup.envelopes[holder])
    verify_request(request, holder, key, lookup.time_ms)
    with pytest.raises(StaleError):
        verify_request(request, holder, key, lookup.time_ms + off_ms)


def test_p06_a_reply_answers_its_one_request_and_nothing_else(
    federation: ObservedFederation,
) -> None:
    ours, other, elsewhere = (
        _question(federation, name) for name in ("Northmoor", "Northmoor", "Westbrook")
    )
    reply = _deliver(federation, "Northmoor", ours.envelope)
    assert reply is not None
    with federation.inside(ASKER) as opened:
        members = opened.directory.current().members
    key = members[ours.header.recipient].signing_key
    assert Answer.decode(open_reply(reply, ours, key)).outcome is Outcome.KNOWN
    for sent in (other, elsewhere):
        with pytest.raises(MalformedError):
            open_reply(reply, sent, members[sent.header.recipient].signing_key)
        with pytest.raises(SignatureError):
            open_reply(_readdressed(reply, sent), sent, key)


def _readdressed(reply: bytes, sent: SentRequest) -> bytes:
    """Put another request's header in front of a reply, as a hub can."""
    header = sent.header
    visible = (
        reply[:2]
        + header.round_id
        + header.recipient.encode().ljust(12, b"\0")
        + header.sender.encode().ljust(12, b"\0")
        + sent.digest
    )
    return visible + reply[len(visible) :]


def _rows(federation: ObservedFederation) -> int:
    with federation.inside("Northmoor") as opened:
        return opened.ledger.requests_received()[Kind.LOOKUP]
