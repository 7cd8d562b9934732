"""The port that pages are served on."""

import socket

from deploy.demo.ports import free_port
from node.web.server import SiteServer


async def _no_site(*_: object) -> None:
    raise NotImplementedError


def test_no_page_waits_for_its_header_to_be_acknowledged() -> None:
    port = free_port()
    listening = SiteServer(_no_site, "127.0.0.1", port)._socket
    with listening, socket.create_connection(("127.0.0.1", port)):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
