"""Ports for servers that are about to start."""

import random
import socket
from pathlib import Path

_FIRST = 10_000
_OUTGOING = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_ports(number: int) -> list[int]:
    """Return ports of the loopback address that nobody listens on now.

    They are below those that the kernel gives to outgoing connections: any of a program that
    dials much at the same time could otherwise take one before its server listens. They are
    drawn, so that two programs that ask at once hardly get the same.
    """
    below = int(_OUTGOING.read_text().split()[0])
    found: list[int] = []
    for port in random.sample(range(_FIRST, below), below - _FIRST):
        if len(found) == number:
            break
        if _is_free(port):
            found.append(port)
    return found


def free_port() -> int:
    """Return one of them."""
    return free_ports(1)[0]


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
