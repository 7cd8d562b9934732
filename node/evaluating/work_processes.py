"""Tasks performed on all cores: threads would only take turns at the interpreter's lock."""

import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from multiprocessing.connection import Connection
from queue import LifoQueue

from node.errors import WorkError
from node.evaluating.batch_work import Result, Task

COMMAND = (sys.executable, "-P", "-m", "node.evaluating.work_process")


class WorkProcesses:
    """Up to as many processes as there are cores, each begun when all others are at work.

    It is called in threads, for several tasks at once.
    """

    def __init__(self, most: int | None = None, command: Sequence[str] = COMMAND) -> None:
        self._command = command
        self._free: LifoQueue[_Process | None] = LifoQueue()
        for _ in range(most or os.cpu_count() or 1):
            self._free.put(None)
        self._most = self._free.qsize()

    def __call__(self, task: Task[Result]) -> Result:
        """Have a task performed.

        Raises:
            WorkError: its process cannot be begun, or ended before it.
        """
        process = self._free.get()
        is_done = False
        try:
            process = process or _Process(self._command)
            result = process.perform(task)
            is_done = True
        except (EOFError, OSError):
            raise WorkError(
                "a process that makes tokens ended before its time: run the import again"
            ) from None
        finally:
            # Whatever happened: `close` waits for as many as there are.
            if process is not None and not is_done:
                process.end()
            self._free.put(process if is_done else None)
        return result

    def close(self) -> None:
        """End all processes, once none is at work."""
        for _ in range(self._most):
            process = self._free.get()
            if process is not None:
                process.end()


class _Process:
    def __init__(self, command: Sequence[str]) -> None:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            self._process = subprocess.Popen(  # noqa: S603
                command,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            self._connection = Connection(ours.detach())

    def perform(self, task: Task[Result]) -> Result:
        self._connection.send(task)
        result: Result = self._connection.recv()
        return result

    def end(self) -> None:
        self._connection.close()
        self._process.kill()
        self._process.wait()
