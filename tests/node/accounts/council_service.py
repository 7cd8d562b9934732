"""A council's sign-in service that runs: what somebody's browser meets there."""

import json
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from deploy.demo.ports import free_port
from node.settings import SignInSettings

SUBJECT = "made-up-subject"
CLAIMS: dict[str, Any] = {
    "name": "Robin Sedge",
    "roles": ["WhoElse.Ask"],
    "amr": ["pwd", "mfa"],
}
"""Of somebody whose telephone and team the service does not know."""

READY_SECONDS = 60.0


@contextmanager
def running_service(claims: dict[str, Any] = CLAIMS) -> Iterator[str]:
    """Run one that knows somebody, in a process of its own; give its address."""
    port = free_port()
    user = json.dumps({"sub": SUBJECT, **claims})
    process = subprocess.Popen(
        [sys.executable, "-m", "oidc_provider_mock", f"--port={port}", f"--user-claims={user}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address)
        yield address
    finally:
        process.terminate()
        process.wait(10)


def settings_text(service: str, address: str, secret: Path) -> str:
    """Return what stands in the `node.toml` of a node at `address` whose people sign in there.

    The service takes any secret.
    """
    secret.write_text("made up")
    return f"""
[sign_in]
issuer = "{service}"
client_id = "whoelse"
client_secret = "{secret}"
address = "{address}"
roles = {{ "WhoElse.Ask" = "practitioner", "WhoElse.Duty" = "duty_officer" }}
multi_factor_claim = "amr"
multi_factor_values = ["mfa"]
"""


def settings_of(service: str, address: str, secret: Path) -> SignInSettings:
    """Return the same as settings."""
    text = settings_text(service, address, secret)
    return SignInSettings.model_validate(tomllib.loads(text)["sign_in"])


def sign_in_there(address: str) -> str:
    """Sign in at the service as somebody would; return where it sends them back to."""
    back: str = httpx.post(address, data={"sub": SUBJECT}).headers["location"]
    return back


def say_of_them(service: str, claims: dict[str, Any]) -> None:
    """Have the service say something else of who is known there."""
    httpx.put(f"{service}/users/{SUBJECT}", json=claims).raise_for_status()


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            httpx.get(address)
        except httpx.ConnectError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
