"""The group ristretto255 (RFC 9496) on the system's libsodium, and its hashes (RFC 9380).

Elements and scalars are 32 wire bytes each. Beside `aead`, the one module that knows libsodium.
"""

import hashlib
import struct
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import NewType

from protocol.errors import MalformedError, ProtocolError

try:
    import pysodium
except (ImportError, ValueError, OSError, TypeError, AttributeError) as error:
    raise ProtocolError(
        "libsodium is missing: install the system package libsodium23 (Debian) and start again"
    ) from error

Element = NewType("Element", bytes)
Scalar = NewType("Scalar", bytes)

ELEMENT_BYTES = 32
SCALAR_BYTES = 32
ORDER = 2**252 + 27742317777372353535851937790883648493
IDENTITY = Element(bytes(ELEMENT_BYTES))

_AFTER_A_BLOCK_OF_ZEROS = hashlib.sha512(bytes(128))
"""What every expansion begins with (RFC 9380 §5.3.1, Z_pad)."""


def decode_element(content: bytes) -> Element:
    """Return a group element.

    Raises:
        MalformedError: not 32 bytes, not canonical, not in the group, or the identity.
    """
    element = read_element(content)
    if not pysodium.crypto_core_ristretto255_is_valid_point(element):
        raise MalformedError("malformed element: not a canonical group element")
    return element


def read_element(content: bytes) -> Element:
    """Return a group element of which the form alone is checked, at a hundredth of the cost.

    For elements that are all added or multiplied before anything else is made of them: `add` and
    `multiply` decode them and refuse what is not of the group.

    Raises:
        MalformedError: not 32 bytes, the top bit set, or the identity.
    """
    (element,) = read_elements(content, 1)
    return element


def read_elements(content: bytes, number: int) -> tuple[Element, ...]:
    """Return so many as `read_element` does, one behind the other.

    Raises:
        MalformedError: not so many times 32 bytes, or one with its top bit set, or the identity.
    """
    if len(content) != number * ELEMENT_BYTES:
        raise MalformedError("malformed element: expected 32 bytes")
    elements: tuple[Element, ...] = struct.unpack(f"{ELEMENT_BYTES}s" * number, content)
    if IDENTITY in elements:
        raise MalformedError("malformed element: identity")
    # libsodium 1.0.18 ignores the top bit: every element would have two encodings.
    if max(content[ELEMENT_BYTES - 1 :: ELEMENT_BYTES], default=0) & 0x80:
        raise MalformedError("malformed element: not a canonical group element")
    return elements


def decode_scalar(content: bytes) -> Scalar:
    """Return a scalar in [0, order).

    Raises:
        MalformedError: not 32 bytes, or not reduced.
    """
    if len(content) != SCALAR_BYTES:
        raise MalformedError("malformed scalar: expected 32 bytes")
    if int.from_bytes(content, "little") >= ORDER:
        raise MalformedError("malformed scalar: not reduced")
    return Scalar(content)


def scalar_from_int(value: int) -> Scalar:
    """Return the scalar of a public integer. Python integers are not constant-time."""
    return Scalar((value % ORDER).to_bytes(SCALAR_BYTES, "little"))


def scalar_from_wide(content: bytes) -> Scalar:
    """Return 64 uniform bytes, read little-endian, modulo the order."""
    return Scalar(pysodium.crypto_core_ristretto255_scalar_reduce(content))


def scalar_add(left: Scalar, right: Scalar) -> Scalar:
    return Scalar(pysodium.crypto_core_ristretto255_scalar_add(left, right))


def scalar_subtract(left: Scalar, right: Scalar) -> Scalar:
    return Scalar(pysodium.crypto_core_ristretto255_scalar_sub(left, right))


def scalar_multiply(left: Scalar, right: Scalar) -> Scalar:
    return Scalar(pysodium.crypto_core_ristretto255_scalar_mul(left, right))


def scalar_invert(scalar: Scalar) -> Scalar:
    return Scalar(pysodium.crypto_core_ristretto255_scalar_invert(scalar))


def scalars_invert(scalars: Sequence[Scalar]) -> list[Scalar]:
    """Return the inverse of each, at the cost of one inversion (Montgomery's trick).

    None is zero: one that is would make all of them zero.
    """
    if not scalars:
        return []
    products = list(accumulate(scalars, scalar_multiply))
    inverses: list[Scalar] = []
    inverse = scalar_invert(products[-1])
    for scalar, product_before in zip(scalars[:0:-1], products[-2::-1], strict=True):
        inverses.append(scalar_multiply(inverse, product_before))
        inverse = scalar_multiply(inverse, scalar)
    return [inverse, *reversed(inverses)]


def add(left: Element, right: Element) -> Element:
    """Return the sum.

    Raises:
        MalformedError: one of the two is not of the group.
    """
    try:
        return Element(pysodium.crypto_core_ristretto255_add(left, right))
    except ValueError:
        raise MalformedError("malformed element: not of the group") from None


def multiply(scalar: Scalar, element: Element) -> Element:
    """Return scalar * element.

    Raises:
        MalformedError: the element is not of the group, or the product is the identity (a zero
            scalar, or the identity given).
    """
    try:
        return Element(pysodium.crypto_scalarmult_ristretto255(scalar, element))
    except ValueError:
        raise MalformedError(
            "malformed element: not of the group, or the product is the identity"
        ) from None


def multiply_base(scalar: Scalar) -> Element:
    """Return scalar * generator.

    Raises:
        MalformedError: the scalar is zero.
    """
    try:
        return Element(pysodium.crypto_scalarmult_ristretto255_base(scalar))
    except ValueError:
        raise MalformedError("malformed element: product is the identity") from None


def sum_of_products(pairs: Iterable[tuple[Scalar, Element]]) -> Element:
    """Return the sum of scalar * element over all pairs (the identity for none)."""
    total = IDENTITY
    for scalar, element in pairs:
        total = add(total, multiply(scalar, element))
    return total


def expand_message_xmd(message: bytes, domain: bytes, length: int) -> bytes:
    """Return `length` uniform bytes with SHA-512 (RFC 9380 §5.3.1).

    Raises:
        MalformedError: more than 255 blocks asked for, or a domain of over 255 bytes.
    """
    blocks = -(-length // 64)
    if blocks > 255 or len(domain) > 255:
        raise MalformedError("malformed expansion: length or domain out of range")
    suffix = domain + bytes([len(domain)])
    head = message + length.to_bytes(2, "big")
    hashed = _AFTER_A_BLOCK_OF_ZEROS.copy()
    hashed.update(head + b"\0" + suffix)
    first = hashed.digest()
    block = hashlib.sha512(first + b"\1" + suffix).digest()
    output = block
    for number in range(2, blocks + 1):
        mixed = bytes(a ^ b for a, b in zip(first, block, strict=True))
        block = hashlib.sha512(mixed + bytes([number]) + suffix).digest()
        output += block
    return output[:length]


def hash_to_group(message: bytes, domain: bytes) -> Element:
    """Return the element that a message hashes to (RFC 9497 §4.1, RFC 9380 §B)."""
    uniform = expand_message_xmd(message, domain, 64)
    return Element(pysodium.crypto_core_ristretto255_from_hash(uniform))


def hash_to_scalar(message: bytes, domain: bytes) -> Scalar:
    """Return the scalar that a message hashes to (RFC 9497 §4.1)."""
    return scalar_from_wide(expand_message_xmd(message, domain, 64))
