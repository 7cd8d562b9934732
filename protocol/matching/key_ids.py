"""The ids of the match keys (spec 10 §5)."""

from enum import IntEnum


class KeyId(IntEnum):
    """One wire byte: the letter of the key's group, then its number in the group."""

    # Enum's own is a function in Python: a hit looks up an id some hundred times.
    __hash__ = int.__hash__

    A1 = 0x11
    A2 = 0x12
    A3 = 0x13
    B0 = 0x20
    B1 = 0x21
    B2 = 0x22
    C1 = 0x31
    C2 = 0x32
    C3 = 0x33
    C4 = 0x34
    C5 = 0x35
    C6 = 0x36
    C7 = 0x37
    C8 = 0x38
    C1_COMMON = 0x39
    C2_COMMON = 0x3A
    C3_COMMON = 0x3B
    D1 = 0x41
    D2 = 0x42
    D3 = 0x43
    D4 = 0x44
    D5 = 0x45
    D6 = 0x46
    D7 = 0x47
    D8 = 0x48
    D9 = 0x49
    D8N = 0x4A
    H1 = 0x51
    H2 = 0x52
    H3 = 0x53
    H4 = 0x54
    H5 = 0x55
    U1 = 0x61


KEY_IDS = {int(key_id): key_id for key_id in KeyId}
"""By wire byte."""
