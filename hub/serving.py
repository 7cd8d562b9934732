"""A hub serves, and is confined from the moment that it does."""

import socket
import sys
from typing import TextIO

from hub.app import create_app
from hub.beforehand import read_beforehand
from hub.confinement.confine import Confinement, confine
from hub.confinement.errors import ConfinementError
from hub.server import allow_connections, listen, make_server
from hub.settings import HubSettings, SettingsError


def serve(settings: HubSettings) -> None:
    """Serve until told to end.

    Raises:
        SettingsError: no such address, or it is taken.
        ConfinementError: not confined, though the settings require it, or the kernel refused.
    """
    allow_connections()
    read_beforehand()
    sockets = _listen(settings)
    confinement = Confinement()

    def confine_once_serving() -> None:
        nonlocal confinement
        confinement = confine([settings.directory, settings.root])
        _tell(confinement, required=settings.require_confinement)

    server = make_server(create_app(settings, lambda: confinement), confine_once_serving)
    _say(f"Hub {settings.hub_id} listens on {settings.host}:{settings.port}", sys.stdout)
    server.run(sockets)


def _listen(settings: HubSettings) -> list[socket.socket]:
    try:
        return listen(settings.host, settings.port)
    except OSError as error:
        where = f"{settings.host}:{settings.port}"
        raise SettingsError(f"cannot listen on {where}: {error.strerror}") from None


def _tell(confinement: Confinement, *, required: bool) -> None:
    """Say what this machine lacks; refuse where that is asked for."""
    if not confinement.missing():
        return
    missing = ", ".join(confinement.missing())
    if required and not confinement.holds:
        raise ConfinementError(f"require_confinement is set, and this machine lacks {missing}")
    _say(f"whoelse-hub: not confined in full: this machine lacks {missing}", sys.stderr)


def _say(line: str, stream: TextIO) -> None:
    stream.write(f"{line}\n")
    stream.flush()
