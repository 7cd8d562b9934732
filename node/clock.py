"""Time as a node takes it: handed in, so that a test can hold it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import NoReturn

Clock = Callable[[], int]
"""Gives Unix time in milliseconds."""


def system_clock() -> int:
    return time.time_ns() // 1_000_000


def seconds_to_beat(name: str, interval_seconds: int, now_ms: int) -> float:
    """Return how long until the next beat of this name: at an offset that the name gives, the same
    on every day and after every restart (spec 50 §5)."""
    interval_ms = interval_seconds * 1000
    offset_ms = int.from_bytes(sha256(name.encode()).digest()[:8], "big") % interval_ms
    return (interval_ms - (now_ms - offset_ms) % interval_ms) / 1000


async def on_beats(
    name: str,
    interval_seconds: int,
    clock: Clock,
    work: Callable[[], Awaitable[None]],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> NoReturn:
    """Do some work at every beat of this name; one that comes while it is still done is left out.

    The times never move with how long it took, which would say what there was to do.
    """
    while True:
        await sleep(seconds_to_beat(name, interval_seconds, clock()))
        await work()


def local_day(time_ms: int) -> date:
    """Return the day of a Unix time where this node is: that of its people, and of their files.

    In summer it begins an hour before that of UTC.
    """
    return _local(time_ms).date()


def moment(time_ms: int) -> str:
    """Return day and time, where this node is, as people read it."""
    local = _local(time_ms)
    return f"{local.day} {local:%B} at {local:%H:%M}"


def time_of_day(time_ms: int) -> str:
    """Return the time alone, where this node is."""
    return f"{_local(time_ms):%H:%M}"


def _local(time_ms: int) -> datetime:
    return datetime.fromtimestamp(time_ms / 1000, UTC).astimezone()


def duration(time_ms: int) -> str:
    """Return a time in the largest unit of which it has two."""
    minutes = max(1, round(time_ms / 60_000))
    for unit, length in (("day", 24 * 60), ("hour", 60)):
        if minutes >= 2 * length:
            return f"{round(minutes / length)} {unit}s"
    return f"{minutes} minute{'s' if minutes > 1 else ''}"
