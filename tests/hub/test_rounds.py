"""Rounds through a running hub: what goes out, what comes back, and how a round ends early."""

import asyncio
from collections.abc import MutableMapping
from contextlib import AsyncExitStack
from typing import Any

import pytest
from fastapi import FastAPI

from hub import links, server
from protocol import limits
from protocol.identifiers import MemberId
from protocol.messages.link import FrameType
from protocol.messages.stream import EndLine, FailureLine, FailureReason, Line, ReplyLine
from protocol.sealing.envelope import Kind, open_reply, reply_body_bytes, reply_bytes
from tests.hub.federation import Council, Federation, make_round
from tests.hub.running import (
    RunningHub,
    answer,
    asked,
    linked,
    make_app,
    receive_frame,
    running_hub,
    send_frame,
    until,
)

pytestmark = pytest.mark.anyio

UNREACHABLE = FailureReason.UNREACHABLE
TIMED_OUT = FailureReason.TIMED_OUT
DECLINED = FailureReason.DECLINED
BUSY = FailureReason.BUSY


def failures(lines: list[Line]) -> dict[str, FailureReason]:
    return {line.member: line.reason for line in lines if isinstance(line, FailureLine)}


@pytest.mark.parametrize("kind", list(Kind))
async def test_carries_each_envelope_to_its_member_and_the_reply_back(
    hub: RunningHub, federation: Federation, kind: Kind
) -> None:
    council = federation.councils[0]
    question = make_round(federation.asker, [council], kind)
    async with linked(hub, council) as link, asked(hub, question.bundle) as lines:
        frame = await receive_frame(link)
        assert frame.content == question.sent[council.id].envelope
        await send_frame(link, FrameType.REPLY, frame, council.reply(frame.content))
        line = await anext(lines)
        assert isinstance(line, ReplyLine)
        body = open_reply(
            line.reply_bytes(), question.sent[council.id], council.signing.public_key()
        )
        assert body == b"\7" * reply_body_bytes(kind)
        assert await anext(lines) == EndLine(members=1)


async def test_streams_replies_as_they_come_and_ends_with_an_end_line(
    hub: RunningHub, federation: Federation
) -> None:
    order = [federation.councils[place] for place in (2, 0, 1)]
    async with AsyncExitStack() as stack:
        open_links = {
            council.id: await stack.enter_async_context(linked(hub, council))
            for council in federation.councils
        }
        lines = await stack.enter_async_context(asked(hub, federation.ask().bundle))
        for council in order:
            await answer(open_links[council.id], council)
            line = await anext(lines)  # before anybody else has answered
            assert isinstance(line, ReplyLine)
            assert line.member == council.id
        assert await anext(lines) == EndLine(members=3)
        with pytest.raises(StopAsyncIteration):
            await anext(lines)


async def test_member_without_a_link_is_unreachable(
    hub: RunningHub, federation: Federation
) -> None:
    lines = await hub.run(federation.ask().bundle)
    assert failures(lines) == {council.id: UNREACHABLE for council in federation.councils}
    assert lines[-1] == EndLine(members=3)


async def test_member_that_declines_is_a_failure_line(
    hub: RunningHub, federation: Federation
) -> None:
    council = federation.councils[0]
    question = make_round(federation.asker, [council])
    async with linked(hub, council) as link, asked(hub, question.bundle) as lines:
        await send_frame(link, FrameType.DECLINED, await receive_frame(link))
        assert await anext(lines) == FailureLine(member=council.id, reason=DECLINED)


@pytest.mark.parametrize("off_by", [-1, 1, -reply_bytes(Kind.POST)])
async def test_reply_of_another_size_than_its_kind_is_not_passed_on(
    hub: RunningHub, federation: Federation, off_by: int
) -> None:
    council = federation.councils[0]
    question = make_round(federation.asker, [council])
    async with linked(hub, council) as link, asked(hub, question.bundle) as lines:
        frame = await receive_frame(link)
        await send_frame(link, FrameType.REPLY, frame, bytes(reply_bytes(Kind.POST) + off_by))
        assert await anext(lines) == FailureLine(member=council.id, reason=DECLINED)


async def test_silent_member_times_out_and_its_late_reply_is_dropped(
    hub: RunningHub, federation: Federation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ROUND_SECONDS", 0.05)
    council = federation.councils[0]
    async with linked(hub, council) as link:
        lines = await hub.run(make_round(federation.asker, [council]).bundle)
        assert failures(lines) == {council.id: TIMED_OUT}
        await answer(link, council)
        monkeypatch.undo()
        async with asked(hub, make_round(federation.asker, [council]).bundle) as later:
            await answer(link, council)
            assert isinstance(await anext(later), ReplyLine)


async def test_link_lost_in_the_middle_of_a_round_is_unreachable_at_once(
    hub: RunningHub, federation: Federation
) -> None:
    first, second, _ = federation.councils
    question = make_round(federation.asker, [first, second])
    async with linked(hub, second) as steady, AsyncExitStack() as stack:
        lost = await stack.enter_async_context(linked(hub, first))
        async with asked(hub, question.bundle) as lines:
            await receive_frame(lost)
            lost.transport.abort()
            assert await anext(lines) == FailureLine(member=first.id, reason=UNREACHABLE)
            await answer(steady, second)
            assert isinstance(await anext(lines), ReplyLine)
            assert await anext(lines) == EndLine(members=2)


async def test_link_lost_under_a_blocked_write_leaves_the_round_to_the_others(
    hub: RunningHub, federation: Federation
) -> None:
    stuck, steady, _ = federation.councils
    async with linked(hub, steady) as link, AsyncExitStack() as stack:
        lost = await stack.enter_async_context(linked(hub, stuck))
        lost.transport.pause_reading()
        blocked = []
        for _ in range(12):  # more than the sockets and the transport's buffer hold
            bundle = make_round(federation.asker, [stuck], Kind.IMPORT_EVALUATION).bundle
            blocked.append(await stack.enter_async_context(asked(hub, bundle)))
        question = make_round(federation.asker, [stuck, steady])
        lines = await stack.enter_async_context(asked(hub, question.bundle))
        frame = await receive_frame(link)
        lost.transport.abort()
        assert await anext(lines) == FailureLine(member=stuck.id, reason=UNREACHABLE)
        await send_frame(link, FrameType.REPLY, frame, steady.reply(frame.content))
        assert isinstance(await anext(lines), ReplyLine)
        assert await anext(lines) == EndLine(members=2)
        for other in blocked:
            assert await anext(other) == FailureLine(member=stuck.id, reason=UNREACHABLE)
            assert await anext(other) == EndLine(members=1)


async def test_two_links_of_one_member_share_the_load(
    hub: RunningHub, federation: Federation
) -> None:
    council = federation.councils[0]
    async with (
        linked(hub, council) as one,
        linked(hub, council) as other,
        AsyncExitStack() as stack,
    ):
        for _ in range(4):
            question = make_round(federation.asker, [council])
            await stack.enter_async_context(asked(hub, question.bundle))
        for link in (one, other, one, other):
            await receive_frame(link)


async def test_members_next_link_is_used_when_rounds_come_one_by_one(
    hub: RunningHub, federation: Federation
) -> None:
    council = federation.councils[0]
    async with linked(hub, council) as one, linked(hub, council) as other:
        for link in (other, one, other, one):
            async with asked(hub, make_round(federation.asker, [council]).bundle) as lines:
                await answer(link, council)
                assert isinstance(await anext(lines), ReplyLine)


async def test_one_of_two_links_dying_leaves_the_other(
    hub: RunningHub, federation: Federation
) -> None:
    council = federation.councils[0]

    def question() -> bytes:
        return make_round(federation.asker, [council]).bundle

    async with (
        linked(hub, council) as dying,
        linked(hub, council) as staying,
        asked(hub, question()) as one,
        asked(hub, question()) as other,
    ):
        await receive_frame(dying)
        frame = await receive_frame(staying)
        dying.transport.abort()
        await send_frame(staying, FrameType.REPLY, frame, council.reply(frame.content))
        assert {(await anext(one)).type, (await anext(other)).type} == {"failure", "reply"}
        async with asked(hub, question()) as later:
            await answer(staying, council)
            assert isinstance(await anext(later), ReplyLine)


async def test_full_link_leaves_deliveries_to_the_members_other_link(
    hub: RunningHub, federation: Federation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "MOST_DELIVERIES_PER_LINK", 1)
    council = federation.councils[0]

    def question() -> bytes:
        return make_round(federation.asker, [council]).bundle

    async with linked(hub, council) as stuck, AsyncExitStack() as stack:
        await stack.enter_async_context(asked(hub, question()))
        await receive_frame(stuck)
        async with linked(hub, council) as free:
            for _ in range(3):
                async with asked(hub, question()) as lines:
                    await answer(free, council)
                    assert isinstance(await anext(lines), ReplyLine)
            await stack.enter_async_context(asked(hub, question()))
            assert failures(await hub.run(question())) == {council.id: BUSY}


async def test_reply_under_another_members_delivery_number_reaches_nobody(
    hub: RunningHub, federation: Federation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ROUND_SECONDS", 0.2)
    first, second, _ = federation.councils
    question = make_round(federation.asker, [first])
    async with (
        linked(hub, first) as link,
        linked(hub, second) as other,
        asked(hub, question.bundle) as lines,
    ):
        frame = await receive_frame(link)
        await send_frame(other, FrameType.REPLY, frame, bytes(reply_bytes(Kind.POST)))
        assert await anext(lines) == FailureLine(member=first.id, reason=TIMED_OUT)


async def test_round_to_a_member_that_the_directory_does_not_list_is_unreachable(
    hub: RunningHub, federation: Federation
) -> None:
    stranger = Council.make("E09999999")
    lines = await hub.run(make_round(federation.asker, [stranger]).bundle)
    assert failures(lines) == {MemberId("E09999999"): UNREACHABLE}


async def test_hanging_up_in_the_middle_of_a_round_frees_its_place_and_its_deliveries(
    federation: Federation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "MOST_DELIVERIES_PER_LINK", 1)
    council = federation.councils[0]
    async with running_hub(federation, rounds_at_once=1) as hub, linked(hub, council) as link:
        for _ in range(3):
            async with asked(hub, make_round(federation.asker, [council]).bundle):
                await receive_frame(link)
                busy = await hub.post(make_round(federation.asker, [council]).bundle)
                assert busy.status_code == 503
            await until(lambda: _has_place(hub, federation))
        async with asked(hub, make_round(federation.asker, [council]).bundle) as lines:
            await answer(link, council)
            assert isinstance(await anext(lines), ReplyLine)


async def test_hanging_up_before_the_stream_begins_frees_the_place(
    federation: Federation,
) -> None:
    # Straight into the application: the response is made, and its stream never iterated.
    app = make_app(federation, rounds_at_once=1)
    for _ in range(3):
        sent = await _post_and_hang_up(app, federation.ask().bundle)
        assert [message.get("status") for message in sent] == [200]


async def _post_and_hang_up(app: FastAPI, bundle: bytes) -> list[MutableMapping[str, Any]]:
    """Post over a connection that takes nothing, and is lost; return what was to be sent."""
    scope = {
        "type": "http", "asgi": {"spec_version": "2.3"}, "http_version": "1.1", "method": "POST",
        "scheme": "http", "path": "/v1/rounds", "query_string": b"", "headers": [],
    }  # fmt: skip
    received = iter([{"type": "http.request", "body": bundle}])
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return next(received, {"type": "http.disconnect"})

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)
        await asyncio.Event().wait()

    async with asyncio.timeout(1):
        await app(scope, receive, send)
    return sent


async def test_reader_who_stops_reading_gives_up_its_place(
    federation: Federation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "REQUEST_SECONDS", 0.5)
    everybody = (federation.asker, *federation.councils)
    question = make_round(federation.asker, everybody, Kind.IMPORT_EVALUATION)
    async with running_hub(federation, rounds_at_once=1) as hub, AsyncExitStack() as stack:
        open_links = [await stack.enter_async_context(linked(hub, member)) for member in everybody]
        _, writer = await hub.dial()  # and never reads: its buffers hold a few kilobytes
        writer.write(_head(question.bundle) + question.bundle)
        for link, member in zip(open_links, everybody, strict=True):
            await answer(link, member)
        await until(lambda: _all_replied(hub, len(everybody)))
        assert await _is_busy(hub, federation)
        await until(lambda: _has_place(hub, federation))


async def _all_replied(hub: RunningHub, members: int) -> bool:
    return f'deliveries_total{{end="reply"}} {members}.0' in await hub.metrics()


async def _has_place(hub: RunningHub, federation: Federation) -> bool:
    """Ask nobody that is linked, so that the round ends at once."""
    question = make_round(federation.asker, [Council.make("E09999999")])
    return (await hub.post(question.bundle)).status_code == 200


async def _is_busy(hub: RunningHub, federation: Federation) -> bool:
    return not await _has_place(hub, federation)


def _head(bundle: bytes) -> bytes:
    head = f"POST /v1/rounds HTTP/1.1\r\nHost: hub\r\nContent-Length: {len(bundle)}\r\n\r\n"
    return head.encode()
