"""A member's own keys in hands that answer as they like, linked to the real hubs."""

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from node.clock import system_clock
from node.federation.links import LinkKeeper, Receive
from node.opening import OpenFolder
from protocol.messages.lookup import Answer, Question
from protocol.sealing.cell import SALT_BYTES
from protocol.sealing.envelope import (
    Kind,
    SealedRequest,
    open_request,
    parse_request,
    seal_reply,
)
from tests.properties.observed import ObservedFederation

Reply = Callable[[OpenFolder, SealedRequest, Question], Answer]


@dataclass(slots=True)
class Rogue:
    """`reply` may be changed at any time."""

    reply: Reply


@contextmanager
def rogue_in_place_of(federation: ObservedFederation, name: str, reply: Reply) -> Iterator[Rogue]:
    """Answer a council's questions by `reply`; its own node comes back afterwards."""
    rogue = Rogue(reply)
    federation.kill(federation.plan(name).id)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        with federation.inside(name) as opened:
            links = LinkKeeper(
                opened.settings.member, opened.keys.signing, _receiver(opened, rogue), system_clock
            )
            hubs = opened.directory.current().hubs
            loop.call_soon_threadsafe(links.set_hubs, hubs)
            federation.wait("the rogue to link", lambda: len(links.linked) == len(hubs))
            try:
                yield rogue
            finally:
                asyncio.run_coroutine_threadsafe(links.close(), loop).result(30)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
        federation.restart(name)


def _receiver(opened: OpenFolder, rogue: Rogue) -> Receive:
    async def receive(envelope: bytes) -> bytes | None:
        sealed = parse_request(envelope)
        if sealed.header.kind is not Kind.LOOKUP:
            return None
        secret, body = open_request(sealed, opened.keys.sealing)
        answer = rogue.reply(opened, sealed, Question.decode(body)).encode()
        return seal_reply(sealed, secret, os.urandom(SALT_BYTES), answer, opened.keys.signing)

    return receive
