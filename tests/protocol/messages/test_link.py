from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import labels, limits
from protocol.errors import MalformedError, SignatureError, StaleError
from protocol.identifiers import MemberId
from protocol.messages.link import Challenge, Frame, FrameType, Introduction
from protocol.sealing.envelope import Kind, reply_bytes, request_bytes
from protocol.sealing.signing import sign
from tests.protocol.samples import BRADFORD, LEEDS, NOW_MS, member_ids, texts

HUB_NONCE = bytes(range(32))
NODE_NONCE = bytes(range(32, 64))
CHALLENGE = Challenge("hub-1", HUB_NONCE)
CHALLENGE_FRAME = CHALLENGE.encode()
INTRODUCTION = Introduction.make(CHALLENGE, LEEDS.id, NODE_NONCE, NOW_MS, LEEDS.signing_key)
INTRODUCTION_FRAME = INTRODUCTION.encode()

nonces = st.binary(min_size=32, max_size=32)


@given(texts(40), nonces)
def test_challenge_decodes_what_it_encoded(hub_id: str, nonce: bytes) -> None:
    challenge = Challenge(hub_id, nonce)
    assert Challenge.decode(challenge.encode()) == challenge


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\0" + CHALLENGE_FRAME[1:], id="version 0"),
        pytest.param(b"\2" + CHALLENGE_FRAME[1:], id="unknown version"),
        pytest.param(CHALLENGE_FRAME[:-1], id="truncated"),
        pytest.param(CHALLENGE_FRAME + b"\0", id="trailing byte"),
        pytest.param(CHALLENGE_FRAME[:33] + b"\0\x29" + b"x" * 41, id="oversize hub id"),
        pytest.param(CHALLENGE_FRAME[:33] + b"\0\1\xff", id="hub id not UTF-8"),
    ],
)
def test_refuses_challenge_with(frame: bytes) -> None:
    with pytest.raises(MalformedError):
        Challenge.decode(frame)


@given(st.binary(max_size=80))
def test_challenge_decoder_raises_only_our_errors(content: bytes) -> None:
    for frame in (content, b"\1" + content, CHALLENGE_FRAME[:33] + content):
        with suppress(MalformedError):
            assert Challenge.decode(frame).encode() == frame


@given(
    member_ids.map(MemberId),
    nonces,
    st.integers(0, 2**64 - 1),
    st.binary(min_size=64, max_size=64),
)
def test_introduction_decodes_what_it_encoded(
    node_id: MemberId, nonce: bytes, time_ms: int, signature: bytes
) -> None:
    introduction = Introduction(node_id, nonce, time_ms, signature)
    assert Introduction.decode(introduction.encode()) == introduction


def test_verifies_what_it_made() -> None:
    INTRODUCTION.verify(CHALLENGE, LEEDS.verifying_key, NOW_MS)


@pytest.mark.parametrize(
    ("introduction", "challenge"),
    [
        pytest.param(INTRODUCTION, replace(CHALLENGE, hub_id="hub-2"), id="another hub"),
        pytest.param(INTRODUCTION, replace(CHALLENGE, nonce=bytes(32)), id="another challenge"),
        pytest.param(replace(INTRODUCTION, node_id=BRADFORD.id), CHALLENGE, id="another node"),
        pytest.param(replace(INTRODUCTION, nonce=bytes(32)), CHALLENGE, id="another nonce"),
        pytest.param(replace(INTRODUCTION, time_ms=NOW_MS + 1), CHALLENGE, id="another time"),
        pytest.param(replace(INTRODUCTION, signature=bytes(64)), CHALLENGE, id="no signature"),
    ],
)
def test_refuses_introduction_signed_for(introduction: Introduction, challenge: Challenge) -> None:
    with pytest.raises(SignatureError):
        introduction.verify(challenge, LEEDS.verifying_key, NOW_MS)


def test_refuses_introduction_by_another_key() -> None:
    with pytest.raises(SignatureError):
        INTRODUCTION.verify(CHALLENGE, BRADFORD.verifying_key, NOW_MS)


def test_refuses_introduction_passed_on_by_another_hub() -> None:
    """Hub 2 hands hub 1's challenge to a node, and would stand there in its name."""
    relayed = Challenge("hub-2", HUB_NONCE)
    made = Introduction.make(relayed, LEEDS.id, NODE_NONCE, NOW_MS, LEEDS.signing_key)
    with pytest.raises(SignatureError):
        made.verify(CHALLENGE, LEEDS.verifying_key, NOW_MS)


def test_never_signs_what_the_hub_alone_chose() -> None:
    """A hub's nonce may be part of an envelope: node nonce and label stand in what is signed."""
    again = Introduction.make(CHALLENGE, LEEDS.id, bytes(32), NOW_MS, LEEDS.signing_key)
    assert again.signature != INTRODUCTION.signature
    assert sign(LEEDS.signing_key, labels.ENVELOPE, HUB_NONCE) != INTRODUCTION.signature


@pytest.mark.parametrize("difference_ms", [-120_000, 120_000])
def test_accepts_introduction_within_the_window(difference_ms: int) -> None:
    INTRODUCTION.verify(CHALLENGE, LEEDS.verifying_key, NOW_MS + difference_ms)


@pytest.mark.parametrize("difference_ms", [-120_001, 120_001])
def test_refuses_introduction_outside_the_window(difference_ms: int) -> None:
    with pytest.raises(StaleError):
        INTRODUCTION.verify(CHALLENGE, LEEDS.verifying_key, NOW_MS + difference_ms)


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(b"", id="empty"),
        pytest.param(INTRODUCTION_FRAME[:-1], id="truncated"),
        pytest.param(INTRODUCTION_FRAME + b"\0", id="trailing byte"),
        pytest.param(bytes(12) + INTRODUCTION_FRAME[12:], id="no node id"),
        pytest.param(b"e08000035\0\0\0" + INTRODUCTION_FRAME[12:], id="node id in small letters"),
    ],
)
def test_refuses_introduction_with(frame: bytes) -> None:
    with pytest.raises(MalformedError):
        Introduction.decode(frame)


@given(st.binary(max_size=20) | st.binary(min_size=116, max_size=116))
def test_introduction_decoder_raises_only_our_errors(content: bytes) -> None:
    for frame in (content, content + INTRODUCTION_FRAME[len(content) :]):
        with suppress(MalformedError):
            assert Introduction.decode(frame).encode() == frame


@given(st.sampled_from(FrameType), st.integers(0, 2**32 - 1), st.binary(max_size=200))
def test_frame_decodes_what_it_encoded(kind: FrameType, delivery: int, content: bytes) -> None:
    frame = Frame(kind, delivery, content)
    assert Frame.decode(frame.encode()) == frame


@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.name)
def test_every_envelope_fits_a_frame(kind: Kind) -> None:
    largest = max(request_bytes(kind), reply_bytes(kind))
    assert len(Frame(FrameType.DELIVER, 1, bytes(largest)).encode()) <= limits.LINK_FRAME_BYTES


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\1\0\0\0", id="delivery number cut off"),
        pytest.param(b"\0\0\0\0\1", id="type 0"),
        pytest.param(b"\4\0\0\0\1", id="unknown type"),
        pytest.param(b"\1" + bytes(limits.LINK_FRAME_BYTES), id="larger than a frame"),
    ],
)
def test_refuses_frame_with(frame: bytes) -> None:
    with pytest.raises(MalformedError):
        Frame.decode(frame)


def test_accepts_frame_of_the_largest_size() -> None:
    Frame.decode(b"\1".ljust(limits.LINK_FRAME_BYTES, b"\0"))


def test_refuses_to_encode_a_delivery_number_that_does_not_fit() -> None:
    with pytest.raises(MalformedError):
        Frame(FrameType.REPLY, 2**32).encode()


@given(st.binary(max_size=20))
def test_frame_decoder_raises_only_our_errors(frame: bytes) -> None:
    with suppress(MalformedError):
        assert Frame.decode(frame).encode() == frame
