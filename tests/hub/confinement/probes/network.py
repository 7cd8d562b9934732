"""Reaching anybody: a confined hub answers those who came, and goes to nobody."""

import os
import socket
from collections.abc import Callable

from tests.hub.confinement.probes.probe import Attempt, Place, Prepare

_FASTOPEN = 0x20000000
"""MSG_FASTOPEN: to connect by sending."""


def _making(family: int, kind: int) -> Prepare:
    return lambda _: lambda: socket.socket(family, kind)


def _with_listener(attempt: Callable[[socket.socket, tuple[str, int]], object]) -> Prepare:
    """Try something with an unconnected socket and an address where somebody listens."""

    def prepare(_: Place) -> Attempt:
        listener = socket.create_server(("127.0.0.1", 0))
        unconnected = socket.socket()
        address = listener.getsockname()

        def run() -> object:
            with listener:
                return attempt(unconnected, address)

        return run

    return prepare


def _datagram(attempt: Callable[[socket.socket, tuple[str, int]], object]) -> Prepare:
    def prepare(_: Place) -> Attempt:
        receiver = socket.socket(type=socket.SOCK_DGRAM)
        receiver.bind(("127.0.0.1", 0))
        sender = socket.socket(type=socket.SOCK_DGRAM)
        return lambda: attempt(sender, receiver.getsockname())

    return prepare


def _unix(name: Callable[[Place], str]) -> Prepare:
    def prepare(place: Place) -> Attempt:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(name(place))
        listener.listen()
        caller = socket.socket(socket.AF_UNIX)

        def run() -> None:
            with listener:
                caller.connect(name(place))

        return run

    return prepare


def _bind(_: Place) -> Attempt:
    unbound = socket.socket()
    return lambda: unbound.bind(("127.0.0.1", 0))


def _listen(_: Place) -> Attempt:
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    return bound.listen


def _connect_with_what_listened(_: Place) -> Attempt:
    listener, listened = (socket.create_server(("127.0.0.1", 0)) for _ in range(2))

    def run() -> None:
        with listener:
            listened.shutdown(socket.SHUT_RDWR)
            listened.sendto(b"x", _FASTOPEN, listener.getsockname())

    return run


def _set_option(_: Place) -> Attempt:
    unconnected = socket.socket()
    return lambda: unconnected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


PROBES: dict[str, Prepare] = {
    "make a TCP socket": _making(socket.AF_INET, socket.SOCK_STREAM),
    "make a UDP socket": _making(socket.AF_INET, socket.SOCK_DGRAM),
    "make a TCP socket of IPv6": _making(socket.AF_INET6, socket.SOCK_STREAM),
    "make a unix socket": _making(socket.AF_UNIX, socket.SOCK_STREAM),
    "make a netlink socket": _making(socket.AF_NETLINK, socket.SOCK_RAW),
    "make a pair of sockets": lambda _: socket.socketpair,
    "make a pipe": lambda _: os.pipe,
    "connect by TCP": _with_listener(lambda caller, address: caller.connect(address)),
    "connect by sending": _with_listener(
        lambda caller, address: caller.sendto(b"x", _FASTOPEN, address)
    ),
    "connect by sending a message": _with_listener(
        lambda caller, address: caller.sendmsg([b"x"], (), _FASTOPEN, address)
    ),
    "connect by sending, with what listened": _connect_with_what_listened,
    "connect by UDP": _datagram(lambda sender, address: sender.connect(address)),
    "send a datagram": _datagram(lambda sender, address: sender.sendto(b"x", address)),
    "connect to a unix socket": _unix(lambda place: str(place.inside.with_name("socket"))),
    "connect to an abstract unix socket": _unix(lambda _: f"\0whoelse-probe-{os.getpid()}"),
    "bind a socket": _bind,
    "listen": _listen,
    "set an option of a socket": _set_option,
}
