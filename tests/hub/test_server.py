"""Hostile connections: half-sent, endless, unread. Each is closed in time, and the rest go on."""

import asyncio

import pytest

from hub import server
from tests.hub.federation import Federation, make_round
from tests.hub.running import (
    RunningHub,
    answer,
    asked,
    dialled,
    linked,
    read_to_end,
    running_hub,
    until,
)

pytestmark = pytest.mark.anyio

GET = b"GET /v1/health HTTP/1.1\r\nHost: hub\r\n"


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
    writer.write(beginning)
    sent = 0
    with pytest.raises(ConnectionError):
        async with asyncio.timeout(5):
            while True:
                writer.write(endless * 500)
                sent += 500 * len(endless)
                await writer.drain()
    assert sent < 4 * 1024 * 1024  # what the sockets' buffers hold beyond the hub's 64 KiB
    hub.log.clear()


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
    hub.log.clear()
