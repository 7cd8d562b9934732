import base64
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.encoding import Reader, Writer, decode_base64url, encode_base64url
from protocol.errors import MalformedError
from tests.protocol.samples import UNPRINTABLE, texts

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def _reader(content: bytes) -> Reader:
    return Reader(content, "thing")


def test_writes_integers_big_endian() -> None:
    assert Writer().integer(1, 2).integer(0xABCDEF, 3).done() == bytes.fromhex("0001abcdef")


@given(
    st.integers(0, 2**64 - 1), st.binary(max_size=300), texts(200), st.booleans(),
    st.binary(min_size=5, max_size=5),
)  # fmt: skip
def test_reads_what_it_wrote(
    number: int, content: bytes, text: str, flag: bool, fixed: bytes
) -> None:
    written = (
        Writer().integer(number, 8).prefixed(content).text(text, 200).integer(flag, 1)
        .fixed(fixed, 5).done()
    )  # fmt: skip
    reader = _reader(written)
    read = (
        reader.integer(8), reader.prefixed(300), reader.text(200), reader.flag(), reader.fixed(5)
    )  # fmt: skip
    reader.finish()
    assert read == (number, content, text, flag, fixed)


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda: Writer().integer(256, 1), id="integer too large"),
        pytest.param(lambda: Writer().integer(-1, 8), id="negative integer"),
        pytest.param(lambda: Writer().fixed(b"abc", 4), id="field too short"),
        pytest.param(lambda: Writer().fixed(b"abcde", 4), id="field too long"),
        pytest.param(lambda: Writer().prefixed(bytes(256), width=1), id="prefix too narrow"),
        pytest.param(lambda: Writer().text("abc", 2), id="text too long"),
        pytest.param(lambda: Writer().text("é", 1), id="text too long in bytes, not characters"),
        pytest.param(lambda: Writer().text("\ud800", 9), id="text with half a surrogate pair"),
        pytest.param(lambda: Writer().raw(b"abc").padded(2), id="longer than its padding"),
    ],
)
def test_refuses_to_write(write: Callable[[], object]) -> None:
    with pytest.raises(MalformedError):
        write()


@pytest.mark.parametrize("text", UNPRINTABLE.values(), ids=UNPRINTABLE.keys())
def test_refuses_to_write_unprintable_text(text: str) -> None:
    with pytest.raises(MalformedError, match="not printable"):
        Writer().text(text, 20)


@pytest.mark.parametrize("text", UNPRINTABLE.values(), ids=UNPRINTABLE.keys())
def test_refuses_to_read_unprintable_text(text: str) -> None:
    """Another member's words are shown on a terminal: they must not move its cursor."""
    written = Writer().prefixed(text.encode()).done()
    with pytest.raises(MalformedError, match="not printable"):
        _reader(written).text(20)


def test_pads_with_zeros() -> None:
    assert Writer().raw(b"ab").padded(4) == b"ab\0\0"


def test_pads_nothing_when_full() -> None:
    assert Writer().raw(b"ab").padded(2) == b"ab"


@pytest.mark.parametrize(
    ("content", "read"),
    [
        pytest.param(b"abc", lambda r: r.fixed(4), id="too short"),
        pytest.param(b"\0", lambda r: r.integer(2), id="integer cut off"),
        pytest.param(b"\0\3ab", lambda r: r.prefixed(9), id="field cut off"),
        pytest.param(b"\0", lambda r: r.prefixed(9), id="length cut off"),
        pytest.param(b"\0\3abc", lambda r: r.prefixed(2), id="field longer than allowed"),
        pytest.param(b"\0\3abc", lambda r: r.text(2), id="text longer than allowed"),
        pytest.param(b"\0\1\xff", lambda r: r.text(9), id="text not UTF-8"),
        pytest.param(b"\0\2\xc0\xaf", lambda r: r.text(9), id="overlong UTF-8"),
        pytest.param(b"\0\3\xed\xa0\x80", lambda r: r.text(9), id="surrogate in UTF-8"),
        pytest.param(b"\2", lambda r: r.flag(), id="flag of 2"),
        pytest.param(b"a", lambda r: r.finish(), id="trailing byte"),
        pytest.param(b"\0", lambda r: r.finish(), id="trailing zero"),
        pytest.param(b"\0\1\0", lambda r: r.finish_padding(), id="padding not zero"),
    ],
)
def test_refuses_to_read(content: bytes, read: Callable[[Reader], object]) -> None:
    with pytest.raises(MalformedError, match="malformed thing: "):
        read(_reader(content))


def test_padding_may_be_empty() -> None:
    _reader(b"").finish_padding()


@given(st.binary(max_size=30), st.sampled_from(["integer", "prefixed", "text", "flag", "fixed"]))
def test_reader_raises_only_our_errors(content: bytes, method: str) -> None:
    reads: dict[str, Callable[[Reader], object]] = {
        "integer": lambda r: r.integer(3),
        "prefixed": lambda r: r.prefixed(10),
        "text": lambda r: r.text(10),
        "flag": lambda r: r.flag(),
        "fixed": lambda r: r.fixed(4),
    }
    reader = _reader(content)
    with suppress(MalformedError):
        while True:
            reads[method](reader)


@given(st.binary(max_size=100))
def test_base64url_decodes_what_it_encoded(content: bytes) -> None:
    text = encode_base64url(content)
    assert set(text) <= set(ALPHABET)
    assert decode_base64url(text) == content


@given(st.binary(max_size=100))
def test_base64url_is_that_of_the_standard_library_without_padding(content: bytes) -> None:
    assert encode_base64url(content) == base64.urlsafe_b64encode(content).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("QQ==", id="padding"),
        pytest.param("QQ=", id="half the padding"),
        pytest.param("=", id="padding alone"),
        pytest.param("QR", id="padding bits set after one byte"),
        pytest.param("QUJ", id="padding bits set after two bytes"),
        pytest.param("A", id="a single character"),
        pytest.param("AAAAA", id="one character too many"),
        pytest.param("++++", id="plus of the other alphabet"),
        pytest.param("////", id="slash of the other alphabet"),
        pytest.param("QQ\n", id="line end"),
        pytest.param(" QQ", id="space"),
        pytest.param("QQ.Q", id="full stop"),
        pytest.param("ＱＱ", id="wide letters"),
        pytest.param("QQ\0A", id="NUL"),
        pytest.param("\ud800", id="half a surrogate pair"),
    ],
)
def test_refuses_base64url_with(text: str) -> None:
    with pytest.raises(MalformedError):
        decode_base64url(text)


@given(st.text(max_size=12) | st.text(ALPHABET + "+/= \n", max_size=12))
def test_base64url_decoder_raises_only_our_errors(text: str) -> None:
    with suppress(MalformedError):
        assert encode_base64url(decode_base64url(text)) == text
