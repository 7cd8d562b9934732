"""Where the attacks are run: real rooms in one process, some of them in the attacker's hands."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import respx

from node.asking.asker import Lookups, MemberResult, PreparedLookup
from node.evaluating.evaluator import Evaluator
from node.federation.rounds import RoundSender, make_client
from node.ledger.entries import AnsweredEntry, open_answered
from node.ledger.ledger import Ledger
from node.receiving.receiver import Receiver
from protocol.identifiers import MemberId
from protocol.sealing.envelope import (
    Kind,
)
from tests.node.small_federation import (
    DIRECTORY,
    NOW_MS,
    STORE_KEY,
    STRANGER_ENTRIES,
    AnsweringCouncil,
    FakeClock,
    child,
    council,
    enquiry,
    prepare,
)
from tests.node.small_hub import Receive, SmallHub

ASKER = council(1)
HOLDER = council(2)
"""Whose rooms are real, and who holds what the attacker is after."""

ROGUE = council(3)
"""A member in the attacker's hands: its keys are real."""

MARY = prepare(enquiry(child()))
"""A question about a child whom the holder knows."""

STRANGER = prepare(enquiry(child(**STRANGER_ENTRIES)))
"""A question about one whom nobody knows."""

HUBS = ("http://hub-a.test", "http://hub-b.test")


def receiver_of(holder: AnsweringCouncil) -> Receive:
    """Return the holder's way in, over all that a node checks."""
    rooms = {Kind.LOOKUP: holder.room}
    return Receiver(
        HOLDER.id,
        HOLDER.keys.signing,
        HOLDER.keys.sealing,
        holder.ledger,
        lambda: DIRECTORY,
        rooms,
        holder.clock,
    ).receive


@asynccontextmanager
async def sender_over(hubs: Sequence[SmallHub]) -> AsyncIterator[RoundSender]:
    """Give a sender that knows these hubs, in this order."""
    async with AsyncExitStack() as stack:
        router = stack.enter_context(respx.mock(assert_all_called=False))
        for url, hub in zip(HUBS, hubs, strict=False):
            router.post(f"{url}/v1/rounds").mock(side_effect=hub.round)
        client = await stack.enter_async_context(make_client())
        yield RoundSender(client, lambda: HUBS[: len(hubs)])


def ask_over(
    hubs: Sequence[SmallHub], prepared: PreparedLookup, ledger: Ledger
) -> dict[MemberId, MemberResult]:
    """Ask as an honest member does; return what its practitioner is shown."""
    clock = FakeClock(NOW_MS)

    async def run() -> dict[MemberId, MemberResult]:
        async with sender_over(hubs) as sender:
            evaluator = Evaluator(ASKER.id, ASKER.keys, sender, clock)
            lookups = Lookups(ASKER.id, ASKER.keys, evaluator, sender, ledger, STORE_KEY, clock)
            asked = lookups.ask(DIRECTORY, prepared)
            return {result.member.id: result async for result in asked}

    return asyncio.run(run())


def rows_of(ledger: Ledger) -> list[AnsweredEntry]:
    """Return what the ledger has of every question, oldest first."""
    return [
        open_answered(STORE_KEY, sealed, round_id)
        for round_id, sealed in ledger.entries(Kind.LOOKUP)
    ]
