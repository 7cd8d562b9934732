import hashlib
import hmac
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import MalformedError
from protocol.oprf import group
from protocol.oprf.group import Element, Scalar, decode_element, decode_scalar, read_element

ONE = group.scalar_from_int(1)
ZERO = group.scalar_from_int(0)
GENERATOR = group.multiply_base(ONE)

Decode = Callable[[bytes], Element]
every_decoder = pytest.mark.parametrize("decode", [decode_element, read_element])

scalars = st.integers(1, group.ORDER - 1).map(group.scalar_from_int)


def test_generator_is_that_of_rfc9496() -> None:
    expected = "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76"
    assert GENERATOR.hex() == expected


def test_accepts_a_group_element() -> None:
    assert decode_element(bytes(GENERATOR)) == GENERATOR


@every_decoder
def test_refuses_the_identity(decode: Decode) -> None:
    with pytest.raises(MalformedError, match="identity"):
        decode(bytes(32))


@every_decoder
@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_refuses_element_of_wrong_length(length: int, decode: Decode) -> None:
    with pytest.raises(MalformedError, match="32 bytes"):
        decode((GENERATOR * 2)[:length])


FIRST_OPERATIONS: tuple[Callable[[Element], Element], ...] = (
    lambda element: group.multiply(group.scalar_from_int(2), element),
    lambda element: group.add(element, GENERATOR),
    lambda element: group.add(GENERATOR, element),
)


@pytest.mark.parametrize(
    "encoding",
    [
        # RFC 9496 appendix A.2
        pytest.param("00" + "ff" * 31, id="non-canonical field element, top bit set"),
        pytest.param("ff" * 31 + "7f", id="non-canonical field element 2^255 - 1"),
        pytest.param("f3" + "ff" * 30 + "7f", id="non-canonical field element p + 6"),
        pytest.param("ed" + "ff" * 30 + "7f", id="non-canonical zero: p itself"),
        pytest.param("01" + "00" * 31, id="negative field element 1"),
        pytest.param("01" + "ff" * 30 + "7f", id="negative and non-canonical"),
        pytest.param(
            "ed57ffd8c914fb201471d1c3d245ce3c746fcbe63a3679d51b6a516ebebe0e20",
            id="negative field element",
        ),
        pytest.param(
            "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371",
            id="x^2 is not a square",
        ),
        pytest.param(
            "3eb858e78f5a7254d8c9731174a94f76755fd3941c0ac93735c07ba14579630e",
            id="xy is negative",
        ),
        pytest.param("ec" + "ff" * 30 + "7f", id="s = -1, which gives y = 0"),
    ],
)
def test_refuses_invalid_encoding(encoding: str) -> None:
    """At once, or at the first operation on what has the form of an element."""
    content = bytes.fromhex(encoding)
    with pytest.raises(MalformedError, match="not a canonical group element"):
        decode_element(content)
    for first_operation in FIRST_OPERATIONS:
        with pytest.raises(MalformedError):
            first_operation(read_element(content))


@every_decoder
def test_refuses_the_identity_with_the_top_bit_set(decode: Decode) -> None:
    """libsodium 1.0.18 ignores the top bit, and so lets the identity past a byte comparison."""
    with pytest.raises(MalformedError):
        decode(bytes(31) + b"\x80")


@every_decoder
def test_refuses_an_element_with_the_top_bit_set(decode: Decode) -> None:
    """A second encoding of one element: libsodium 1.0.18 ignores the top bit."""
    with pytest.raises(MalformedError):
        decode(GENERATOR[:31] + bytes([GENERATOR[31] | 0x80]))


@given(st.binary(max_size=40) | st.binary(min_size=32, max_size=32))
def test_element_decoder_raises_only_our_errors(content: bytes) -> None:
    with suppress(MalformedError):
        assert decode_element(content) == content


@pytest.mark.parametrize("value", [group.ORDER, group.ORDER + 1, 2**255, 2**256 - 1])
def test_refuses_scalar_not_reduced(value: int) -> None:
    with pytest.raises(MalformedError, match="not reduced"):
        decode_scalar(value.to_bytes(32, "little"))


def test_accepts_the_largest_scalar() -> None:
    content = (group.ORDER - 1).to_bytes(32, "little")
    assert decode_scalar(content) == content


@pytest.mark.parametrize("length", [0, 31, 33])
def test_refuses_scalar_of_wrong_length(length: int) -> None:
    with pytest.raises(MalformedError, match="32 bytes"):
        decode_scalar(bytes(length))


@given(st.binary(max_size=40) | st.binary(min_size=32, max_size=32))
def test_scalar_decoder_raises_only_our_errors(content: bytes) -> None:
    with suppress(MalformedError):
        assert decode_scalar(content) == content


def test_refuses_to_multiply_by_zero() -> None:
    with pytest.raises(MalformedError):
        group.multiply(ZERO, GENERATOR)


def test_refuses_to_multiply_the_identity() -> None:
    with pytest.raises(MalformedError):
        group.multiply(ONE, group.IDENTITY)


def test_refuses_to_multiply_the_generator_by_zero() -> None:
    with pytest.raises(MalformedError):
        group.multiply_base(ZERO)


def test_zero_scalar_has_no_inverse() -> None:
    with pytest.raises(MalformedError):
        group.multiply(_invert_zero(), GENERATOR)


def _invert_zero() -> Scalar:
    """libsodium refuses or gives zero: no element comes of it either way."""
    try:
        return group.scalar_invert(ZERO)
    except ValueError:
        return ZERO


@settings(max_examples=25)
@given(scalars, scalars)
def test_scalar_arithmetic_is_that_of_integers(left: Scalar, right: Scalar) -> None:
    a, b = _to_int(left), _to_int(right)
    assert _to_int(group.scalar_add(left, right)) == (a + b) % group.ORDER
    assert _to_int(group.scalar_subtract(left, right)) == (a - b) % group.ORDER
    assert _to_int(group.scalar_multiply(left, right)) == a * b % group.ORDER
    assert _to_int(group.scalar_invert(left)) == pow(a, -1, group.ORDER)


@settings(max_examples=10)
@given(scalars, scalars)
def test_multiplication_distributes(left: Scalar, right: Scalar) -> None:
    total = group.scalar_add(left, right)
    if not any(total):
        return
    by_parts = group.add(group.multiply_base(left), group.multiply_base(right))
    assert group.multiply(total, GENERATOR) == by_parts
    assert group.sum_of_products([(left, GENERATOR), (right, GENERATOR)]) == by_parts


def test_sum_of_no_products_is_the_identity() -> None:
    assert group.sum_of_products([]) == group.IDENTITY


def test_opposite_elements_add_up_to_the_identity() -> None:
    minus_one = group.scalar_from_int(-1)
    assert group.add(GENERATOR, group.multiply_base(minus_one)) == group.IDENTITY


@given(st.binary(min_size=64, max_size=64))
def test_wide_scalar_is_reduced(content: bytes) -> None:
    scalar = group.scalar_from_wide(content)
    assert _to_int(scalar) == int.from_bytes(content, "little") % group.ORDER


def test_hashes_to_the_group_as_rfc9496_derives_elements() -> None:
    """RFC 9496 appendix A.3, whose input is SHA-512 of this text."""
    uniform = hashlib.sha512(b"Ristretto is traditionally a short shot of espresso coffee").digest()
    import pysodium

    assert Element(pysodium.crypto_core_ristretto255_from_hash(uniform)).hex() == (
        "3066f82a1a747d45120d1740f14358531a8f04bbffe6a819f86dfe50f44a0a46"
    )


RFC9380_DOMAIN = b"QUUX-V01-CS02-with-expander-SHA512-256"
RFC9380_MESSAGES = {
    "empty": b"",
    "abc": b"abc",
    "abcdef0123456789": b"abcdef0123456789",
    "q128": b"q128_" + b"q" * 128,
    "a512": b"a512_" + b"a" * 512,
}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        # RFC 9380 appendix K.3
        ("empty", "6b9a7312411d92f921c6f68ca0b6380730a1a4d982c507211a90964c394179ba"),
        ("abc", "0da749f12fbe5483eb066a5f595055679b976e93abe9be6f0f6318bce7aca8dc"),
        ("abcdef0123456789", "087e45a86e2939ee8b91100af1583c4938e0f5fc6c9db4b107b83346bc967f58"),
        ("q128", "7336234ee9983902440f6bc35b348352013becd88938d2afec44311caf8356b3"),
        ("a512", "57b5f7e766d5be68a6bfe1768e3c2b7f1228b3e4b3134956dd73a59b954c66f4"),
        (
            "empty",
            "41b037d1734a5f8df225dd8c7de38f851efdb45c372887be655212d07251b921"
            "b052b62eaed99b46f72f2ef4cc96bfaf254ebbbec091e1a3b9e4fb5e5b619d2e"
            "0c5414800a1d882b62bb5cd1778f098b8eb6cb399d5d9d18f5d5842cf5d13d7e"
            "b00a7cff859b605da678b318bd0e65ebff70bec88c753b159a805d2c89c55961",
        ),
        (
            "abc",
            "7f1dddd13c08b543f2e2037b14cefb255b44c83cc397c1786d975653e36a6b11"
            "bdd7732d8b38adb4a0edc26a0cef4bb45217135456e58fbca1703cd6032cb134"
            "7ee720b87972d63fbf232587043ed2901bce7f22610c0419751c065922b48843"
            "1851041310ad659e4b23520e1772ab29dcdeb2002222a363f0c2b1c972b3efe1",
        ),
        (
            "abcdef0123456789",
            "3f721f208e6199fe903545abc26c837ce59ac6fa45733f1baaf0222f8b7acb04"
            "24814fcb5eecf6c1d38f06e9d0a6ccfbf85ae612ab8735dfdf9ce84c372a77c8"
            "f9e1c1e952c3a61b7567dd0693016af51d2745822663d0c2367e3f4f0bed827f"
            "eecc2aaf98c949b5ed0d35c3f1023d64ad1407924288d366ea159f46287e61ac",
        ),
    ],
)
def test_expands_messages_as_rfc9380(message: str, expected: str) -> None:
    content = bytes.fromhex(expected)
    output = group.expand_message_xmd(RFC9380_MESSAGES[message], RFC9380_DOMAIN, len(content))
    assert hmac.compare_digest(output, content)


@settings(max_examples=30)
@given(st.binary(max_size=200), st.binary(max_size=255), st.integers(1, 300))
def test_expands_messages_as_the_formula_says(message: bytes, domain: bytes, length: int) -> None:
    """RFC 9380 §5.3.1 written down a second time, line by line."""
    suffix = domain + len(domain).to_bytes(1, "big")
    prefix = bytes(128) + message + length.to_bytes(2, "big") + bytes(1) + suffix
    blocks = [hashlib.sha512(prefix).digest()]
    blocks.append(hashlib.sha512(blocks[0] + b"\x01" + suffix).digest())
    for number in range(2, -(-length // 64) + 1):
        mixed = int.from_bytes(blocks[0], "big") ^ int.from_bytes(blocks[-1], "big")
        blocks.append(
            hashlib.sha512(mixed.to_bytes(64, "big") + number.to_bytes(1, "big") + suffix).digest()
        )
    assert group.expand_message_xmd(message, domain, length) == b"".join(blocks[1:])[:length]


@pytest.mark.parametrize(
    ("domain", "length"),
    [
        pytest.param(b"d" * 256, 32, id="domain of 256 bytes"),
        pytest.param(b"d", 255 * 64 + 1, id="more than 255 blocks"),
    ],
)
def test_refuses_to_expand_beyond_rfc9380(domain: bytes, length: int) -> None:
    with pytest.raises(MalformedError):
        group.expand_message_xmd(b"", domain, length)


def test_hashes_to_scalar_under_its_domain() -> None:
    assert group.hash_to_scalar(b"m", b"one domain") != group.hash_to_scalar(b"m", b"another")


def _to_int(scalar: Scalar) -> int:
    return int.from_bytes(scalar, "little")
