"""Links through a running hub: the handshake, what it refuses, and frames that are not of the form.

And `Links` by itself, where only what it does with its own numbers matters.
"""

import asyncio
import os
from contextlib import AsyncExitStack, suppress
from dataclasses import replace

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame as WebSocketFrame
from websockets.frames import Opcode

from hub import app as app_module
from hub.links import MOST_LINKS_PER_MEMBER
from protocol import limits
from protocol.messages.link import WELCOME, Challenge, Frame, FrameType, Introduction
from protocol.messages.stream import ReplyLine
from tests.hub.federation import HUB_ID, Council, Federation, make_round, now_ms
from tests.hub.running import (
    PATIENCE_SECONDS,
    RunningHub,
    answer,
    asked,
    binary,
    dialled,
    linked,
    read_to_end,
    running_hub,
    until,
)

pytestmark = pytest.mark.anyio

REFUSED = 4403
CLOCK = 4408


async def close_code(connection: ClientConnection) -> int | None:
    """Wait for the hub to close and return its code."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        with suppress(ConnectionClosed):
            while await connection.recv() is not None:
                pass
    return connection.close_code


async def challenge_of(connection: ClientConnection) -> Challenge:
    return Challenge.decode(binary(await connection.recv()))


def introduction(challenge: Challenge, council: Council, time_ms: int | None = None) -> bytes:
    time_ms = now_ms() if time_ms is None else time_ms
    made = Introduction.make(challenge, council.id, os.urandom(32), time_ms, council.signing)
    return made.encode()


async def test_member_that_signs_the_challenge_is_welcome_and_counted(
    hub: RunningHub, federation: Federation
) -> None:
    async with dialled(hub) as connection:
        challenge = await challenge_of(connection)
        assert challenge.hub_id == HUB_ID
        await connection.send(introduction(challenge, federation.councils[0]))
        assert await connection.recv() == WELCOME
        assert await hub.members_linked() == 1
    await until(lambda: _is_linked(hub, 0))


async def test_every_connection_is_challenged_with_another_nonce(hub: RunningHub) -> None:
    async with dialled(hub) as one, dialled(hub) as other:
        assert (await challenge_of(one)).nonce != (await challenge_of(other)).nonce


async def test_introduction_recorded_on_another_connection_is_refused(
    hub: RunningHub, federation: Federation
) -> None:
    async with dialled(hub) as one, dialled(hub) as other:
        recorded = introduction(await challenge_of(one), federation.councils[0])
        await other.send(recorded)
        assert await close_code(other) == REFUSED
        await one.send(recorded)
        assert await one.recv() == WELCOME
        await one.send(recorded)  # and again, where a frame is due: of an unknown type
        assert await close_code(one) == REFUSED


async def test_introduction_to_another_hub_is_refused(
    hub: RunningHub, federation: Federation
) -> None:
    async with dialled(hub) as connection:
        elsewhere = replace(await challenge_of(connection), hub_id="hub-2")
        await connection.send(introduction(elsewhere, federation.councils[0]))
        assert await close_code(connection) == REFUSED


async def test_introduction_as_another_member_is_refused(
    hub: RunningHub, federation: Federation
) -> None:
    mine, other, _ = federation.councils
    async with dialled(hub) as connection:
        challenge = await challenge_of(connection)
        await connection.send(introduction(challenge, replace(mine, id=other.id)))
        assert await close_code(connection) == REFUSED


async def test_stranger_and_wrong_key_are_closed_alike(
    hub: RunningHub, federation: Federation
) -> None:
    stranger = Council.make("E09999999")
    impostor = Council.make(federation.councils[0].id)
    seen = set()
    for council in (stranger, impostor):
        async with dialled(hub) as connection:
            await connection.send(introduction(await challenge_of(connection), council))
            seen.add((await close_code(connection), connection.close_reason))
    assert seen == {(REFUSED, "")}


@pytest.mark.parametrize("off_by_ms", [-limits.FRESHNESS_MS - 1000, limits.FRESHNESS_MS + 1000])
async def test_member_whose_clock_is_off_is_told_so(
    hub: RunningHub, federation: Federation, off_by_ms: int
) -> None:
    async with dialled(hub) as connection:
        challenge = await challenge_of(connection)
        late = introduction(challenge, federation.councils[0], now_ms() + off_by_ms)
        await connection.send(late)
        assert await close_code(connection) == CLOCK


async def test_stranger_whose_clock_is_off_learns_nothing(hub: RunningHub) -> None:
    async with dialled(hub) as connection:
        challenge = await challenge_of(connection)
        await connection.send(introduction(challenge, Council.make("E09999999"), 0))
        assert await close_code(connection) == REFUSED


@pytest.mark.parametrize(
    "message", [b"", b"\0" * 116, b"garbage", "text", os.urandom(115), os.urandom(117)]
)
async def test_malformed_introduction_is_refused(hub: RunningHub, message: bytes | str) -> None:
    async with dialled(hub) as connection:
        await connection.recv()
        await connection.send(message)
        assert await close_code(connection) == REFUSED


async def test_silence_after_the_challenge_is_closed_in_time(
    hub: RunningHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LINK_HANDSHAKE_SECONDS", 0.05)
    async with dialled(hub) as connection:
        assert await close_code(connection) == REFUSED


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("text", REFUSED),
        (b"", REFUSED),
        (b"\2\0\0\0", REFUSED),
        (b"\0" * 40, REFUSED),
        (b"\xff" * 40, REFUSED),
        (bytes(limits.LINK_FRAME_BYTES + 1), 1009),
    ],
    ids=["text", "empty", "short", "type 0", "type 255", "oversize"],
)
async def test_frame_that_is_not_of_the_form_closes_that_link_only(
    hub: RunningHub, federation: Federation, message: bytes | str, code: int
) -> None:
    bad, good, _ = federation.councils
    async with linked(hub, good) as link, linked(hub, bad) as closing:
        await closing.send(message)
        assert await close_code(closing) == code
        await until(lambda: _is_linked(hub, 1))
        async with asked(hub, make_round(federation.asker, [good]).bundle) as lines:
            await answer(link, good)
            assert isinstance(await anext(lines), ReplyLine)


@pytest.mark.parametrize("message", ["text", b"", b"\xff" * 40])
@pytest.mark.parametrize("is_linked", [False, True])
async def test_garbage_and_hanging_up_at_once_leaves_no_trace_in_the_log(
    hub: RunningHub, federation: Federation, message: bytes | str, is_linked: bool
) -> None:
    open_link = linked(hub, federation.councils[0]) if is_linked else dialled(hub)
    async with open_link as connection:
        await connection.send(message)
        connection.transport.abort()
    await until(lambda: _is_linked(hub, 0))


@pytest.mark.parametrize(
    "frames",
    [
        [WebSocketFrame(Opcode.TEXT, b"\xff")],
        [WebSocketFrame(Opcode.TEXT, b"", fin=False), WebSocketFrame(Opcode.CONT, b"\xff")],
    ],
    ids=["whole", "pieces"],
)
async def test_text_of_no_encoding_is_refused_and_leaves_no_trace_in_the_log(
    hub: RunningHub, federation: Federation, frames: list[WebSocketFrame]
) -> None:
    async with linked(hub, federation.councils[0]) as link:
        link.transport.write(b"".join(frame.serialize(mask=True) for frame in frames))
        assert await close_code(link) == REFUSED


async def test_garbage_and_an_oversize_frame_at_once_leave_no_trace_in_the_log(
    hub: RunningHub, federation: Federation
) -> None:
    garbage = WebSocketFrame(Opcode.BINARY, b"\xff" * 40).serialize(mask=True)
    oversize = WebSocketFrame(Opcode.BINARY, bytes(limits.LINK_FRAME_BYTES + 1))
    async with linked(hub, federation.councils[0]) as link:
        link.transport.write(garbage + oversize.serialize(mask=True))
        assert await close_code(link) == 1009


async def test_frames_for_no_delivery_are_dropped(hub: RunningHub, federation: Federation) -> None:
    council = federation.councils[0]
    async with linked(hub, council) as link:
        for kind in FrameType:
            await link.send(Frame(kind, 4_000_000_000, b"nobody waits").encode())
        async with asked(hub, make_round(federation.asker, [council]).bundle) as lines:
            await answer(link, council)
            assert isinstance(await anext(lines), ReplyLine)


async def test_ninth_link_of_a_member_is_refused_and_another_members_is_not(
    hub: RunningHub, federation: Federation
) -> None:
    council, other, _ = federation.councils
    async with AsyncExitStack() as stack:
        for _ in range(MOST_LINKS_PER_MEMBER):
            await stack.enter_async_context(linked(hub, council))
        async with dialled(hub) as ninth:
            await ninth.send(introduction(await challenge_of(ninth), council))
            assert await close_code(ninth) == REFUSED
        await stack.enter_async_context(linked(hub, other))
        assert await hub.members_linked() == 2
    await until(lambda: _is_linked(hub, 0))
    async with linked(hub, council):
        assert await hub.members_linked() == 1


async def test_link_of_a_member_that_the_directory_drops_is_closed(
    own_federation: Federation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_module, "STANDING_SECONDS", 0.05)
    monkeypatch.setattr("hub.directory.CHECK_SECONDS", 0.0)
    dropped, rekeyed, kept = own_federation.councils
    async with (
        running_hub(own_federation) as hub,
        linked(hub, dropped) as closing,
        linked(hub, rekeyed) as closing_too,
        linked(hub, kept) as link,
    ):
        own_federation.publish([own_federation.asker, Council.make(rekeyed.id), kept])
        assert await close_code(closing) == REFUSED
        assert await close_code(closing_too) == REFUSED
        async with asked(hub, make_round(own_federation.asker, [kept]).bundle) as lines:
            await answer(link, kept)
            assert isinstance(await anext(lines), ReplyLine)


async def test_link_outlives_a_directory_that_is_missing_for_a_while(
    own_federation: Federation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_module, "STANDING_SECONDS", 0.01)
    monkeypatch.setattr("hub.directory.CHECK_SECONDS", 0.0)
    council = own_federation.councils[0]
    timestamp = own_federation.published / "metadata" / "timestamp.json"
    away = timestamp.with_suffix(".away")
    async with running_hub(own_federation) as hub, linked(hub, council) as link:
        timestamp.rename(away)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await link.recv()
        away.rename(timestamp)
        async with asked(hub, make_round(own_federation.asker, [council]).bundle) as lines:
            await answer(link, council)
            assert isinstance(await anext(lines), ReplyLine)


async def test_stopping_the_hub_closes_its_links(federation: Federation) -> None:
    async with AsyncExitStack() as stack:
        async with running_hub(federation) as hub:
            link = await stack.enter_async_context(linked(hub, federation.councils[0]))
        assert await close_code(link) == 1012


async def test_websocket_elsewhere_is_refused(hub: RunningHub) -> None:
    reader, writer = await hub.dial()
    writer.write(
        b"GET /v1/rounds HTTP/1.1\r\nHost: hub\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
    )
    assert (await read_to_end(reader)).startswith(b"HTTP/1.1 403 ")


async def _is_linked(hub: RunningHub, members: int) -> bool:
    return await hub.members_linked() == members
