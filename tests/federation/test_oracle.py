"""The oracle can go red: federations that are broken on purpose, each seen for what it is."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from functools import lru_cache
from typing import Any

import pytest

import hub.links
from node.answering import lookup
from node.answering.lookup import LookupRoom
from node.asking.asker import Lookups
from node.errors import NoHubError
from node.evaluating import batch, evaluator, judging
from node.evaluating.bulk import EvaluatedBatch
from node.evaluating.evaluator import Evaluator
from node.federation import rounds
from node.federation.rounds import Delivery, Failure, RoundSender
from node.ledger.ledger import Ledger, Received
from node.post.outbox import MemoryOutbox
from node.receiving.request import OpenedRequest
from protocol import limits
from protocol.directory.members import Directory, Member
from protocol.errors import ProofError, ProtocolError
from protocol.identifiers import MemberId, RoundId
from protocol.messages.vocabulary import Cause
from protocol.sealing.cell import REPLY_OVERHEAD_BYTES
from protocol.sealing.envelope import REPLY_HEADER_BYTES, SentRequest, open_reply
from protocol.sealing.signing import SIGNATURE_BYTES
from tests.federation.faults import Fault, HubFault, Lie, MemberFault, Point, Trouble
from tests.federation.federation import simulate
from tests.federation.member import SimulatedMember
from tests.federation.oracle import problems
from tests.federation.scenario import (
    Advance,
    Ask,
    Kill,
    LoadByKeyholders,
    Operation,
    Post,
    Scenario,
    Start,
)

Break = Callable[[pytest.MonkeyPatch], None]
FAR_MS = 10**15


def takes_a_hubs_word(patch: pytest.MonkeyPatch) -> None:
    """An asker that believes whatever stands where a reply should."""

    def open_or_believe(reply: bytes, sent: SentRequest, key: Any) -> bytes:
        try:
            return open_reply(reply, sent, key)
        except ProtocolError:
            return reply[REPLY_HEADER_BYTES : -SIGNATURE_BYTES - REPLY_OVERHEAD_BYTES]

    patch.setattr(rounds, "open_reply", open_or_believe)


def forgets_at_once(patch: pytest.MonkeyPatch) -> None:
    """A receiver without a memory of what it was asked."""
    find = Ledger.find

    def forget_and_find(self: Ledger, round_id: RoundId, sender: MemberId) -> Received | None:
        self.forget(FAR_MS)
        return find(self, round_id, sender)

    patch.setattr(Ledger, "find", forget_and_find)


def replies_anew(patch: pytest.MonkeyPatch) -> None:
    """A keyholder that gives out what it made last, not what it stored first."""
    forgets_at_once(patch)
    patch.setattr(Ledger, "complete", lambda _self, _request, reply: reply)


def takes_what_is_stale(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(limits, "FRESHNESS_MS", FAR_MS)


def guesses(patch: pytest.MonkeyPatch) -> None:
    """A node that answers from whatever tables it has."""
    patch.setattr(lookup, "_why_not", lambda *_: Cause.NONE)


def stops_at_a_false_reply(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(rounds, "_ELSEWHERE", frozenset({Failure.UNREACHABLE}))


def waits_for_ever(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(rounds, "READ_SECONDS", 200.0)


def checks_no_proof(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(batch, "verify_partial", lambda *_: None)


def accuse(*_: object) -> None:
    raise ProofError("evaluation")


def accuses_everybody(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(batch, "verify_partial", accuse)


def believes_a_claim(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("node.asking.asker.hmac.compare_digest", lambda *_: True)


def says_all_twice(patch: pytest.MonkeyPatch) -> None:
    run = RoundSender.run

    async def run_twice(
        self: RoundSender, directory: Directory, sent: Mapping[MemberId, SentRequest], bundle: bytes
    ) -> AsyncGenerator[Delivery, None]:
        async for delivery in run(self, directory, sent, bundle):
            yield delivery
            yield delivery

    patch.setattr(RoundSender, "run", run_twice)


def keeps_no_row(patch: pytest.MonkeyPatch) -> None:
    def answer_at_once(_self: LookupRoom, request: OpenedRequest, answer: bytes, _: Any) -> bytes:
        return request.seal(answer)

    patch.setattr(LookupRoom, "_conclude", answer_at_once)


def keeps_nothing_of_its_own(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Lookups, "_record", lambda *_: None)


def mistakes_the_sender(patch: pytest.MonkeyPatch) -> None:
    def take(self: SimulatedMember, _sender: MemberId, content: bytes) -> bool:
        self.taken.append((self.council.id, content))
        return True

    patch.setattr(SimulatedMember, "_take_post", take)


def sends_no_message(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(MemoryOutbox, "next_for", lambda *_: None)


def forgets_no_message(patch: pytest.MonkeyPatch) -> None:
    """A sender that sends again what has its receipt."""
    patch.setattr(MemoryOutbox, "receipted", lambda *_: None)


def takes_post_again(patch: pytest.MonkeyPatch) -> None:
    """A node that acts upon a message as often as it looks."""
    patch.setattr(Ledger, "close_post", lambda *_: None)


def asks_no_others(patch: pytest.MonkeyPatch) -> None:
    """An import that gives up where one keyholder of its first three fails."""
    choose = evaluator._in_own_order

    def choose_three(directory: Directory, member: MemberId) -> dict[int, Member]:
        return dict(list(choose(directory, member).items())[:3])

    patch.setattr(evaluator, "_in_own_order", choose_three)


def waits_long_for_a_hub(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(evaluator, "IMPORT_WAITS_SECONDS", (1300,))


def begins_batches_anew(patch: pytest.MonkeyPatch) -> None:
    """An import that makes a fresh batch where it should post the same bytes again."""
    make = Evaluator._import_batch

    async def make_again(self: Evaluator, *args: Any) -> EvaluatedBatch:
        while True:
            try:
                return await make(self, *args)
            except NoHubError:
                await asyncio.sleep(1)

    patch.setattr(evaluator, "IMPORT_WAITS_SECONDS", ())
    patch.setattr(Evaluator, "_recall", lambda *_: None)
    patch.setattr(Evaluator, "_import_batch", make_again)


def has_evidence_against_everybody(patch: pytest.MonkeyPatch) -> None:
    for module in (batch, judging):
        patch.setattr(module, "verify_partial", accuse)


def has_a_defect(patch: pytest.MonkeyPatch) -> None:
    """A hub that fails within."""

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    patch.setattr(hub.links.Links, "choose", fail)


ASK: tuple[Operation, ...] = (Ask(1),)
OLD = MemberFault(Trouble.OLD_KEY, 6)
CLAIMS = MemberFault(Trouble.CLAIMS, 5)
FORGED = HubFault(Lie.FORGE, Point.LINE, member=6)
WRONG = tuple(MemberFault(Trouble.WRONG_SHARE, number) for number in (1, 2, 3))
AGAIN = HubFault(Lie.DUPLICATE, Point.DOWN)
CORRUPT = HubFault(Lie.CORRUPT, Point.LINE, member=6)
WITHHELD = HubFault(Lie.WITHHOLD, Point.ROUND)
LATE = HubFault(Lie.REPLAY, Point.DOWN)
LOAD: tuple[Operation, ...] = (LoadByKeyholders(1, (2,)),)
POST: tuple[Operation, ...] = (Post(1, 6), Advance(1900.0))

BROKEN: dict[str, tuple[Break, tuple[Operation, ...], tuple[Fault, ...], str]] = {
    "takes a hub's word": (takes_a_hubs_word, ASK, (FORGED,), "NOT_KNOWN"),
    "guesses": (guesses, ASK, (OLD,), "NOT_KNOWN"),
    "believes a claim": (believes_a_claim, ASK, (CLAIMS,), "a claim without proof"),
    "checks no proof": (checks_no_proof, ASK, WRONG, "NOT_KNOWN"),
    "accuses everybody": (accuses_everybody, ASK, (), "is accused"),
    "has evidence against everybody": (
        has_evidence_against_everybody,
        ASK,
        (),
        "evidence against E0",
    ),
    "hears nobody": (accuses_everybody, ASK, (), "was not heard"),
    "asks no others in an import": (asks_no_others, LOAD, WRONG[:1], "importing at 1.00 s: failed"),
    "waits long for a hub in an import": (
        waits_long_for_a_hub,
        (Kill(0), Kill(1), *LOAD),
        (),
        "importing at 1.00 s: took 13",
    ),
    "begins batches anew": (
        begins_batches_anew,
        (Kill(0), Kill(1), LoadByKeyholders(1, (2,), waits=False), Advance(2.0), Start(0)),
        (),
        "one batch in",
    ),
    "says all twice": (says_all_twice, ASK, (), "outcomes of"),
    "stops at a false reply": (stops_at_a_false_reply, ASK, (CORRUPT,), "was not heard"),
    "waits for ever": (waits_for_ever, ASK, (WITHHELD,), "took"),
    "counts twice": (forgets_at_once, ASK, (AGAIN,), "counted"),
    "replies anew": (replies_anew, ASK, (AGAIN,), "replies to one EVALUATION"),
    "takes what is stale": (
        takes_what_is_stale,
        (*ASK, Advance(1300.0), Ask(2)),
        (LATE,),
        "counted",
    ),
    "keeps no row": (keeps_no_row, ASK, (), "row None"),
    "keeps nothing of its own": (keeps_nothing_of_its_own, ASK, (), "has other rows"),
    "mistakes the sender": (mistakes_the_sender, POST, (), "did not send"),
    "sends no message": (sends_no_message, POST, (), "was taken 0 of 1"),
    "forgets no message": (forgets_no_message, POST, (), "of 1 to 1 times"),
    "takes post again": (takes_post_again, POST, (), "of 1 to 1 times"),
    "has a defect": (has_a_defect, ASK, (), "ZeroDivisionError"),
}


@lru_cache
def problems_unbroken(scenario: Scenario) -> list[str]:
    return simulate(scenario, problems)


@pytest.mark.parametrize(("breaks", "operations", "faults", "seen"), BROKEN.values(), ids=BROKEN)
def test_broken_federation_is_seen(
    monkeypatch: pytest.MonkeyPatch,
    breaks: Break,
    operations: tuple[Operation, ...],
    faults: tuple[Fault, ...],
    seen: str,
) -> None:
    scenario = Scenario(operations, faults)
    assert problems_unbroken(scenario) == [], "sound as long as nothing is broken"
    breaks(monkeypatch)
    found = simulate(scenario, problems)
    assert any(seen in problem for problem in found), found
