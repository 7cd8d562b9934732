"""Time as a node takes it: handed in, so that a test can hold it."""

import time
from collections.abc import Callable

Clock = Callable[[], int]
"""Gives Unix time in milliseconds."""


def system_clock() -> int:
    return time.time_ns() // 1_000_000
