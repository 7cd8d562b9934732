"""What a hub goes on doing: a filter that refused these would be no use."""

import os
import selectors
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable

from tests.hub.confinement.probes.probe import CONTENT, Attempt, Place, Prepare


def _serve(_: Place) -> Attempt:
    listener = socket.create_server(("127.0.0.1", 0))
    caller = socket.create_connection(listener.getsockname())
    selector = selectors.DefaultSelector()

    def run() -> None:
        accepted, _ignored = listener.accept()
        accepted.setblocking(False)
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(accepted, selectors.EVENT_READ)
        caller.send(b"question")
        selector.select()
        _expect(accepted.recv(99), b"question")
        accepted.send(b"answer")
        accepted.sendmsg([b", and more"])
        _expect(caller.recv(99), b"answer, and more")
        accepted.getsockname(), accepted.getpeername()
        accepted.close()

    return run


def _replace(place: Place) -> Attempt:
    """Read a file that somebody else put in the place of another, once this is confined."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.close(writer)
        os.read(reader, 1)
        newer = place.inside.with_name("newer")
        newer.write_bytes(b"newer")
        newer.replace(place.inside)
        os._exit(0)

    def run() -> None:
        os.close(writer)
        while place.inside.read_bytes() != b"newer":
            time.sleep(0.01)

    return run


def _run_threads() -> None:
    done: list[int] = []
    threads = [threading.Thread(target=done.append, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    _expect(len(done), 8)


def _log_an_error() -> None:
    try:
        int("an error, as expected")
    except ValueError:
        traceback.print_exc(file=sys.stderr)


def _use_memory() -> None:
    for size in (100, 10_000, 1_000_000, 100_000_000):
        block = bytearray(size)
        block += bytes(size)
        del block


def _expect(found: object, expected: object) -> None:
    if found != expected:
        raise AssertionError(f"expected {expected!r}, got {found!r}")


def _plainly(attempt: Callable[[], object]) -> Prepare:
    return lambda _: attempt


PROBES: dict[str, Prepare] = {
    "accept, receive and send": _serve,
    "read a file of the directory": lambda place: (
        lambda: _expect(place.inside.read_bytes(), CONTENT)
    ),
    "read a file of the directory as text": lambda place: place.inside.read_text,
    "read a file that was replaced": _replace,
    "look whether a file is there": lambda place: place.outside.stat,
    "run threads": _plainly(_run_threads),
    "log an error": _plainly(_log_an_error),
    "take and give back memory": _plainly(_use_memory),
    "draw random bytes": _plainly(lambda: os.urandom(32)),
    "tell the time": _plainly(time.time),
    "wait": _plainly(lambda: time.sleep(0.001)),
}
