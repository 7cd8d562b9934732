"""One more detail of a child, typed at a terminal: handed to the node that runs over a socket in
its folder, from memory to memory. In a file it would be on the disk."""

import asyncio
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import structlog
from pydantic import BaseModel, ConfigDict, ValidationError

from node.asking.adding import Adding
from node.clock import Clock, local_day
from node.errors import AskError
from node.logging import place_of
from protocol.encoding import decode_base64url, encode_base64url
from protocol.errors import IdentityProblems, MalformedError
from protocol.matching.identity import parse_identity

log = structlog.get_logger()

MOST_BYTES = 16 * 1024
SECONDS = 10.0
"""How long either side waits for the other."""


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Detail(_Message):
    """The id of a check, and what is known of the child by the names of spec 10 §2."""

    check: str
    child: dict[str, str]


class _Taken(_Message):
    """Why a detail is not taken, "" where it is."""

    problem: str


class DetailSocket:
    """Takes details at a running node."""

    def __init__(self, path: Path, adding: Adding, clock: Clock) -> None:
        self._path = path
        self._adding = adding
        self._clock = clock

    async def serve(self) -> None:
        """Take what is handed over, until cancelled.

        Raises:
            OSError: there can be no socket in the folder.
        """
        with _listening(self._path) as listening:
            server = await asyncio.start_unix_server(self._meet, sock=listening, limit=MOST_BYTES)
            try:
                await asyncio.Event().wait()
            finally:
                server.close()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(SECONDS):
                line = await reader.readline()
                writer.write(_line(self._take(line)))
                await writer.drain()
        except (OSError, TimeoutError, ValueError):
            # Who says nothing, too much, or goes away is let go.
            pass
        except Exception as error:
            # A defect of ours, whose text might be a child's.
            log.warning("detail not taken", reason=type(error).__name__, place=place_of(error))
        finally:
            writer.close()

    def _take(self, line: bytes) -> _Taken:
        try:
            detail = _Detail.model_validate_json(line)
            child = parse_identity(detail.child, local_day(self._clock()))
            self._adding.add(decode_base64url(detail.check), child)
        except IdentityProblems as found:
            faults = (f"{problem.field}: {problem.reason}" for problem in found.problems)
            return _Taken(problem="; ".join(faults))
        except (ValidationError, MalformedError):
            # What pydantic says repeats what was sent.
            return _Taken(problem="it is not of the form that this node takes")
        return _Taken(problem="")


def hand_over(path: Path, check: bytes, child: Mapping[str, str]) -> None:
    """Hand the node that runs what is known of the child of a check.

    Raises:
        AskError: nobody takes details there, or not this one.
    """
    detail = _Detail(check=encode_base64url(check), child=dict(child))
    with socket.socket(socket.AF_UNIX) as link:
        if not _connect(link, path):
            raise AskError("the node takes no details any more: ring them")
        try:
            link.sendall(_line(detail))
            taken = _Taken.model_validate_json(link.makefile("rb").readline(MOST_BYTES))
        except (OSError, ValidationError):
            raise AskError("the node that runs did not take it: try again, or ring them") from None
    if taken.problem:
        raise AskError(f"not taken: {taken.problem}")


def takes_details(path: Path) -> bool:
    """Whether a node that runs takes details at a socket."""
    with socket.socket(socket.AF_UNIX) as link:
        return _connect(link, path)


def _connect(link: socket.socket, path: Path) -> bool:
    link.settimeout(SECONDS)
    try:
        with _address(path) as address:
            link.connect(address)
    except OSError:
        return False
    return True


@contextmanager
def _listening(path: Path) -> Iterator[socket.socket]:
    """Listen where whoever may not read the folder's files cannot reach us."""
    with socket.socket(socket.AF_UNIX) as listening, _address(path) as address:
        # One that a killed node has left. Another that runs holds the folder's lock.
        path.unlink(missing_ok=True)
        # Linux makes the file with the mode of the socket: nobody gets in between.
        os.fchmod(listening.fileno(), 0o600)
        listening.bind(address)
        try:
            yield listening
        finally:
            path.unlink(missing_ok=True)


@contextmanager
def _address(path: Path) -> Iterator[str]:
    """Give the address of a socket: 107 bytes at most, and a folder's path may be longer."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def _line(message: _Message) -> bytes:
    return message.model_dump_json().encode() + b"\n"
