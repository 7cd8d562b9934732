"""`whoelse-node system`: case systems that ask for their users."""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import typer

from node.accounts.systems import Systems
from node.clock import system_clock
from node.errors import SystemKeyError
from node.folder import Folder
from node.settings import load_settings
from node.store_key import load_store_key

NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,31}")

MOST_KEY_BYTES = 16 * 1024


def add(folder: Path, name: str, key: Path) -> None:
    """Let a system ask for its users.

    Raises:
        SystemKeyError: a name that cannot be used, or no key of a kind that can.
    """
    if not NAME.fullmatch(name):
        raise SystemKeyError("name: 2 to 32 of a-z, 0-9 and -")
    with key.open("rb") as file:
        pem = file.read(MOST_KEY_BYTES)
    with _systems(folder) as systems:
        systems.add(name, pem)
    typer.echo(f"{name} may ask for its users. It signs with the private key of {key.name}.")


def show(folder: Path) -> None:
    """Print all systems."""
    with _systems(folder) as systems:
        for name in systems.names():
            typer.echo(name)


def remove(folder: Path, name: str) -> None:
    """Let a system ask no more.

    Raises:
        SystemKeyError: there is none of that name.
    """
    with _systems(folder) as systems:
        systems.remove(name)
    typer.echo(f"{name} may not ask any more.")


@contextmanager
def _systems(path: Path) -> Iterator[Systems]:
    folder, settings = Folder(path), load_settings(path)
    key = load_store_key(settings.store_key)
    with closing(Systems(folder.accounts, key, settings.member, system_clock)) as systems:
        yield systems
