"""What a hub reads before it is confined: after that it reads no more code."""

import linecache

# What anyio imports when the first file is asked for.
import anyio._backends._asyncio
import anyio._core._fileio  # noqa: F401

from hub import app


def read_beforehand() -> None:
    """Read what FastAPI reads when a route is first asked for: its source, for its errors."""
    linecache.getlines(str(app.__file__))
