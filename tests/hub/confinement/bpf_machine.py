"""The kernel's part for a filter: run a program on one system call (linux/filter.h)."""

import struct
from collections.abc import Sequence

_LOAD, _AND, _JUMP_IF_EQUAL, _JUMP_IF_AT_LEAST, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x06


def run(program: bytes, architecture: int, number: int, arguments: Sequence[int] = ()) -> int:
    """Return the program's verdict on a call; any other instruction is an error."""
    padded = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("<IIQ6Q", number, architecture, 0, *padded)
    instructions: list[tuple[int, int, int, int]] = list(struct.iter_unpack("=HBBI", program))
    accumulator, at = 0, 0
    while True:
        code, if_true, if_false, operand = instructions[at]
        at += 1
        if code == _LOAD:
            (accumulator,) = struct.unpack_from("<I", data, operand)
        elif code == _AND:
            accumulator &= operand
        elif code == _JUMP_IF_EQUAL:
            at += if_true if accumulator == operand else if_false
        elif code == _JUMP_IF_AT_LEAST:
            at += if_true if accumulator >= operand else if_false
        elif code == _RETURN:
            return operand
        else:
            raise ValueError(f"instruction {code:#x}")
