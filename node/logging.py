"""Logs with an allow-list of keys: what is not on it never reaches a log (spec 80 §4)."""

import logging
import sys
import traceback
from pathlib import Path

import structlog
from structlog.typing import EventDict, WrappedLogger

ALLOWED_KEYS = frozenset(
    {
        "accused",
        "code",
        "event",
        "hub",
        "keyholders",
        "level",
        "load_number",
        "place",
        "problem",
        "reason",
        "records",
        "seconds",
        "timestamp",
        "type",
        "version",
    }
)
"""Keys whose values this code chooses itself: no text that a person typed, no bytes."""


def keep_allowed(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Drop every key that is not on the list."""
    return {key: value for key, value in event.items() if key in ALLOWED_KEYS}


def place_of(error: BaseException) -> str:
    """Return where an exception was raised, as `file.py:line`: its text might be a child's."""
    innermost = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(innermost.filename).name}:{innermost.lineno}"


def configure_logging(least_level: int) -> None:
    """Send structured lines of this level and above to standard error."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            keep_allowed,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(least_level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    # Libraries log URLs and exceptions of their own: warnings of theirs are enough.
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
