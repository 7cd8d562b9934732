"""Reusing a reply key: one request, answered by two texts under one key.

Across a retry, two hubs, a restart, two workers, and a ledger that was lost.
"""

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from node.answering.lookup import LookupRoom
from node.keyholding.evaluation import EvaluationRoom
from node.keyholding.share import KeyShare
from node.ledger.ledger import Ledger
from node.post.room import PostRoom
from node.receiving.receiver import Receiver
from node.receiving.request import Answering
from protocol.matching.keys import MATCHING_VERSION
from protocol.messages.evaluation import EvaluationRequest, batch_size
from protocol.messages.post import MESSAGE_ID_BYTES, PostMessage, PostType
from protocol.messages.vocabulary import Outcome
from protocol.oprf import group
from protocol.sealing.cell import SALT_BYTES
from protocol.sealing.envelope import (
    REPLY_HEADER_BYTES,
    Kind,
    SentRequest,
    open_request,
    parse_request,
)
from protocol.sealing.signing import SIGNATURE_BYTES
from tests.attacks.arena import HOLDER, MARY, ROGUE
from tests.node.small_federation import (
    DIRECTORY,
    STORE_KEY,
    AnsweringCouncil,
    ask,
    child,
    key_share,
    load,
    make_header,
    new_ledger,
    record,
    seal,
    secret_scalar,
    subset_of,
)
from tests.node.small_hub import Receive

DELIVERIES_AT_ONCE = 4


def own_share() -> KeyShare | None:
    return key_share(HOLDER.index)


def worker(
    holder: AnsweringCouncil, ledger: Ledger, share: Callable[[], KeyShare | None] = own_share
) -> Receive:
    """Return one worker of the node: its rooms over one opening of the ledger's file."""
    evaluation = EvaluationRoom(share, ledger, STORE_KEY)
    rooms: dict[Kind, Answering] = {
        Kind.EVALUATION: evaluation,
        Kind.IMPORT_EVALUATION: evaluation,
        Kind.LOOKUP: LookupRoom(
            holder.store, holder.index, ledger, lambda: holder.policy, STORE_KEY
        ),
        Kind.POST: PostRoom(ledger, STORE_KEY),
    }
    return Receiver(
        HOLDER.id,
        HOLDER.keys.signing,
        HOLDER.keys.sealing,
        ledger,
        lambda: DIRECTORY,
        rooms,
        holder.clock,
    ).receive


def request(kind: Kind) -> SentRequest:
    """Return a fresh request that the node acts upon."""
    if kind is Kind.LOOKUP:
        return ask(MARY).sent
    if kind is Kind.POST:
        body = PostMessage(os.urandom(MESSAGE_ID_BYTES), PostType.NOISE, b"").encode()
    else:
        element = group.multiply_base(secret_scalar("an element"))
        elements, subset = (element,) * batch_size(kind), subset_of(kind, HOLDER.index)
        body = EvaluationRequest(1, MATCHING_VERSION, elements, subset).encode()
    return seal(make_header(kind, ROGUE, HOLDER), body)


def deliver(receive: Receive, envelope: bytes, times: int = 1) -> list[bytes | None]:
    """Deliver an envelope, over as many hubs at once as `times`."""

    async def run() -> list[bytes | None]:
        return list(await asyncio.gather(*(receive(envelope) for _ in range(times))))

    return asyncio.run(run())


def over_a_retry(holder: AnsweringCouncil, path: Path, envelope: bytes) -> list[bytes | None]:
    with closing(Ledger(path)) as ledger:
        receive = worker(holder, ledger)
        return deliver(receive, envelope) + deliver(receive, envelope)


def over_two_hubs(holder: AnsweringCouncil, path: Path, envelope: bytes) -> list[bytes | None]:
    with closing(Ledger(path)) as ledger:
        return deliver(worker(holder, ledger), envelope, DELIVERIES_AT_ONCE)


def over_a_restart(holder: AnsweringCouncil, path: Path, envelope: bytes) -> list[bytes | None]:
    replies = []
    for _ in range(2):
        with closing(Ledger(path)) as ledger:
            replies += deliver(worker(holder, ledger), envelope)
    return replies


def over_two_workers(holder: AnsweringCouncil, path: Path, envelope: bytes) -> list[bytes | None]:
    together = threading.Barrier(2)

    def one(ledger: Ledger) -> list[bytes | None]:
        receive = worker(holder, ledger)
        together.wait()
        return deliver(receive, envelope, DELIVERIES_AT_ONCE)

    with (
        closing(Ledger(path)) as first,
        closing(Ledger(path)) as second,
        ThreadPoolExecutor(2) as pool,
    ):
        return [reply for replies in pool.map(one, (first, second)) for reply in replies]


WAYS = [over_a_retry, over_two_hubs, over_a_restart, over_two_workers]
KINDS = list(Kind)
TRIES = {kind: 2 if kind is Kind.IMPORT_EVALUATION else 5 for kind in Kind}


@pytest.fixture
def ledger_path(tmp_path: Path) -> Path:
    path = tmp_path / "node.db"
    new_ledger(path).close()
    return path


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", WAYS)
def test_reusing_a_reply_key_gives_the_hub_the_same_bytes_again_and_never_others(
    holder: AnsweringCouncil,
    ledger_path: Path,
    way: Callable[[AnsweringCouncil, Path, bytes], list[bytes | None]],
    kind: Kind,
) -> None:
    for number in range(1, TRIES[kind] + 1):
        replies = way(holder, ledger_path, request(kind).envelope)
        assert len(replies) >= 2
        assert None not in replies
        assert len(set(replies)) == 1
        with closing(Ledger(ledger_path)) as ledger:
            assert ledger.requests_received() == {kind: number}


@pytest.mark.parametrize("kind", KINDS)
def test_reusing_a_reply_key_after_the_ledger_is_lost_takes_another_salt(
    holder: AnsweringCouncil, tmp_path: Path, kind: Kind
) -> None:
    """A ledger put back from a backup forgets what was answered: two texts, so two keys.

    An import's evaluations are the same again, to the byte: one text, so one key.
    """
    envelope = request(kind).envelope
    replies = []
    for name in ("before.db", "after.db"):
        with closing(new_ledger(tmp_path / name)) as ledger:
            replies += deliver(worker(holder, ledger), envelope)
    if kind is Kind.IMPORT_EVALUATION:
        assert len(set(replies)) == 1
    else:
        assert_two_texts_under_two_salts(replies)


@pytest.mark.parametrize("kind", [Kind.EVALUATION, Kind.IMPORT_EVALUATION])
def test_reusing_a_reply_key_after_a_refusal_that_left_no_row_takes_another_salt(
    holder: AnsweringCouncil, ledger_path: Path, kind: Kind
) -> None:
    """The keyholder has no share yet when it is asked first, and has it for the same bytes."""
    envelope = request(kind).envelope
    with closing(Ledger(ledger_path)) as ledger:
        replies = deliver(worker(holder, ledger, lambda: None), envelope)
        assert ledger.requests_received() == {}
        replies += deliver(worker(holder, ledger), envelope)
    assert_two_texts_under_two_salts(replies)


def test_reusing_a_reply_key_after_a_cannot_answer_that_left_no_row_takes_another_salt(
    answering: AnsweringCouncil, ledger_path: Path
) -> None:
    """The same question again, once the tables of what was loaded are built."""
    load(answering.store, [record(child())])
    asked = ask(MARY)
    with closing(Ledger(ledger_path)) as ledger:
        receive = worker(answering, ledger)
        replies = deliver(receive, asked.sent.envelope, times=2)
        assert ledger.requests_received() == {}
        answering.index.refresh()
        replies += deliver(receive, asked.sent.envelope)
    told = [asked.read(reply).outcome for reply in replies]
    assert told == [Outcome.CANNOT_ANSWER, Outcome.CANNOT_ANSWER, Outcome.KNOWN]
    assert len({salt_of(reply) for reply in replies if reply}) == 3


def assert_two_texts_under_two_salts(replies: list[bytes | None]) -> None:
    sent = [reply for reply in replies if reply]
    assert len({reply[REPLY_HEADER_BYTES:-SIGNATURE_BYTES] for reply in sent}) == 2
    assert len({salt_of(reply) for reply in sent}) == 2


def salt_of(reply: bytes) -> bytes:
    return reply[REPLY_HEADER_BYTES - SALT_BYTES : REPLY_HEADER_BYTES]


@pytest.mark.parametrize("kind", KINDS)
def test_reusing_a_reply_key_with_other_bytes_under_the_same_round_gets_nothing(
    holder: AnsweringCouncil, ledger_path: Path, kind: Kind
) -> None:
    first = request(kind)
    other = seal(first.header, request_body(first))
    with closing(Ledger(ledger_path)) as ledger:
        receive = worker(holder, ledger)
        assert deliver(receive, first.envelope) != [None]
        assert other.envelope != first.envelope
        assert deliver(receive, other.envelope) == [None]


def request_body(sent: SentRequest) -> bytes:
    return open_request(parse_request(sent.envelope), HOLDER.keys.sealing)[1]
