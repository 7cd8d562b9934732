"""Builds tables in a process of its own: the node goes on answering meanwhile."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import NamedTuple

from node.answering.building import BuiltTable
from node.answering.columns import Columns, map_columns
from node.answering.handing import BUILT_BYTES, Task, decode_built
from node.answering.table import EpochTable
from node.answering.table_process import NO_STATE, UNREADABLE
from node.errors import TableError
from node.records.state import IndexState
from node.store_key import StoreKey
from protocol.errors import MalformedError
from protocol.identifiers import Epoch, MemberId

BUILD_SECONDS = 600.0
"""A table that takes longer is of no use: its hour is soon over."""

COMMAND = (sys.executable, "-P", "-m", "node.answering.table_process")


class OutsideBuilder:
    """Builds one table at a time, those of one context in one process.

    Whatever the process does, a table is whole or there is none.
    """

    def __init__(
        self,
        records: Path,
        key: StoreKey,
        member: MemberId,
        seconds: float = BUILD_SECONDS,
        command: Sequence[str] = COMMAND,
    ) -> None:
        """`records` is the path of the records' file; `seconds` what a table may take."""
        self._records = records
        self._key = key
        self._member = member
        self._seconds = seconds
        self._command = command
        self._changing = threading.Lock()
        self._is_stopped = False
        self._is_kept = False
        self._process: _Process | None = None

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Build every table in this context in one process."""
        self._is_kept = True
        try:
            yield
        finally:
            self._is_kept = False
            self._end()

    def build(self, epoch: Epoch, today: date) -> BuiltTable | None:
        """Return the table of all records unexpired today; None if there is no index state.

        Raises:
            TableError: the process died, took too long or handed over no table.
        """
        task = Task(self._records, self._key, self._member, epoch, today)
        built = None
        try:
            built = self._built(self._begun(), task)
            return built
        finally:
            if built is None or not self._is_kept:
                self._end()

    def stop(self) -> None:
        """End what is being built, from another thread, and build nothing more."""
        with self._changing:
            self._is_stopped = True
            if self._process is not None:
                with suppress(OSError):
                    self._process.ours.shutdown(socket.SHUT_RDWR)

    def _begun(self) -> "_Process":
        with self._changing:
            if self._is_stopped:
                raise TableError("the node is about to end")
            if self._process is None:
                self._process = _begin(self._command)
            return self._process

    def _end(self) -> None:
        with self._changing:
            process, self._process = self._process, None
        if process is not None:
            process.ours.close()
            process.popen.kill()
            process.popen.wait()

    def _built(self, process: "_Process", task: Task) -> BuiltTable | None:
        process.ours.settimeout(self._seconds)
        try:
            process.ours.send(task.encode())
            content, descriptors, _, _ = socket.recv_fds(
                process.ours, BUILT_BYTES + 1, len(Columns._fields), socket.MSG_CMSG_CLOEXEC
            )
        except TimeoutError:
            raise TableError("the process that builds a table did not end in time") from None
        except OSError:
            content, descriptors = b"", []
        if content:
            return BuiltTable(_state(content, descriptors), EpochTable(map_columns(descriptors)))
        reason = _why_without_table(process.popen)
        if reason:
            raise TableError(reason)
        return None


class _Process(NamedTuple):
    popen: "subprocess.Popen[bytes]"
    ours: socket.socket
    """Our end of its standard input."""


def _begin(command: Sequence[str]) -> _Process:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        try:
            popen = subprocess.Popen(  # noqa: S603
                command,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                # Numpy's threads for matrices would only take memory.
                env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
            )
        except OSError:
            ours.close()
            raise
    return _Process(popen, ours)


def _state(content: bytes, descriptors: Sequence[int]) -> IndexState:
    try:
        return decode_built(content)
    except MalformedError:
        for descriptor in descriptors:
            os.close(descriptor)
        raise TableError("the process that builds a table said something else") from None


ENDING_SECONDS = 5.0
"""What a process that has closed its socket may take to end."""


def _why_without_table(process: "subprocess.Popen[bytes]") -> str:
    """Say what became of a process that handed over nothing; nothing, if all is well."""
    with suppress(subprocess.TimeoutExpired):
        status = process.wait(ENDING_SECONDS)
        if status == NO_STATE:
            return ""
        if status == UNREADABLE:
            return "the records do not open with the store key, or cannot be read"
    return "the process that builds a table ended without one"
