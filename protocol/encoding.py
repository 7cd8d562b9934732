"""Reading and writing wire bytes: big-endian, exact lengths, nothing left over (spec 30 §1)."""

import base64
import binascii

from protocol.errors import MalformedError


class Writer:
    """Collects fields in order. Every method returns the writer, so that calls chain."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def integer(self, value: int, width: int) -> "Writer":
        """Append an unsigned integer of `width` bytes.

        Raises:
            MalformedError: `value` does not fit.
        """
        try:
            self._parts.append(value.to_bytes(width, "big"))
        except OverflowError:
            raise MalformedError(f"malformed integer: does not fit in {width} bytes") from None
        return self

    def fixed(self, value: bytes, length: int) -> "Writer":
        """Append exactly `length` bytes.

        Raises:
            MalformedError: `value` has another length.
        """
        if len(value) != length:
            raise MalformedError(f"malformed field: expected {length} bytes, got {len(value)}")
        self._parts.append(value)
        return self

    def prefixed(self, value: bytes, width: int = 2) -> "Writer":
        """Append a length of `width` bytes, then the bytes."""
        self.integer(len(value), width)
        self._parts.append(value)
        return self

    def text(self, value: str, most_bytes: int) -> "Writer":
        """Append printable UTF-8 text behind a two-byte length.

        Raises:
            MalformedError: longer than `most_bytes` in UTF-8, or not printable.
        """
        if not value.isprintable():
            raise MalformedError("malformed text: not printable")
        try:
            encoded = value.encode("utf-8")
        except UnicodeEncodeError:
            raise MalformedError("malformed text: not encodable as UTF-8") from None
        if len(encoded) > most_bytes:
            raise MalformedError(f"malformed text: longer than {most_bytes} bytes")
        self._parts += len(encoded).to_bytes(2, "big"), encoded
        return self

    def raw(self, value: bytes) -> "Writer":
        self._parts.append(value)
        return self

    def done(self) -> bytes:
        return b"".join(self._parts)

    def padded(self, length: int) -> bytes:
        """Return the bytes with zeros up to `length`.

        Raises:
            MalformedError: already longer.
        """
        content = self.done()
        if len(content) > length:
            raise MalformedError(f"malformed message: longer than its {length} bytes")
        return content.ljust(length, b"\0")


class Reader:
    """Takes fields in order from received bytes. Every method raises MalformedError only."""

    def __init__(self, content: bytes, thing: str, size: int | None = None) -> None:
        self._content = content
        self._at = 0
        self._thing = thing
        if size is not None and len(content) != size:
            raise self.fail(f"expected {size} bytes, got {len(content)}")

    def fail(self, reason: str) -> MalformedError:
        return MalformedError(f"malformed {self._thing}: {reason}")

    def fixed(self, length: int) -> bytes:
        end = self._at + length
        if end > len(self._content):
            raise self.fail("too short")
        value = self._content[self._at : end]
        self._at = end
        return value

    def integer(self, width: int) -> int:
        end = self._at + width
        if end > len(self._content):
            raise self.fail("too short")
        value = int.from_bytes(self._content[self._at : end], "big")
        self._at = end
        return value

    def prefixed(self, most: int, width: int = 2) -> bytes:
        begin = self._at + width
        length = int.from_bytes(self._content[self._at : begin], "big")
        end = begin + length
        if length > most:
            raise self.fail(f"field longer than {most} bytes")
        if end > len(self._content):
            raise self.fail("too short")
        self._at = end
        return self._content[begin:end]

    def text(self, most_bytes: int) -> str:
        """Take printable text: a control character could forge lines on somebody's screen."""
        content = self.prefixed(most_bytes)
        if not content:
            return ""
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            raise self.fail("text is not UTF-8") from None
        if not text.isprintable():
            raise self.fail("text is not printable")
        return text

    def flag(self) -> bool:
        value = self.integer(1)
        if value > 1:
            raise self.fail("flag is neither 0 nor 1")
        return value == 1

    def finish(self) -> None:
        """Check that nothing is left."""
        if self._at != len(self._content):
            raise self.fail("trailing bytes")

    def finish_padding(self) -> None:
        """Check that only zeros are left."""
        if self._content[self._at :].strip(b"\0"):
            raise self.fail("padding is not zero")


def encode_base64url(content: bytes) -> str:
    """Return unpadded base64url (RFC 4648 §5)."""
    return base64url(content).decode("ascii")


def base64url(content: bytes) -> bytes:
    """Return unpadded base64url as ASCII, to be joined to other bytes."""
    return base64.urlsafe_b64encode(content).rstrip(b"=")


def decode_base64url(text: str) -> bytes:
    """Return the bytes of unpadded, canonical base64url.

    Raises:
        MalformedError: another alphabet, padding, or bits that no encoder would set.
    """
    try:
        content = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise MalformedError("malformed base64url") from None
    if encode_base64url(content) != text:
        raise MalformedError("malformed base64url: not canonical")
    return content
