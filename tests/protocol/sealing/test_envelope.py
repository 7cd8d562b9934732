import hashlib
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol import labels
from protocol.errors import MalformedError, OpenError, ProtocolError, SignatureError, StaleError
from protocol.identifiers import MemberId, RoundId
from protocol.sealing.envelope import (
    Header,
    Kind,
    SentRequest,
    open_reply,
    open_request,
    parse_request,
    reply_body_bytes,
    reply_bytes,
    request_body_bytes,
    request_bytes,
    seal_reply,
    seal_request,
    verify_request,
)
from protocol.sealing.signing import sign
from tests.protocol.samples import BRADFORD, KIRKLEES, LEEDS, NOW_MS, ROUND, Party

SECRET = bytes(range(32))
SALT = bytes(range(32, 64))
HEADER = Header(Kind.POST, ROUND, LEEDS.id, BRADFORD.id, NOW_MS)
every_kind = pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.name)


def _send(
    header: Header = HEADER, recipient: Party = BRADFORD, sender: Party = LEEDS
) -> SentRequest:
    body = bytes(request_body_bytes(header.kind))
    return seal_request(header, SECRET, body, recipient.sealing_public, sender.signing_key)


SENT = _send()
REPLY_BODY = b"\7" * reply_body_bytes(Kind.POST)


def _reply(sent: SentRequest = SENT, answerer: Party = BRADFORD) -> bytes:
    body = b"\7" * reply_body_bytes(sent.header.kind)
    return seal_reply(parse_request(sent.envelope), SECRET, SALT, body, answerer.signing_key)


REPLY = _reply()


def _receive(envelope: bytes, now_ms: int = NOW_MS) -> tuple[bytes, bytes]:
    request = parse_request(envelope)
    verify_request(request, BRADFORD.id, LEEDS.verifying_key, now_ms)
    return open_request(request, BRADFORD.sealing_private)


def _flip(content: bytes, place: int) -> bytes:
    changed = bytearray(content)
    changed[place] ^= 1
    return bytes(changed)


@every_kind
def test_request_arrives_as_sent(kind: Kind) -> None:
    body = bytes(number % 251 for number in range(request_body_bytes(kind)))
    sent = seal_request(
        replace(HEADER, kind=kind), SECRET, body, BRADFORD.sealing_public, LEEDS.signing_key
    )
    assert parse_request(sent.envelope).header == sent.header
    assert _receive(sent.envelope) == (SECRET, body)


@every_kind
def test_reply_arrives_as_sent(kind: Kind) -> None:
    sent = _send(replace(HEADER, kind=kind))
    assert open_reply(_reply(sent), sent, BRADFORD.verifying_key) == b"\7" * reply_body_bytes(kind)


@pytest.mark.parametrize(
    ("kind", "request_size", "reply_size"),
    [
        # On the wire every byte of a lookup counts once for each member: a change here is one
        # for the specification and the bench.
        (Kind.EVALUATION, 3_336, 2_307),
        (Kind.IMPORT_EVALUATION, 34_064, 32_963),
        (Kind.LOOKUP, 3_104, 1_710),
        (Kind.POST, 2_325, 203),
    ],
)
def test_every_envelope_of_a_kind_has_one_size(
    kind: Kind, request_size: int, reply_size: int
) -> None:
    sent = _send(replace(HEADER, kind=kind))
    assert len(sent.envelope) == request_bytes(kind) == request_size
    assert len(_reply(sent)) == reply_bytes(kind) == reply_size


@every_kind
@pytest.mark.parametrize("difference", [-1, 1])
def test_refuses_to_seal_a_body_of_another_size(kind: Kind, difference: int) -> None:
    body = bytes(request_body_bytes(kind) + difference)
    with pytest.raises(MalformedError):
        seal_request(
            replace(HEADER, kind=kind), SECRET, body, BRADFORD.sealing_public, LEEDS.signing_key
        )


@pytest.mark.parametrize("difference", [-1, 1])
def test_refuses_to_seal_a_reply_of_another_size(difference: int) -> None:
    body = bytes(reply_body_bytes(Kind.POST) + difference)
    with pytest.raises(MalformedError):
        seal_reply(parse_request(SENT.envelope), SECRET, SALT, body, BRADFORD.signing_key)


@pytest.mark.parametrize("round_id", [ROUND[:-1], ROUND + b"x"], ids=["short", "long"])
def test_refuses_to_address_a_round_that_is_none(round_id: bytes) -> None:
    with pytest.raises(MalformedError, match="round id"):
        _send(replace(HEADER, round_id=RoundId(round_id)))


@pytest.mark.parametrize("salt", [SALT[:-1], SALT + b"x"], ids=["short", "long"])
def test_refuses_a_salt_of_another_length(salt: bytes) -> None:
    with pytest.raises(MalformedError, match="salt"):
        seal_reply(parse_request(SENT.envelope), SECRET, salt, REPLY_BODY, BRADFORD.signing_key)


def test_sender_and_recipient_compute_one_digest() -> None:
    assert parse_request(SENT.envelope).digest == SENT.digest
    assert SENT.digest == hashlib.sha256(SENT.envelope).digest()


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(0, id="version"),
        pytest.param(1, id="kind"),
        pytest.param(2, id="round"),
        pytest.param(17, id="end of the round"),
        pytest.param(18, id="sender"),
        pytest.param(29, id="sender's padding"),
        pytest.param(30, id="recipient"),
        pytest.param(41, id="recipient's padding"),
        pytest.param(42, id="time, high byte"),
        pytest.param(49, id="time, low byte"),
        pytest.param(50, id="cell"),
        pytest.param(-65, id="end of the cell"),
        pytest.param(-64, id="signature"),
        pytest.param(-1, id="end of the signature"),
    ],
)
def test_refuses_request_altered_in_its(place: int) -> None:
    with pytest.raises((MalformedError, SignatureError, StaleError)):
        _receive(_flip(SENT.envelope, place))


HEADER_FIELDS: dict[str, Header] = {
    "round": replace(HEADER, round_id=RoundId(bytes(16))),
    "sender": replace(HEADER, sender=KIRKLEES.id),
    "recipient": replace(HEADER, recipient=KIRKLEES.id),
    "time": replace(HEADER, time_ms=NOW_MS + 1),
}


@pytest.mark.parametrize("header", HEADER_FIELDS.values(), ids=HEADER_FIELDS.keys())
def test_cell_moved_under_another_header_does_not_open(header: Header) -> None:
    """Signed anew by a member that took the cell over, and wants the reply for itself."""
    content = header.encode() + parse_request(SENT.envelope).cell
    envelope = content + sign(KIRKLEES.signing_key, labels.ENVELOPE, content)
    with pytest.raises(OpenError):
        open_request(parse_request(envelope), BRADFORD.sealing_private)


def test_refuses_request_signed_by_another_member() -> None:
    with pytest.raises(SignatureError):
        _receive(_send(sender=KIRKLEES).envelope)


def test_refuses_request_sealed_to_another_member() -> None:
    with pytest.raises(OpenError):
        _receive(_send(recipient=KIRKLEES).envelope)


def test_refuses_misaddressed_request() -> None:
    request = parse_request(SENT.envelope)
    with pytest.raises(MalformedError, match="addressed to another member"):
        verify_request(request, KIRKLEES.id, LEEDS.verifying_key, NOW_MS)


@pytest.mark.parametrize("label", [labels.REPLY, labels.BUNDLE, labels.LINK])
def test_refuses_request_signed_under_another_label(label: bytes) -> None:
    content = parse_request(SENT.envelope).content
    with pytest.raises(SignatureError):
        _receive(content + sign(LEEDS.signing_key, label, content))


@pytest.mark.parametrize("difference_ms", [-120_000, 0, 120_000])
def test_accepts_request_within_the_window(difference_ms: int) -> None:
    assert _receive(SENT.envelope, NOW_MS + difference_ms)


@pytest.mark.parametrize("difference_ms", [-120_001, 120_001])
def test_refuses_request_outside_the_window(difference_ms: int) -> None:
    with pytest.raises(StaleError):
        _receive(SENT.envelope, NOW_MS + difference_ms)


@pytest.mark.parametrize("time_ms", [0, 2**64 - 1])
def test_refuses_request_of_the_ends_of_time(time_ms: int) -> None:
    with pytest.raises(StaleError):
        _receive(_send(replace(HEADER, time_ms=time_ms)).envelope)


@pytest.mark.parametrize(
    "envelope",
    [
        pytest.param(b"", id="empty"),
        pytest.param(SENT.envelope[:1], id="one byte"),
        pytest.param(SENT.envelope[:50], id="a header alone"),
        pytest.param(SENT.envelope[:-1], id="truncated"),
        pytest.param(SENT.envelope + b"\0", id="trailing byte"),
        pytest.param(b"\0" + SENT.envelope[1:], id="version 0"),
        pytest.param(b"\2" + SENT.envelope[1:], id="version 2"),
        pytest.param(b"\1\0" + SENT.envelope[2:], id="kind 0"),
        pytest.param(b"\1\x05" + SENT.envelope[2:], id="unknown kind"),
        pytest.param(b"\1\3" + SENT.envelope[2:], id="the size of another kind"),
        pytest.param(
            SENT.envelope[:18] + b"e08000035\0\0\0" + SENT.envelope[30:], id="sender not an id"
        ),
        pytest.param(SENT.envelope[:30] + bytes(12) + SENT.envelope[42:], id="recipient not an id"),
    ],
)
def test_refuses_malformed_request(envelope: bytes) -> None:
    with pytest.raises(MalformedError):
        parse_request(envelope)


@settings(max_examples=50)
@given(st.binary(max_size=60), st.sampled_from(Kind))
def test_request_parser_raises_only_our_errors(content: bytes, kind: Kind) -> None:
    for envelope in (content, content.ljust(request_bytes(kind), b"\1")):
        with suppress(MalformedError):
            request = parse_request(envelope)
            assert request.content + request.signature == envelope


@settings(max_examples=30)
@given(st.integers(0, len(SENT.envelope) - 1), st.integers(1, 255))
def test_altered_requests_raise_only_our_errors(place: int, difference: int) -> None:
    altered = bytearray(SENT.envelope)
    altered[place] ^= difference
    with pytest.raises(ProtocolError):
        _receive(bytes(altered))


OTHER_REQUESTS: dict[str, SentRequest] = {
    "kind": _send(replace(HEADER, kind=Kind.LOOKUP)),
    "round": _send(replace(HEADER, round_id=RoundId(bytes(16)))),
    "recipient": _send(replace(HEADER, recipient=KIRKLEES.id)),
    "sender": _send(replace(HEADER, sender=KIRKLEES.id)),
    "cell": _send(),
}


@pytest.mark.parametrize("other", OTHER_REQUESTS.values(), ids=OTHER_REQUESTS.keys())
def test_refuses_reply_to_a_request_of_another(other: SentRequest) -> None:
    """The answerer signed both: it must not be able to swap them, nor the hub."""
    with pytest.raises(MalformedError):
        open_reply(_reply(other), SENT, BRADFORD.verifying_key)


def test_refuses_reply_signed_by_another_member() -> None:
    with pytest.raises(SignatureError):
        open_reply(_reply(answerer=KIRKLEES), SENT, BRADFORD.verifying_key)


@pytest.mark.parametrize("label", [labels.ENVELOPE, labels.BUNDLE, labels.LINK])
def test_refuses_reply_signed_under_another_label(label: bytes) -> None:
    content = REPLY[:-64]
    with pytest.raises(SignatureError):
        open_reply(
            content + sign(BRADFORD.signing_key, label, content), SENT, BRADFORD.verifying_key
        )


def test_refuses_reply_made_without_the_reply_secret() -> None:
    """The hub cannot answer in a member's place even with that member's signing key."""
    request = parse_request(SENT.envelope)
    forged = seal_reply(request, bytes(32), SALT, REPLY_BODY, BRADFORD.signing_key)
    with pytest.raises(OpenError):
        open_reply(forged, SENT, BRADFORD.verifying_key)


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(0, id="version"),
        pytest.param(1, id="kind"),
        pytest.param(2, id="round"),
        pytest.param(18, id="sender"),
        pytest.param(30, id="recipient"),
        pytest.param(42, id="request digest"),
        pytest.param(73, id="end of the request digest"),
        pytest.param(74, id="salt"),
        pytest.param(106, id="cell"),
        pytest.param(-64, id="signature"),
    ],
)
def test_refuses_reply_altered_in_its(place: int) -> None:
    with pytest.raises((MalformedError, SignatureError)):
        open_reply(_flip(REPLY, place), SENT, BRADFORD.verifying_key)


@pytest.mark.parametrize("place", [74, 106, len(REPLY) - 65])
def test_refuses_reply_altered_and_signed_again(place: int) -> None:
    content = _flip(REPLY, place)[:-64]
    signed = content + sign(BRADFORD.signing_key, labels.REPLY, content)
    with pytest.raises(OpenError):
        open_reply(signed, SENT, BRADFORD.verifying_key)


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(b"", id="empty"),
        pytest.param(REPLY[:-1], id="truncated"),
        pytest.param(REPLY + b"\0", id="trailing byte"),
        pytest.param(SENT.envelope, id="our own request"),
    ],
)
def test_refuses_malformed_reply(reply: bytes) -> None:
    with pytest.raises(MalformedError):
        open_reply(reply, SENT, BRADFORD.verifying_key)


@settings(max_examples=50)
@given(st.binary(max_size=reply_bytes(Kind.POST)))
def test_opening_replies_raises_only_our_errors(content: bytes) -> None:
    for reply in (content, content.ljust(reply_bytes(Kind.POST), b"\0")):
        with pytest.raises(ProtocolError):
            open_reply(reply, SENT, BRADFORD.verifying_key)


def test_reply_secret_shows_in_no_repr() -> None:
    assert SECRET.hex() not in repr(SENT)
    assert repr(SECRET) not in repr(SENT)


def test_header_encodes_fields_in_order() -> None:
    header = Header(Kind.LOOKUP, ROUND, MemberId("E08000035"), MemberId("E08000032"), 0x0102)
    assert header.encode() == (
        b"\x01\x03" + ROUND + b"E08000035\0\0\0" + b"E08000032\0\0\0" + b"\0\0\0\0\0\0\1\2"
    )
