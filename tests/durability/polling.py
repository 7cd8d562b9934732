"""Waiting for what a process does in its own time."""

import time
from collections.abc import Callable

PATIENCE_SECONDS = 60.0
"""How long a test waits for what comes at once on a machine that is free."""


def poll(what: str, holds: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    """Ask again until it holds.

    Raises:
        TimeoutError: it has not held in time.
    """
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:.0f} s for {what}")
        time.sleep(0.05)
