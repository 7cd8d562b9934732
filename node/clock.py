"""Time as a node takes it: handed in, so that a test can hold it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], int]
"""Gives Unix time in milliseconds."""


def system_clock() -> int:
    return time.time_ns() // 1_000_000


def moment(time_ms: int) -> str:
    """Return day and time, where this node is, as people read it."""
    local = datetime.fromtimestamp(time_ms / 1000, UTC).astimezone()
    return f"{local.day} {local:%B} at {local:%H:%M}"
