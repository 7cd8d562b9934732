"""Keyholders of a bench, each in a process of its own as in life, and the way to them."""

import asyncio
import multiprocessing
import threading
from collections.abc import AsyncGenerator, Mapping
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path

import httpx

from node.federation.rounds import Delivery, RoundSender, _open
from node.keyholding.evaluation import EvaluationRoom
from node.keyholding.share import KeyShare
from node.receiving.receiver import Receiver
from protocol.directory.members import Directory
from protocol.identifiers import MemberId
from protocol.messages.stream import ReplyLine
from protocol.oprf import group
from protocol.oprf.group import Element, Scalar
from protocol.sealing.envelope import Kind, SentRequest
from tests.bench.measuring import cpu_of
from tests.node.small_federation import (
    STORE_KEY,
    FakeClock,
    council,
    key_share,
    make_directory,
    new_ledger,
)

DIRECTORY = make_directory(limits={6: {"declared_records": 1_000_000}})
_PROCESSES = multiprocessing.get_context("spawn")


MULTIPLICATIONS = 16
"""How many a keyholder times after each answer: the reference, at the same time and beside the same
work."""


class Keyholder:
    """A keyholder's process. It works on one batch at a time."""

    def __init__(self, number: int, folder: Path) -> None:
        self._ours, theirs = _PROCESSES.Pipe()
        self._process = _PROCESSES.Process(
            target=_serve, args=(number, folder, theirs), daemon=True
        )
        self._process.start()
        theirs.close()
        self._ours.recv()
        self._turn = threading.Lock()
        self.answers = 0
        self.multiplying_seconds = 0.0
        """CPU seconds of `MULTIPLICATIONS` for each answer."""

    @property
    def pid(self) -> int:
        pid = self._process.pid
        if pid is None:
            raise RuntimeError("the keyholder does not run")
        return pid

    def answer(self, envelope: bytes) -> bytes | None:
        with self._turn:
            self._ours.send(envelope)
            reply: bytes | None
            reply, seconds = self._ours.recv()
            self.answers += 1
            self.multiplying_seconds += seconds
            return reply

    def close(self) -> None:
        self._ours.close()
        self._process.join()


Said = tuple[bytes | None, float]


def _serve(number: int, folder: Path, asker: "Connection[Said, bytes]") -> None:
    member, share = council(number), key_share(number)
    element = group.multiply_base(share.share)

    def own() -> KeyShare:
        return share

    with closing(new_ledger(folder / f"{number}.db")) as ledger:
        room = EvaluationRoom(own, ledger, STORE_KEY)
        receiver = Receiver(
            member.id,
            member.keys.signing,
            member.keys.sealing,
            ledger,
            lambda: DIRECTORY,
            {Kind.IMPORT_EVALUATION: room},
            FakeClock(),
        )
        asker.send((None, 0.0))
        while True:
            try:
                envelope = asker.recv()
            except EOFError:
                return
            reply, _ = receiver._answer(envelope)
            asker.send((reply, cpu_of(lambda: _multiply(share.share, element))))


def _multiply(scalar: Scalar, element: Element) -> None:
    for _ in range(MULTIPLICATIONS):
        group.multiply(scalar, element)


class Sender(RoundSender):
    """The way to keyholders, in place of hubs."""

    def __init__(self, keyholders: Mapping[MemberId, Keyholder]) -> None:
        super().__init__(httpx.AsyncClient(), list)
        self._keyholders = keyholders

    async def run(
        self, directory: Directory, sent: Mapping[MemberId, SentRequest], bundle: bytes
    ) -> AsyncGenerator[Delivery, None]:
        del bundle
        replies = [self._reply(directory, request) for request in sent.values()]
        for reply in asyncio.as_completed(replies):
            yield await reply

    async def _reply(self, directory: Directory, request: SentRequest) -> Delivery:
        member = request.header.recipient
        keyholder = self._keyholders[member]
        reply = await asyncio.to_thread(keyholder.answer, request.envelope)
        if reply is None:
            raise RuntimeError("a keyholder has declined")
        return _open(directory, request, ReplyLine.of(member, reply))
