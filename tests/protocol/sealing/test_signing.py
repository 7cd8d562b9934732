from contextlib import suppress
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import labels
from protocol.errors import MalformedError, SignatureError
from protocol.sealing.signing import decode_verifying_key, sign, verify_signature
from tests.protocol.samples import BRADFORD, LEEDS

KEY = LEEDS.signing_key
PUBLIC = LEEDS.verifying_key
CONTENT = b"content"
SIGNATURE = sign(KEY, labels.ENVELOPE, CONTENT)
SIGNED_LABELS = (labels.ENVELOPE, labels.REPLY, labels.BUNDLE, labels.LINK)


@given(st.binary(max_size=200), st.sampled_from(SIGNED_LABELS))
def test_verifies_what_it_signed(content: bytes, label: bytes) -> None:
    verify_signature(PUBLIC, label, content, sign(KEY, label, content))


@pytest.mark.parametrize(("signed", "checked"), [*permutations(SIGNED_LABELS, 2)])
def test_refuses_signature_made_under_another_label(signed: bytes, checked: bytes) -> None:
    with pytest.raises(SignatureError):
        verify_signature(PUBLIC, checked, CONTENT, sign(KEY, signed, CONTENT))


def test_refuses_signature_by_another_key() -> None:
    with pytest.raises(SignatureError):
        verify_signature(BRADFORD.verifying_key, labels.ENVELOPE, CONTENT, SIGNATURE)


def test_refuses_signature_over_other_content() -> None:
    with pytest.raises(SignatureError):
        verify_signature(PUBLIC, labels.ENVELOPE, CONTENT + b"\0", SIGNATURE)


def test_refuses_signature_over_content_moved_into_the_label() -> None:
    """Without lengths, `ab` + `c` would be signed as `a` + `bc`."""
    with pytest.raises(SignatureError):
        verify_signature(PUBLIC, b"la", b"bel", sign(KEY, b"lab", b"el"))


def test_refuses_signature_over_content_without_a_label() -> None:
    with pytest.raises(SignatureError):
        verify_signature(PUBLIC, labels.ENVELOPE, CONTENT, KEY.sign(CONTENT))


@given(st.binary(max_size=70) | st.binary(min_size=64, max_size=64))
def test_verifying_raises_only_our_errors(signature: bytes) -> None:
    with pytest.raises(SignatureError):
        verify_signature(PUBLIC, labels.ENVELOPE, CONTENT, signature)


def test_decodes_verifying_key() -> None:
    raw = PUBLIC.public_bytes_raw()
    assert decode_verifying_key(raw).public_bytes_raw() == raw


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_refuses_verifying_key_of_wrong_length(length: int) -> None:
    with pytest.raises(MalformedError, match="32 bytes"):
        decode_verifying_key(bytes(length))


LOW_ORDER = {
    "identity": "01" + "00" * 31,
    "order 2": "ec" + "ff" * 30 + "7f",
    "order 4": "00" * 32,
    "order 4, sign set": "00" * 31 + "80",
    "order 8": "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "order 8, another": "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
}


@pytest.mark.parametrize("encoding", LOW_ORDER.values(), ids=LOW_ORDER.keys())
def test_refuses_low_order_verifying_key(encoding: str) -> None:
    """Under such a key anybody signs anything: its owner could deny every message."""
    with pytest.raises(MalformedError):
        decode_verifying_key(bytes.fromhex(encoding))


@given(st.binary(max_size=40) | st.binary(min_size=32, max_size=32))
def test_verifying_key_decoder_raises_only_our_errors(content: bytes) -> None:
    with suppress(MalformedError):
        assert decode_verifying_key(content).public_bytes_raw() == content
