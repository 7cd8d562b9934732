"""WebSocket frames as bytes (RFC 6455 §5.2): taken apart, unmasked, made."""

import struct
from dataclasses import dataclass

BINARY = 2


@dataclass(frozen=True, slots=True, repr=False)
class SocketFrame:
    """One frame: its payload unmasked, and the bytes it came in."""

    opcode: int
    payload: bytes
    raw: bytes


def take_frame(buffer: bytearray) -> SocketFrame | None:
    """Take the first whole frame out of a buffer; None while it has none."""
    if len(buffer) < 2:
        return None
    masked, length, start = buffer[1] & 0x80, buffer[1] & 0x7F, 2
    if length > 125:
        width = 2 if length == 126 else 8
        length, start = int.from_bytes(buffer[2 : 2 + width], "big"), 2 + width
    mask_bytes = 4 if masked else 0
    end = start + mask_bytes + length
    if len(buffer) < start + mask_bytes or len(buffer) < end:
        return None
    raw = bytes(buffer[:end])
    del buffer[:end]
    payload = raw[start + mask_bytes :]
    if masked:
        payload = _mask(payload, raw[start : start + 4])
    return SocketFrame(raw[0] & 0x0F, payload, raw)


def server_frame(payload: bytes) -> bytes:
    """Return a binary frame as a server sends it: whole, unmasked."""
    if len(payload) < 126:
        return bytes([0x80 | BINARY, len(payload)]) + payload
    return bytes([0x80 | BINARY, 126]) + struct.pack(">H", len(payload)) + payload


def _mask(payload: bytes, mask: bytes) -> bytes:
    length = len(payload)
    stream = (mask * (length // 4 + 1))[:length]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(stream, "big")).to_bytes(length, "big")
