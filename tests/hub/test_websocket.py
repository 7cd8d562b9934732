"""Whatever way a WebSocket is gone, the hub sees one error."""

from collections.abc import MutableMapping
from typing import Any

import pytest
from starlette.websockets import WebSocket

from hub.links import LinkClosed
from hub.websocket import BinarySocket
from protocol.errors import MalformedError

pytestmark = pytest.mark.anyio


class Peer:
    """The server's side of one WebSocket: what it received, and whether it can still send."""

    def __init__(self, *received: dict[str, Any]) -> None:
        self._received = [{"type": "websocket.connect"}, *received]
        self.is_gone = False
        self.sent: list[MutableMapping[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        return self._received.pop(0)

    async def send(self, message: MutableMapping[str, Any]) -> None:
        if self.is_gone:
            raise OSError
        self.sent.append(message)

    async def accept(self) -> BinarySocket:
        websocket = WebSocket({"type": "websocket"}, self.receive, self.send)
        await websocket.accept()
        return BinarySocket(websocket)


async def test_binary_messages_pass_both_ways() -> None:
    peer = Peer({"type": "websocket.receive", "bytes": b"in"})
    socket = await peer.accept()
    assert await socket.receive() == b"in"
    await socket.send(b"out")
    assert peer.sent[-1] == {"type": "websocket.send", "bytes": b"out"}


async def test_text_message_is_malformed() -> None:
    socket = await Peer({"type": "websocket.receive", "text": "in"}).accept()
    with pytest.raises(MalformedError):
        await socket.receive()


async def test_receiving_from_a_peer_that_left_is_a_closed_link_each_time() -> None:
    socket = await Peer({"type": "websocket.disconnect", "code": 1006}).accept()
    for _ in range(2):
        with pytest.raises(LinkClosed):
            await socket.receive()


async def test_sending_to_a_peer_that_left_is_a_closed_link_each_time() -> None:
    peer = Peer()
    socket = await peer.accept()
    peer.is_gone = True
    for _ in range(2):
        with pytest.raises(LinkClosed):
            await socket.send(b"out")


async def test_sending_after_closing_is_a_closed_link() -> None:
    socket = await Peer().accept()
    await socket.close(4403)
    with pytest.raises(LinkClosed):
        await socket.send(b"out")


@pytest.mark.parametrize("is_gone", [False, True])
async def test_closing_twice_or_too_late_is_no_error(is_gone: bool) -> None:
    peer = Peer()
    socket = await peer.accept()
    peer.is_gone = is_gone
    await socket.close(4403)
    await socket.close(4403)
    assert [message.get("code") for message in peer.sent[1:]] == ([] if is_gone else [4403])
