"""Hostile connections: half-sent, endless, unread. Each is closed in time, and the rest go on."""

import asyncio
import socket
from contextlib import AsyncExitStack, suppress

import pytest
from websockets.frames import Frame, Opcode

from hub import server
from hub.link_protocol import BoundedLinkProtocol
from protocol.sealing.envelope import Kind
from tests.hub.federation import Federation, make_round
from tests.hub.running import (
    RunningHub,
    asked,
    linked,
    read_to_end,
    running_hub,
    until,
)

pytestmark = pytest.mark.anyio

GET = b"GET /v1/health HTTP/1.1\r\nHost: hub\r\n"


def test_nothing_small_is_held_back() -> None:
    (listening,) = server.listen("127.0.0.1", 0)
    with listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_half_sent_header_is_closed_in_time(
    hub: RunningHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "HEADER_SECONDS", 0.05)
    for beginning in (b"", b"\r\n", b"GE", GET, GET + b"X-Slow: "):
        reader, writer = await hub.dial()
        writer.write(beginning)
        assert await read_to_end(reader) == b""


async def test_header_that_trickles_in_is_closed_in_time(
    hub: RunningHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "HEADER_SECONDS", 0.1)
    reader, writer = await hub.dial()

    async def trickle() -> None:
        while not writer.is_closing():
            writer.write(b"X: y\r\n")
            await asyncio.sleep(0.005)

    writer.write(GET)
    trickling = asyncio.create_task(trickle())
    assert await read_to_end(reader) == b""
    trickling.cancel()


@pytest.mark.parametrize("beginning", [b"", b"\r\n", b"GET /v1/he", GET + b"X-Slow: "])
async def test_second_request_on_a_connection_has_the_same_deadline(
    hub: RunningHub, monkeypatch: pytest.MonkeyPatch, beginning: bytes
) -> None:
    monkeypatch.setattr(server, "IDLE_SECONDS", 0.1)
    reader, writer = await hub.dial()
    writer.write(GET + b"\r\n")
    await reader.readuntil(b"}")
    writer.write(beginning)
    assert await read_to_end(reader) == b""


async def test_body_that_goes_on_after_the_refusal_is_closed_in_time(
    hub: RunningHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "IDLE_SECONDS", 0.1)
    reader, writer = await hub.dial()
    writer.write(b"POST /v1/rounds HTTP/1.1\r\nHost: hub\r\nContent-Length: 999999999\r\n\r\n")
    assert (await reader.readuntil(b"}")).startswith(b"HTTP/1.1 413 ")

    async def trickle() -> None:
        while not writer.is_closing():
            writer.write(b"x")
            await asyncio.sleep(0.005)

    trickling = asyncio.create_task(trickle())
    assert await read_to_end(reader) == b""
    trickling.cancel()


async def test_connections_are_used_again(hub: RunningHub, federation: Federation) -> None:
    reader, writer = await hub.dial()
    bundle = federation.ask().bundle
    head = f"POST /v1/rounds HTTP/1.1\r\nHost: hub\r\nContent-Length: {len(bundle)}\r\n\r\n"
    for _ in range(3):
        writer.write(GET + b"\r\n")
        await reader.readuntil(b"}")
        writer.write(head.encode() + bundle)
        await reader.readuntil(b"\r\n0\r\n\r\n")


@pytest.mark.parametrize("unread", [0, 8])
async def test_link_that_answers_no_ping_is_dropped_whatever_it_left_unread(
    federation: Federation, monkeypatch: pytest.MonkeyPatch, unread: int
) -> None:
    monkeypatch.setattr(server, "PING_SECONDS", 0.2)
    council = federation.councils[0]
    async with (
        running_hub(federation) as hub,
        linked(hub, council) as half_open,
        AsyncExitStack() as stack,
    ):
        half_open.transport.pause_reading()
        for _ in range(unread):
            question = make_round(federation.asker, [council], Kind.IMPORT_EVALUATION)
            await stack.enter_async_context(asked(hub, question.bundle))
        await until(lambda: _is_linked(hub, 0))
        half_open.transport.abort()


async def test_refused_link_that_leaves_the_refusal_unread_is_dropped(
    hub: RunningHub, federation: Federation, monkeypatch: pytest.MonkeyPatch
) -> None:
    council = federation.councils[0]
    async with linked(hub, council) as link, AsyncExitStack() as stack:
        link.transport.pause_reading()
        for _ in range(2):
            question = make_round(federation.asker, [council], Kind.IMPORT_EVALUATION)
            await stack.enter_async_context(asked(hub, question.bundle))
        (protocol,) = _link_protocols(hub)
        monkeypatch.setattr(protocol, "close_timeout", 0.1)
        await link.send("text")
        await until(lambda: _is_linked(hub, 0))
        await until(lambda: _has_no_link_protocol(hub))
        link.transport.abort()


async def test_pings_of_a_peer_that_reads_nothing_do_not_fill_memory(
    hub: RunningHub, federation: Federation
) -> None:
    async with linked(hub, federation.councils[0]) as link:
        (protocol,) = _link_protocols(hub)
        link.transport.pause_reading()
        for _ in range(40):
            link.transport.write(Frame(Opcode.PING, b"p" * 125).serialize(mask=True) * 200)
            await hub.health()
        assert protocol.transport.get_write_buffer_size() < 256 * 1024
        link.transport.resume_reading()
        async with asyncio.timeout(5):
            await (await link.ping())


def _link_protocols(hub: RunningHub) -> list[BoundedLinkProtocol]:
    return [
        connection
        for connection in hub.server.server_state.connections
        if isinstance(connection, BoundedLinkProtocol)
    ]


async def _has_no_link_protocol(hub: RunningHub) -> bool:
    await hub.health()
    return not _link_protocols(hub)


async def _is_linked(hub: RunningHub, members: int) -> bool:
    return await hub.members_linked() == members


async def test_websocket_request_that_is_none_is_closed_at_once(hub: RunningHub) -> None:
    for spoilt in (b"Sec-WebSocket-Version: 12\r\n", b"X: y\r\n" * 200, b"X: " + b"y" * 9000):
        reader, writer = await hub.dial()
        writer.write(GET + b"Connection: Upgrade\r\nUpgrade: websocket\r\n" + spoilt + b"\r\n\r\n")
        assert not (await read_to_end(reader)).startswith(b"HTTP/1.1 101")


async def test_connections_beyond_the_most_are_dropped_and_links_stay(
    federation: Federation, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_hub(federation) as hub, linked(hub, federation.councils[0]) as link:
        monkeypatch.setattr(server, "MOST_CONNECTIONS", hub.connections)
        reader, _ = await hub.dial()
        assert await read_to_end(reader) == b""
        monkeypatch.undo()
        assert await hub.members_linked() == 1
        async with asyncio.timeout(5):
            await (await link.ping())


async def test_slow_readers_of_the_directory_cost_a_piece_each(
    own_federation: Federation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "REQUEST_SECONDS", 1.0)
    large = own_federation.published / "targets" / f"{'a' * 64}.directory.json"
    large.write_bytes(bytes(4 * 1024 * 1024))
    async with running_hub(own_federation) as hub:
        _, writer = await hub.dial()  # and never reads: its buffers hold a few kilobytes
        writer.write(f"GET /v1/directory/targets/{large.name} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
        await until(lambda: _is_sending(hub))
        assert max(_buffered(hub)) < 256 * 1024
        await until(lambda: _is_not_sending(hub))


def _buffered(hub: RunningHub) -> list[int]:
    return [
        connection.transport.get_write_buffer_size()
        for connection in hub.server.server_state.connections
        if isinstance(connection, server.BoundedHttpProtocol)
    ]


async def _is_sending(hub: RunningHub) -> bool:
    await hub.health()
    return max(_buffered(hub)) > 0


async def _is_not_sending(hub: RunningHub) -> bool:
    return not await _is_sending(hub)


CHUNKED = b"POST /v1/rounds HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("beginning", "endless"),
    [
        (b"GET /", b"a"),
        (GET + b"X: ", b"a"),
        (GET, b"X: y\r\n"),
        (CHUNKED + b"1;", b"extension"),
        (CHUNKED + b"0\r\n", b"trailer: x\r\n"),
        (CHUNKED + b"0\r\ntrailer: ", b"x"),
        (CHUNKED, b"1\r\nx\r\n"),
    ],
    ids=["url", "header", "headers", "chunk extension", "trailers", "trailer", "tiny chunks"],
)
async def test_endless_framing_is_closed_soon(
    hub: RunningHub, beginning: bytes, endless: bytes
) -> None:
    _, writer = await hub.dial()
    # Else the kernel takes as much as it has learned to take, some MiB, before the hub has a turn.
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * 1024)
    writer.write(beginning)
    sent = 0
    with suppress(ConnectionError):
        while sent < 8 * 1024 * 1024:
            writer.write(endless * 500)
            sent += 500 * len(endless)
            await writer.drain()
    assert sent < 1024 * 1024  # what the sockets' buffers hold beyond the hub's 64 KiB


async def test_pipelined_requests_are_refused(hub: RunningHub, federation: Federation) -> None:
    council = federation.councils[0]
    bundle = make_round(federation.asker, [council]).bundle
    head = f"POST /v1/rounds HTTP/1.1\r\nHost: hub\r\nContent-Length: {len(bundle)}\r\n\r\n"
    async with linked(hub, council):
        reader, writer = await hub.dial()
        writer.write(head.encode() + bundle + (GET + b"\r\n") * 1000)
        answered = await read_to_end(reader)
        assert answered.count(b"HTTP/1.1 ") <= 2
        assert answered.endswith(b"Invalid HTTP request received.")
