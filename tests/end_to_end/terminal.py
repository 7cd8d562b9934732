"""A command that asks while it runs, and somebody who reads and types."""

import os
import subprocess
from pathlib import Path
from types import TracebackType

from deploy.demo.federation import BIN, Federation
from tests.durability.polling import PATIENCE_SECONDS


class Terminal:
    """One command of a federation, on its way."""

    def __init__(self, federation: Federation, command: str, *arguments: str | Path) -> None:
        self._process = subprocess.Popen(
            [BIN / command, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=federation.working_folder,
            env=federation.environment,
        )

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End what is typed: the command ends, or is ended."""
        try:
            self._process.communicate(timeout=PATIENCE_SECONDS)
        finally:
            self._process.kill()

    def type(self, *lines: str) -> None:
        """Type lines, each with Enter behind it."""
        assert self._process.stdin is not None
        self._process.stdin.write("".join(f"{line}\n" for line in lines).encode())
        self._process.stdin.flush()

    def read_to(self, text: str) -> str:
        """Return what is printed until this is.

        Raises:
            EOFError: it ended before.
        """
        assert self._process.stdout is not None
        said = b""
        while text.encode() not in said:
            piece = os.read(self._process.stdout.fileno(), 4096)
            if not piece:
                raise EOFError(said.decode())
            said += piece
        return said.decode()
