from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol import labels, limits
from protocol.errors import MalformedError, SignatureError, StaleError
from protocol.identifiers import MemberId, RoundId
from protocol.sealing.bundle import (
    BUNDLE_HEADER_BYTES,
    Bundle,
    encode_bundle,
    most_bundle_bytes,
    parse_bundle,
    verify_bundle,
)
from protocol.sealing.envelope import (
    Header,
    Kind,
    SentRequest,
    request_body_bytes,
    request_bytes,
    seal_request,
)
from protocol.sealing.signing import sign
from tests.protocol.samples import BRADFORD, KIRKLEES, LEEDS, NOW_MS, ROUND

HEADER = Header(Kind.POST, ROUND, LEEDS.id, BRADFORD.id, NOW_MS)


def _request(header: Header) -> SentRequest:
    body = bytes(request_body_bytes(header.kind))
    return seal_request(header, bytes(32), body, BRADFORD.sealing_public, LEEDS.signing_key)


FIRST = _request(HEADER)
SECOND = _request(replace(HEADER, recipient=KIRKLEES.id))
BUNDLE = encode_bundle([FIRST, SECOND], LEEDS.signing_key)
SIZE = request_bytes(Kind.POST)


def _framed(count: int, envelopes: bytes, head: bytes = BUNDLE[:38]) -> bytes:
    return head + count.to_bytes(2, "big") + envelopes + bytes(64)


def test_parses_what_it_encoded() -> None:
    bundle = parse_bundle(BUNDLE)
    assert bundle == Bundle(
        Kind.POST,
        ROUND,
        LEEDS.id,
        NOW_MS,
        {BRADFORD.id: FIRST.envelope, KIRKLEES.id: SECOND.envelope},
        BUNDLE[:-64],
        BUNDLE[-64:],
    )


@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.name)
def test_carries_every_kind(kind: Kind) -> None:
    request = _request(replace(HEADER, kind=kind))
    content = encode_bundle([request], LEEDS.signing_key)
    assert parse_bundle(content).envelopes == {BRADFORD.id: request.envelope}
    assert len(content) == BUNDLE_HEADER_BYTES + request_bytes(kind) + 64
    assert len(content) <= most_bundle_bytes(1)


def test_carries_an_envelope_for_oneself() -> None:
    """A round goes to every member: leaving oneself out would tell keyholders from others."""
    request = _request(replace(HEADER, recipient=LEEDS.id))
    assert list(parse_bundle(encode_bundle([request], LEEDS.signing_key)).envelopes) == [LEEDS.id]


def test_verifies_what_it_signed() -> None:
    verify_bundle(parse_bundle(BUNDLE), LEEDS.verifying_key, NOW_MS)


@pytest.mark.parametrize("difference_ms", [-120_000, 120_000])
def test_accepts_bundle_within_the_window(difference_ms: int) -> None:
    verify_bundle(parse_bundle(BUNDLE), LEEDS.verifying_key, NOW_MS + difference_ms)


@pytest.mark.parametrize("difference_ms", [-120_001, 120_001])
def test_refuses_bundle_outside_the_window(difference_ms: int) -> None:
    with pytest.raises(StaleError):
        verify_bundle(parse_bundle(BUNDLE), LEEDS.verifying_key, NOW_MS + difference_ms)


def test_refuses_bundle_signed_by_another_member() -> None:
    with pytest.raises(SignatureError):
        verify_bundle(parse_bundle(BUNDLE), BRADFORD.verifying_key, NOW_MS)


def test_tells_a_stranger_nothing_of_its_clock() -> None:
    """The signature comes first: who cannot sign learns no time."""
    with pytest.raises(SignatureError):
        verify_bundle(parse_bundle(BUNDLE), BRADFORD.verifying_key, 0)


@pytest.mark.parametrize("label", [labels.ENVELOPE, labels.REPLY, labels.LINK])
def test_refuses_bundle_signed_under_another_label(label: bytes) -> None:
    content = BUNDLE[:-64]
    with pytest.raises(SignatureError):
        verify_bundle(
            parse_bundle(content + sign(LEEDS.signing_key, label, content)),
            LEEDS.verifying_key,
            NOW_MS,
        )


def test_refuses_bundle_with_an_envelope_left_out() -> None:
    without = _framed(1, FIRST.envelope)[:-64] + BUNDLE[-64:]
    with pytest.raises(SignatureError):
        verify_bundle(parse_bundle(without), LEEDS.verifying_key, NOW_MS)


def test_refuses_bundle_with_its_envelopes_in_another_order() -> None:
    swapped = _framed(2, SECOND.envelope + FIRST.envelope)[:-64] + BUNDLE[-64:]
    with pytest.raises(SignatureError):
        verify_bundle(parse_bundle(swapped), LEEDS.verifying_key, NOW_MS)


OTHER_ROUNDS: dict[str, Header] = {
    "round": replace(HEADER, round_id=RoundId(bytes(16))),
    "sender": replace(HEADER, sender=KIRKLEES.id),
    "time": replace(HEADER, time_ms=NOW_MS + 1),
}


@pytest.mark.parametrize("header", OTHER_ROUNDS.values(), ids=OTHER_ROUNDS.keys())
def test_refuses_an_envelope_of_another(header: Header) -> None:
    with pytest.raises(MalformedError, match="an envelope of another round"):
        parse_bundle(_framed(1, _request(header).envelope))


def test_refuses_an_envelope_of_another_kind_and_the_same_size() -> None:
    """Kinds differ in size: a byte changed in place is the nearest that an attacker comes."""
    envelope = b"\1" + bytes([Kind.LOOKUP]) + FIRST.envelope[2:]
    with pytest.raises(MalformedError):
        parse_bundle(_framed(1, envelope))


def test_refuses_two_envelopes_for_one_member() -> None:
    again = _request(HEADER)
    with pytest.raises(MalformedError, match="two envelopes for one member"):
        parse_bundle(_framed(2, FIRST.envelope + again.envelope))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(BUNDLE[:BUNDLE_HEADER_BYTES], id="a header alone"),
        pytest.param(BUNDLE[:-1], id="truncated"),
        pytest.param(BUNDLE[:-64], id="without a signature"),
        pytest.param(BUNDLE + b"\0", id="trailing byte"),
        pytest.param(_framed(0, b""), id="no envelope"),
        pytest.param(_framed(1, FIRST.envelope + SECOND.envelope), id="count too small"),
        pytest.param(_framed(3, FIRST.envelope + SECOND.envelope), id="count too large"),
        pytest.param(_framed(limits.MEMBERS + 1, FIRST.envelope), id="count above the limit"),
        pytest.param(_framed(0xFFFF, FIRST.envelope), id="the largest count"),
        pytest.param(b"\2" + BUNDLE[1:], id="unknown version"),
        pytest.param(b"\1\0" + BUNDLE[2:], id="unknown kind"),
        pytest.param(b"\1\3" + BUNDLE[2:], id="kind of another size"),
        pytest.param(BUNDLE[:18] + bytes(12) + BUNDLE[30:], id="sender not an id"),
    ],
)
def test_refuses_malformed_bundle(content: bytes) -> None:
    with pytest.raises(MalformedError):
        parse_bundle(content)


@settings(max_examples=60)
@given(st.binary(max_size=60), st.sampled_from([0, 40, SIZE]), st.booleans())
def test_bundle_parser_raises_only_our_errors(content: bytes, cut: int, headed: bool) -> None:
    attempt = BUNDLE[:cut] + content if headed else content
    with suppress(MalformedError):
        parse_bundle(attempt)


@settings(max_examples=60)
@given(st.integers(0, len(BUNDLE) - 1), st.integers(1, 255))
def test_an_altered_bundle_is_refused_wherever_it_is_altered(place: int, difference: int) -> None:
    altered = bytearray(BUNDLE)
    altered[place] ^= difference
    with pytest.raises((MalformedError, SignatureError)):
        verify_bundle(parse_bundle(bytes(altered)), LEEDS.verifying_key, NOW_MS)


def test_reads_as_many_envelopes_as_a_directory_has_members() -> None:
    assert most_bundle_bytes(limits.MEMBERS) < 4 * 1024 * 1024
    ids = [MemberId(f"M{number:05}") for number in range(40)]
    requests = [_request(replace(HEADER, recipient=recipient)) for recipient in ids]
    assert list(parse_bundle(encode_bundle(requests, LEEDS.signing_key)).envelopes) == ids


@pytest.mark.parametrize(
    ("kind", "most"),
    [(Kind.EVALUATION, limits.KEYHOLDERS), (Kind.IMPORT_EVALUATION, limits.THRESHOLD)],
)
def test_carries_no_more_evaluations_than_keyholders_are_asked(kind: Kind, most: int) -> None:
    """An import's envelopes are long: as many as there are members would fill a hub's memory."""
    header = replace(HEADER, kind=kind)
    ids = [MemberId(f"M{number:05}") for number in range(most + 1)]
    requests = [_request(replace(header, recipient=recipient)) for recipient in ids]
    full = encode_bundle(requests[:most], LEEDS.signing_key)
    assert list(parse_bundle(full).envelopes) == ids[:most]
    assert len(full) <= most_bundle_bytes(limits.MEMBERS)
    with pytest.raises(MalformedError, match="number of envelopes out of range"):
        parse_bundle(encode_bundle(requests, LEEDS.signing_key))
