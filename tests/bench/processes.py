"""Processes of a bench: started, waited for, ended with it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from deploy.demo.ports import free_port
from tests.bench.links import Mode
from tests.hub.federation import HUB_ID, Federation

READY_SECONDS = 60.0
BIN = Path(sys.executable).parent


@contextmanager
def bare_server() -> Iterator[tuple[int, str]]:
    """Give the process id and the URL of a bare fan-out."""
    port = free_port()
    with _running(sys.executable, "-m", "tests.bench.bare", str(port)) as process:
        _wait_for(port, process)
        yield process.pid, f"http://127.0.0.1:{port}"


@contextmanager
def running_hub(folder: Path, federation: Federation) -> Iterator[tuple[int, str]]:
    """Give the process id and the URL of a hub, made and run as an operator does it."""
    port = free_port()
    arguments = [
        "init", str(folder), f"--hub-id={HUB_ID}", f"--port={port}",
        f"--directory={federation.published}", f"--root={federation.root}",
    ]  # fmt: skip
    hub = str(BIN / "whoelse-hub")
    subprocess.run([hub, *arguments], check=True, capture_output=True)
    rate = {"WHOELSE_HUB_ROUNDS_PER_SECOND": "100000"}
    with _running(hub, "run", str(folder), environment=rate) as process:
        _wait_for(port, process)
        yield process.pid, f"http://127.0.0.1:{port}"


@contextmanager
def linked(url: str, number: int, mode: Mode) -> Iterator[None]:
    """Keep so many links open, all in one process, and have them answered."""
    link_url = url.replace("http", "ws", 1) + "/v1/link"
    arguments = ["-m", "tests.bench.links", link_url, str(number), str(mode)]
    with _running(sys.executable, *arguments) as process:
        if process.stdout is None or process.stdout.readline() != b"linked\n":
            raise RuntimeError("the links did not open")
        yield


@contextmanager
def _running(
    *command: str, environment: Mapping[str, str] | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, env={**os.environ, **(environment or {})}
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=READY_SECONDS)


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Wait until the process listens."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise RuntimeError("a server ended before it listened, or took too long")
