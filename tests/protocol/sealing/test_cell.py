from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import MalformedError, OpenError
from protocol.sealing import cell
from tests.protocol.samples import BRADFORD, LEEDS

KEY = LEEDS.sealing_private
PUBLIC = LEEDS.sealing_public
CONTEXT = b"a header"
PLAINTEXT = b"a body"
SEALED = cell.seal_request(PUBLIC, CONTEXT, PLAINTEXT)

SECRET = bytes(range(32))
SALT = bytes(range(32, 64))
DIGEST = bytes(range(64, 96))
REPLY = cell.seal_reply(SECRET, SALT, DIGEST, PLAINTEXT)


def _flip(content: bytes, place: int) -> bytes:
    changed = bytearray(content)
    changed[place] ^= 1
    return bytes(changed)


@settings(max_examples=20)
@given(st.binary(max_size=300), st.binary(max_size=60))
def test_request_opens_to_what_was_sealed(plaintext: bytes, context: bytes) -> None:
    sealed = cell.seal_request(PUBLIC, context, plaintext)
    assert len(sealed) == len(plaintext) + cell.REQUEST_OVERHEAD_BYTES
    assert cell.open_request(KEY, context, sealed) == plaintext


def test_sealing_twice_gives_nothing_to_compare() -> None:
    assert cell.seal_request(PUBLIC, CONTEXT, PLAINTEXT) != SEALED


def test_refuses_request_for_another_key() -> None:
    with pytest.raises(OpenError):
        cell.open_request(BRADFORD.sealing_private, CONTEXT, SEALED)


def test_refuses_request_under_another_header() -> None:
    with pytest.raises(OpenError):
        cell.open_request(KEY, b"another header", SEALED)


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(0, id="lattice part"),
        pytest.param(1087, id="end of the lattice part"),
        pytest.param(1088, id="curve part"),
        pytest.param(1120, id="ciphertext"),
        pytest.param(-1, id="tag"),
    ],
)
def test_refuses_request_altered_in_its(place: int) -> None:
    with pytest.raises(OpenError):
        cell.open_request(KEY, CONTEXT, _flip(SEALED, place))


@pytest.mark.parametrize("length", [0, 1, 16, 1087, 1119, 1120, 1135, len(SEALED) - 1])
def test_refuses_request_truncated_to(length: int) -> None:
    with pytest.raises(OpenError):
        cell.open_request(KEY, CONTEXT, SEALED[:length])


def test_refuses_request_with_trailing_byte() -> None:
    with pytest.raises(OpenError):
        cell.open_request(KEY, CONTEXT, SEALED + b"\0")


def test_refuses_request_with_low_order_encapsulation() -> None:
    with pytest.raises(OpenError):
        cell.open_request(KEY, CONTEXT, SEALED[:1088] + bytes(32) + SEALED[1120:])


@settings(max_examples=30)
@given(st.binary(max_size=100) | st.binary(min_size=1136, max_size=1200))
def test_opening_requests_raises_only_our_errors(content: bytes) -> None:
    with pytest.raises(OpenError):
        cell.open_request(KEY, CONTEXT, content)


@given(st.binary(max_size=300))
def test_reply_opens_to_what_was_sealed(plaintext: bytes) -> None:
    sealed = cell.seal_reply(SECRET, SALT, DIGEST, plaintext)
    assert len(sealed) == len(plaintext) + cell.REPLY_OVERHEAD_BYTES
    assert cell.open_reply(SECRET, SALT, DIGEST, sealed) == plaintext


@pytest.mark.parametrize(
    ("secret", "salt", "digest", "sealed"),
    [
        pytest.param(bytes(32), SALT, DIGEST, REPLY, id="another secret"),
        pytest.param(SECRET, bytes(32), DIGEST, REPLY, id="another salt"),
        pytest.param(SECRET, SALT, bytes(32), REPLY, id="another request"),
        pytest.param(SECRET, SALT, DIGEST, _flip(REPLY, 0), id="altered ciphertext"),
        pytest.param(SECRET, SALT, DIGEST, _flip(REPLY, -1), id="altered tag"),
        pytest.param(SECRET, SALT, DIGEST, REPLY[:-1], id="truncated"),
        pytest.param(SECRET, SALT, DIGEST, REPLY[:15], id="shorter than a tag"),
        pytest.param(SECRET, SALT, DIGEST, b"", id="empty"),
        pytest.param(SECRET, SALT, DIGEST, REPLY + b"\0", id="trailing byte"),
    ],
)
def test_refuses_reply_with(secret: bytes, salt: bytes, digest: bytes, sealed: bytes) -> None:
    with pytest.raises(OpenError):
        cell.open_reply(secret, salt, digest, sealed)


@given(st.binary(max_size=100))
def test_opening_replies_raises_only_our_errors(content: bytes) -> None:
    with pytest.raises(OpenError):
        cell.open_reply(SECRET, SALT, DIGEST, content)


def test_sealing_key_is_that_of_its_seed() -> None:
    private, public = cell.sealing_key_from_seed(bytes(range(96)))
    sealed = cell.seal_request(cell.decode_sealing_key(public), CONTEXT, PLAINTEXT)
    assert len(public) == cell.SEALING_KEY_BYTES
    assert cell.open_request(private, CONTEXT, sealed) == PLAINTEXT


@pytest.mark.parametrize("length", [0, 95, 97])
def test_refuses_seed_of_wrong_length(length: int) -> None:
    with pytest.raises(MalformedError, match="96 bytes"):
        cell.sealing_key_from_seed(bytes(length))


@pytest.mark.parametrize("length", [0, 32, 1184, 1215, 1217])
def test_refuses_sealing_key_of_wrong_length(length: int) -> None:
    with pytest.raises(MalformedError, match="1216 bytes"):
        cell.decode_sealing_key(bytes(length))


def test_refuses_sealing_key_with_a_lattice_part_not_reduced() -> None:
    with pytest.raises(MalformedError):
        cell.decode_sealing_key(b"\xff" * 1184 + LEEDS.sealing_public_bytes[-32:])


LOW_ORDER = {
    "zero": "00" * 32,
    "one": "01" + "00" * 31,
    "order 8": "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "order 8, another": "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "p - 1": "ec" + "ff" * 30 + "7f",
    "p": "ed" + "ff" * 30 + "7f",
    "p + 1": "ee" + "ff" * 30 + "7f",
}


@pytest.mark.parametrize("curve", LOW_ORDER.values(), ids=LOW_ORDER.keys())
def test_refuses_sealing_key_of_low_order(curve: str) -> None:
    """Nothing can be sealed to it: one such member would stop every round to all."""
    with pytest.raises(MalformedError):
        cell.decode_sealing_key(LEEDS.sealing_public_bytes[:-32] + bytes.fromhex(curve))


@settings(max_examples=30)
@given(st.binary(max_size=40) | st.binary(min_size=1216, max_size=1216))
def test_sealing_key_decoder_raises_only_our_errors(content: bytes) -> None:
    with suppress(MalformedError):
        cell.decode_sealing_key(content)
