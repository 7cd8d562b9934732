"""A faked "known": a member claims to know a child whose token it has not."""

import os
from collections.abc import Callable

import pytest

from node.ledger.ledger import Ledger
from protocol.limits import QUESTION_SLOTS
from protocol.matching.confidence import Tier
from protocol.messages.lookup import NO_PROOF, Answer, Question
from protocol.messages.vocabulary import Outcome
from protocol.sealing.envelope import SealedRequest
from protocol.tags import HIT_PROOF_BYTES, hit_proof
from tests.attacks.answerers import claim, proof_under, shown
from tests.attacks.arena import HOLDER, MARY
from tests.node.small_federation import (
    STRANGER_ENTRIES,
    AnsweringCouncil,
    child,
    council,
    tokens_of,
)

ANOTHER = tokens_of(child(**STRANGER_ENTRIES))
"""Tokens of a child that the rogue does hold."""


Forge = Callable[[SealedRequest, Question], bytes]


def of_its_own_child(request: SealedRequest, question: Question) -> bytes:
    del question
    return proof_under(next(iter(ANOTHER)).token, request)


def lent_by_the_holder(**other: object) -> Forge:
    """Return a true proof by a true token, made for something else than this question to us."""

    def forge(request: SealedRequest, question: Question) -> bytes:
        del question
        header = request.header
        made_for = {
            "round_id": header.round_id,
            "asker": header.sender,
            "answerer": header.recipient,
            "request_digest": request.digest,
        } | other
        return hit_proof(MARY.tokens[0].token, **made_for)  # type: ignore[arg-type]

    return forge


FORGERIES: dict[str, Forge] = {
    "no proof": lambda _, __: bytes(HIT_PROOF_BYTES),
    "random bytes": lambda _, __: os.urandom(HIT_PROOF_BYTES),
    "the tag as a token": lambda request, question: proof_under(question.slots[0].tag, request),
    "the masked seed as a token": lambda request, question: proof_under(
        question.slots[0].masked_seed, request
    ),
    "the token of a child that it holds": of_its_own_child,
    "the holder's proof, passed on": lent_by_the_holder(answerer=HOLDER.id),
    "a proof of an earlier round": lent_by_the_holder(round_id=bytes(16)),
    "a proof for another asker": lent_by_the_holder(asker=council(4).id),
    "a proof for another question": lent_by_the_holder(request_digest=bytes(32)),
}


@pytest.mark.parametrize("outcome", [Outcome.KNOWN, Outcome.MAY_BE_KNOWN, Outcome.BEING_CHECKED])
@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_faked_known_is_shown_as_misbehaviour_and_discloses_nothing(
    holder: AnsweringCouncil, ledger: Ledger, forgery: str, outcome: Outcome
) -> None:
    def reply(request: SealedRequest, question: Question) -> Answer:
        return claim(outcome, 0, FORGERIES[forgery](request, question))

    result = shown(holder, ledger, reply)
    assert (result.outcome, result.tier, result.involvements) == (Outcome.MISBEHAVED, None, ())


@pytest.mark.parametrize("slot", [len(MARY.tokens), QUESTION_SLOTS - 1])
def test_a_faked_known_in_an_empty_slot_is_shown_as_misbehaviour(
    holder: AnsweringCouncil, ledger: Ledger, slot: int
) -> None:
    """Of an empty slot the asker has no token, so that anything might pass for its proof."""
    result = shown(holder, ledger, lambda *_: claim(Outcome.KNOWN, slot, NO_PROOF))
    assert result.outcome is Outcome.MISBEHAVED


def test_a_known_that_is_not_faked_is_believed(holder: AnsweringCouncil, ledger: Ledger) -> None:
    """The control."""
    result = shown(
        holder,
        ledger,
        lambda request, _: claim(Outcome.KNOWN, 0, proof_under(MARY.tokens[0].token, request)),
    )
    assert (result.outcome, result.tier) == (Outcome.KNOWN, Tier.CERTAIN)
