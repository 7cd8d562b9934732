"""Five keyholders with real rooms, and an honest asker of theirs."""

import asyncio
from contextlib import ExitStack, closing
from pathlib import Path

from node.evaluating.evaluator import Evaluator
from node.evaluating.evidence import KeyholderEvidence
from node.keyholding.evaluation import EvaluationRoom
from node.receiving.receiver import Receiver
from protocol.directory.members import Directory
from protocol.identifiers import MemberId
from protocol.sealing.envelope import Kind
from tests.attacks.arena import ASKER, sender_over
from tests.node.small_federation import (
    DIRECTORY,
    KEYHOLDERS,
    STORE_KEY,
    FakeClock,
    council,
    key_share,
    new_ledger,
)
from tests.node.small_hub import Receive, SmallHub

INPUT = b"a match key"


class Keyholders:
    """Five keyholders, each with its own share unless it is given another."""

    def __init__(self, folder: Path, directory: Directory = DIRECTORY) -> None:
        self.open = ExitStack()
        self.directory = directory
        self.shares = {number: key_share(number) for number in range(1, KEYHOLDERS + 1)}
        self.members = {council(number).id: self._receive(number, folder) for number in self.shares}

    def _receive(self, number: int, folder: Path) -> Receive:
        ledger = self.open.enter_context(closing(new_ledger(folder / f"{number}.db")))
        room = EvaluationRoom(lambda: self.shares[number], ledger, STORE_KEY)
        member = council(number)
        return Receiver(
            member.id,
            member.keys.signing,
            member.keys.sealing,
            ledger,
            lambda: self.directory,
            {Kind.EVALUATION: room},
            FakeClock(),
        ).receive


def evaluate(
    hubs: list[SmallHub],
    directory: Directory = DIRECTORY,
    kept: list[KeyholderEvidence] | None = None,
) -> tuple[bytes, dict[MemberId, str]]:
    """Return the token that an honest asker gets, and what it holds against which keyholder.

    The evidence that it keeps goes to `kept`.

    Raises:
        AskError: it gets none; says why of each keyholder.
    """

    evidence = [] if kept is None else kept

    def keep(found: KeyholderEvidence) -> bool:
        evidence.append(found)
        return True

    async def run() -> tuple[bytes, dict[MemberId, str]]:
        async with sender_over(hubs) as sender:
            evaluator = Evaluator(ASKER.id, ASKER.keys, sender, FakeClock(), keep)
            (token,), report = await evaluator.lookup_tokens(directory, [INPUT])
            return token, report.problems

    return asyncio.run(run())
