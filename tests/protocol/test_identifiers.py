from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import MalformedError
from protocol.identifiers import (
    decode_member_id,
    encode_member_id,
    epoch_at,
    parse_member_id,
)
from tests.protocol.samples import member_ids


@pytest.mark.parametrize("text", ["ABC", "E08000035", "RR8", "E08000035XYZ"])
def test_parses_member_id(text: str) -> None:
    assert parse_member_id(text) == text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("AB", id="too short"),
        pytest.param("E08000035XYZ1", id="too long"),
        pytest.param("e08000035", id="small letters"),
        pytest.param("E0800-035", id="hyphen"),
        pytest.param("E08 00035", id="space"),
        pytest.param("E08000035\n", id="line end"),
        pytest.param("E08\x0000035", id="NUL"),
        pytest.param("É08000035", id="accent"),
        pytest.param("E0800003５", id="digit of another script"),
        pytest.param("../E08", id="path"),
    ],
)
def test_refuses_member_id(text: str) -> None:
    with pytest.raises(MalformedError):
        parse_member_id(text)


def test_refusal_does_not_repeat_what_was_typed() -> None:
    with pytest.raises(MalformedError) as refusal:
        parse_member_id("Mary Smith")
    assert "Mary" not in str(refusal.value)


@given(member_ids)
def test_member_id_decodes_what_it_encoded(text: str) -> None:
    member = parse_member_id(text)
    encoded = encode_member_id(member)
    assert len(encoded) == 12
    assert decode_member_id(encoded) == member


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"E08000035\0\0", id="too short"),
        pytest.param(b"E08000035\0\0\0\0", id="too long"),
        pytest.param(bytes(12), id="zeros alone"),
        pytest.param(b"AB".ljust(12, b"\0"), id="two letters"),
        pytest.param(b"E08\x0000035\0\0\0", id="zero inside"),
        pytest.param(b"\0E08000035\0\0", id="zero in front"),
        pytest.param(b"E08000035   ", id="padded with spaces"),
        pytest.param(b"E08000035\n\0\0", id="line end"),
        pytest.param(b"e08000035\0\0\0", id="small letters"),
        pytest.param("É8000035".encode().ljust(12, b"\0"), id="not ASCII"),
    ],
)
def test_refuses_member_id_bytes(content: bytes) -> None:
    with pytest.raises(MalformedError):
        decode_member_id(content)


@given(st.binary(max_size=14) | st.binary(min_size=12, max_size=12))
def test_member_id_decoder_raises_only_our_errors(content: bytes) -> None:
    with suppress(MalformedError):
        assert encode_member_id(decode_member_id(content)) == content


@pytest.mark.parametrize(
    ("unix_seconds", "epoch"),
    [(0, 0), (3599.999, 0), (3600, 1), (1_750_000_000, 486_111)],
)
def test_epoch_at(unix_seconds: float, epoch: int) -> None:
    assert epoch_at(unix_seconds) == epoch
