"""`python -m tests.bench.links URL NUMBER MODE`: members' ends of links, each answering at once.

Says `linked` when all are open, and answers until it is told to stop.
"""

import asyncio
import os
import sys
from collections.abc import Callable
from enum import StrEnum
from functools import partial

import typer
from websockets.asyncio.client import ClientConnection, connect

from protocol import limits
from protocol.messages.link import WELCOME, Challenge, Frame, FrameType, Introduction
from protocol.messages.lookup import Answer
from protocol.messages.vocabulary import Outcome
from protocol.sealing.envelope import (
    Kind,
    open_request,
    parse_request,
    reply_bytes,
    seal_reply,
)
from tests.bench.members import member
from tests.hub.federation import Council, now_ms


class Mode(StrEnum):
    """What a link is to, and what it answers."""

    BARE = "bare"
    """A server without handshake; made-up bytes of an answer's length."""
    HUB = "hub"
    """A hub; made-up bytes of an answer's length."""
    SEALED = "sealed"
    """A hub; *not known*, sealed and signed."""


def main(url: str, number: int, mode: Mode) -> None:
    asyncio.run(_serve_all(url, number, mode))


async def _serve_all(url: str, number: int, mode: Mode) -> None:
    connections = [await _link(url, member(at), mode) for at in range(1, number + 1)]
    typer.echo("linked")
    async with asyncio.TaskGroup() as group:
        for at, connection in enumerate(connections, 1):
            group.create_task(_answer(connection, _answering(member(at), mode)))


async def _link(url: str, council: Council, mode: Mode) -> ClientConnection:
    connection = await connect(
        url, max_size=limits.LINK_FRAME_BYTES, compression=None, proxy=None, ping_interval=None
    )
    if mode is not Mode.BARE:
        challenge = Challenge.decode(_binary(await connection.recv()))
        introduction = Introduction.make(
            challenge, council.id, os.urandom(32), now_ms(), council.signing
        )
        await connection.send(introduction.encode())
        if _binary(await connection.recv()) != WELCOME:
            raise RuntimeError("not welcome")
    return connection


async def _answer(connection: ClientConnection, reply_to: Callable[[bytes], bytes]) -> None:
    async for message in connection:
        frame = Frame.decode(_binary(message))
        reply = Frame(FrameType.REPLY, frame.delivery, reply_to(frame.content))
        await connection.send(reply.encode())


def _answering(council: Council, mode: Mode) -> Callable[[bytes], bytes]:
    if mode is Mode.SEALED:
        return partial(_not_known, council)
    made_up = os.urandom(reply_bytes(Kind.LOOKUP))
    return lambda _envelope: made_up


def _not_known(council: Council, envelope: bytes) -> bytes:
    request = parse_request(envelope)
    secret, _ = open_request(request, council.sealing)
    body = Answer(Outcome.NOT_KNOWN).encode()
    return seal_reply(request, secret, os.urandom(32), body, council.signing)


def _binary(message: str | bytes) -> bytes:
    if isinstance(message, str):
        raise TypeError("a text message")
    return message


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Mode(sys.argv[3]))
