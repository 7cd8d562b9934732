from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import limits
from protocol.errors import MalformedError
from protocol.messages.post import PostMessage, PostType, Receipt
from protocol.oprf.contribution import ENCRYPTED_SHARE_BYTES
from protocol.oprf.schnorr import SIGNATURE_BYTES
from protocol.sealing.envelope import Kind, reply_body_bytes, request_body_bytes

MESSAGE_ID = bytes(range(16))
BODY = PostMessage(MESSAGE_ID, PostType.CEREMONY_SIGNATURE, b"content").encode()
RECEIPT = Receipt(MESSAGE_ID).encode()

messages = st.builds(
    PostMessage,
    message_id=st.binary(min_size=16, max_size=16),
    type=st.sampled_from(PostType),
    content=st.binary(max_size=limits.POST_CONTENT_BYTES),
)


@given(messages)
def test_message_decodes_what_it_encoded(message: PostMessage) -> None:
    body = message.encode()
    assert len(body) == request_body_bytes(Kind.POST)
    assert PostMessage.decode(body) == message


def test_noise_has_the_size_of_a_message() -> None:
    noise = PostMessage(MESSAGE_ID, PostType.NOISE, b"").encode()
    full = PostMessage(MESSAGE_ID, PostType.CEREMONY_CONTRIBUTION, bytes(1024)).encode()
    assert len(noise) == len(full)


def test_the_largest_contribution_fits_one_cell() -> None:
    elements = (limits.THRESHOLD + 1) * 32
    assert elements + SIGNATURE_BYTES + 8 + ENCRYPTED_SHARE_BYTES <= limits.POST_CONTENT_BYTES


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(PostMessage(bytes(15), PostType.NOISE, b""), id="short message id"),
        pytest.param(PostMessage(MESSAGE_ID, PostType.NOISE, bytes(1025)), id="too much content"),
    ],
)
def test_refuses_to_encode_message_with(message: PostMessage) -> None:
    with pytest.raises(MalformedError):
        message.encode()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(BODY[:16], id="a message id alone"),
        pytest.param(BODY[:16] + b"\xff" + BODY[17:], id="unknown type"),
        pytest.param(BODY[:17] + b"\4\1" + BODY[19:], id="content longer than a cell"),
        pytest.param(BODY[:17] + b"\0\0" + BODY[19:], id="content behind no content"),
        pytest.param(BODY[:-1] + b"\1", id="padding not zero"),
        pytest.param(BODY[:20], id="cut off within its content"),
    ],
)
def test_refuses_message_with(body: bytes) -> None:
    with pytest.raises(MalformedError):
        PostMessage.decode(body)


@pytest.mark.parametrize(
    "body",
    [pytest.param(BODY[:-1], id="a byte less"), pytest.param(BODY + b"\0", id="a byte more")],
)
def test_refuses_message_of_another_size(body: bytes) -> None:
    with pytest.raises(MalformedError):
        PostMessage.decode(body)


@given(st.binary(max_size=100))
def test_message_decoder_raises_only_our_errors(content: bytes) -> None:
    for body in (content, content + BODY[len(content) :]):
        with suppress(MalformedError):
            PostMessage.decode(body)


@given(st.binary(min_size=16, max_size=16))
def test_receipt_decodes_what_it_encoded(message_id: bytes) -> None:
    body = Receipt(message_id).encode()
    assert len(body) == reply_body_bytes(Kind.POST)
    assert Receipt.decode(body) == Receipt(message_id)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\0" + RECEIPT[1:], id="status 0"),
        pytest.param(b"\2" + RECEIPT[1:], id="unknown status"),
        pytest.param(RECEIPT[:-1], id="truncated"),
        pytest.param(RECEIPT + b"\0", id="trailing byte"),
    ],
)
def test_refuses_receipt_with(body: bytes) -> None:
    with pytest.raises(MalformedError):
        Receipt.decode(body)


@given(st.binary(max_size=20) | st.binary(min_size=17, max_size=17))
def test_receipt_decoder_raises_only_our_errors(body: bytes) -> None:
    with suppress(MalformedError):
        assert Receipt.decode(body).encode() == body
