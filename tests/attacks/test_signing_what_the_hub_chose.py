"""Signing what the hub chose: a challenge that is really something to be signed."""

import asyncio

import pytest
from cryptography.exceptions import InvalidSignature
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from node.federation.links import LinkKeeper
from protocol import labels
from protocol.directory.document import HubEntry
from protocol.encoding import Writer
from protocol.errors import SignatureError
from protocol.identifiers import encode_member_id
from protocol.messages.link import Challenge, Introduction
from protocol.sealing.signing import verify_signature
from tests.attacks.arena import ASKER
from tests.node.small_federation import (
    DIRECTORY,
    NOW_MS,
    FakeClock,
)

SIGNATURES = (labels.ENVELOPE, labels.REPLY, labels.BUNDLE)


def signed_for(challenges: list[bytes]) -> list[bytes]:
    """Send a node challenges of a hub's own choice; return what it answers, b"" for nothing."""
    answers: list[bytes] = []

    async def run() -> None:
        done = asyncio.Event()

        async def hostile(connection: ServerConnection) -> None:
            await connection.send(challenges[len(answers)])
            try:
                answers.append(bytes(await connection.recv(decode=False)))
            except ConnectionClosed:
                answers.append(b"")
            if len(answers) == len(challenges):
                done.set()

        async def receive(envelope: bytes) -> bytes | None:
            return envelope

        async with serve(hostile, "127.0.0.1", 0) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            keeper = LinkKeeper(ASKER.id, ASKER.keys.signing, receive, FakeClock())
            keeper.set_hubs([HubEntry(id="hub-a", url=f"http://127.0.0.1:{port}")])
            try:
                await asyncio.wait_for(done.wait(), PATIENCE_SECONDS)
            finally:
                await keeper.close()

    asyncio.run(run())
    return answers


PATIENCE_SECONDS = 20.0
CHOSEN = bytes(range(32))
"""A nonce of the hub's own choice, such as the digest of something that it wants signed."""


def test_signing_what_the_hub_chose_gives_nothing_that_passes_for_another_message() -> None:
    (answer,) = signed_for([Challenge("hub-a", CHOSEN).encode()])
    introduction = Introduction.decode(answer)
    key = DIRECTORY.member(ASKER.id).signing_key
    signed = everything_signed(introduction)
    verify_signature(key, labels.LINK, signed, introduction.signature)  # the control
    for content in (signed, CHOSEN, answer[:-64], CHOSEN + answer[:-64]):
        for label in SIGNATURES:
            with pytest.raises(SignatureError):
                verify_signature(key, label, content, introduction.signature)
        with pytest.raises(InvalidSignature):
            key.verify(introduction.signature, content)


def everything_signed(introduction: Introduction) -> bytes:
    """Return what an introduction's signature is over, behind its label (spec 40 §1)."""
    return (
        Writer()
        .text("hub-a", 40)
        .raw(encode_member_id(introduction.node_id))
        .raw(CHOSEN)
        .raw(introduction.nonce)
        .integer(introduction.time_ms, 8)
        .done()
    )


def test_signing_what_the_hub_chose_is_never_over_the_same_bytes_twice() -> None:
    """The same nonce again: the node's own goes in too, so nothing is made to order."""
    first, second = signed_for([Challenge("hub-a", CHOSEN).encode()] * 2)
    assert Introduction.decode(first).nonce != Introduction.decode(second).nonce
    assert Introduction.decode(first).signature != Introduction.decode(second).signature


def test_signing_what_the_hub_chose_does_not_open_a_link_to_another_hub() -> None:
    """A hub passes on another hub's challenge, under its own name and under the other's."""
    others = Challenge("hub-b", CHOSEN)
    under_its_own, under_the_others = signed_for(
        [Challenge("hub-a", others.nonce).encode(), others.encode()]
    )
    assert under_the_others == b""
    with pytest.raises(SignatureError):
        Introduction.decode(under_its_own).verify(
            others, DIRECTORY.member(ASKER.id).signing_key, NOW_MS
        )
