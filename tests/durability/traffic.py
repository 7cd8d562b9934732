"""What the other members send a node until it dies, and what they send it again afterwards."""

import asyncio
import itertools
from collections.abc import Callable, Iterator, Sequence

from protocol.messages.lookup import Answer
from protocol.messages.stream import FailureReason
from protocol.messages.vocabulary import Outcome
from protocol.sealing.envelope import Kind, open_reply
from tests.durability.asking import US, Asker, Exchange, asker_at, evaluation, lookup, post
from tests.durability.polling import PATIENCE_SECONDS

SENDERS = (1, 3, 4, 5, 6)
AT_ONCE = 4
SENT_TWICE = 5
"""Of so many requests one is sent twice at once, as over two hubs."""

PAUSE_SECONDS = 0.02


def answer_of(made: Exchange, reply: bytes) -> Answer:
    """Open a reply as the asker does."""
    return Answer.decode(open_reply(reply, made.sent, US.keys.signing.public_key()))


async def ask_until(url: str, is_over: Callable[[], bool]) -> list[Exchange]:
    """Send requests of every kind until it is over; return them with the replies that came."""
    exchanges: list[Exchange] = []
    requests = _requests()

    async def ask_on(asker: Asker) -> None:
        while not is_over():
            made = next(requests)
            exchanges.append(made)
            times = 1 if len(exchanges) % SENT_TWICE else 2
            await asyncio.gather(*(_send(asker, made, is_over) for _ in range(times)))

    async with asker_at(url) as asker, asyncio.timeout(PATIENCE_SECONDS):
        await asyncio.gather(*(ask_on(asker) for _ in range(AT_ONCE)))
    return exchanges


async def assert_said_again(url: str, exchanges: Sequence[Exchange]) -> None:
    """The restarted node gives every reply again, to the same bytes alone, and answers the rest."""
    async with asker_at(url) as asker:
        await asyncio.gather(*(_assert_said_again(asker, each) for each in exchanges))


async def _assert_said_again(asker: Asker, made: Exchange) -> None:
    reply = await asker.send_when_linked(made, PATIENCE_SECONDS)
    if made.reply is not None:
        assert reply == made.reply
        assert await asker.send(made.with_other_bytes()) is FailureReason.DECLINED
    elif made.header.kind is not Kind.POST:  # of post, a node takes so much in an interval
        assert isinstance(reply, bytes)
        assert _is_unsure(made, reply) or await asker.send(made) == reply


async def outcomes_of(url: str, exchanges: list[Exchange]) -> tuple[Outcome, Outcome]:
    """Ask about the child that is held first, and about the other; return what is said.

    `exchanges` gets both.
    """
    said = []
    async with asker_at(url) as asker:
        for is_hit in (True, False):
            made = lookup(1, is_hit=is_hit)
            exchanges.append(made)
            reply = await asker.send_when_linked(made, PATIENCE_SECONDS)
            assert isinstance(reply, bytes)
            said.append(answer_of(made, reply).outcome)
    return said[0], said[1]


def _requests() -> Iterator[Exchange]:
    """Give requests without end: mostly questions and evaluations, of every member in turn."""
    for number, sender in zip(itertools.count(), itertools.cycle(SENDERS)):
        yield lookup(sender, is_hit=True)
        yield evaluation(sender)
        yield lookup(sender, is_hit=False)
        yield post(sender)
        if number % len(SENDERS) == 0:
            yield evaluation(sender, Kind.IMPORT_EVALUATION)


async def _send(asker: Asker, made: Exchange, is_over: Callable[[], bool]) -> None:
    """Send a request until the node is linked, and keep the reply if it is one to be kept."""
    reply = await asker.send(made)
    while reply is FailureReason.UNREACHABLE and not is_over():
        await asyncio.sleep(PAUSE_SECONDS)
        reply = await asker.send(made)
    if isinstance(reply, bytes) and not _is_unsure(made, reply):
        assert made.reply in {None, reply}, "two replies to one request"
        made.reply = reply


def _is_unsure(made: Exchange, reply: bytes) -> bool:
    """Whether a reply is *cannot answer*, which writes no row and need not be said again."""
    is_lookup = made.header.kind is Kind.LOOKUP
    return is_lookup and answer_of(made, reply).outcome is Outcome.CANNOT_ANSWER
