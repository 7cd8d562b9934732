from dataclasses import replace

import pytest

from node.asking.asker import MemberResult, judge
from protocol import limits
from protocol.matching.confidence import Tier
from protocol.matching.key_ids import KeyId
from protocol.messages.lookup import Answer
from protocol.messages.vocabulary import Cause, Outcome
from protocol.tags import hit_proof
from tests.node.small_federation import (
    DIRECTORY,
    AskedQuestion,
    ask,
    child,
    enquiry,
    involvement,
    prepare,
)

ASKED = ask()
MEMBER = DIRECTORY.member(ASKED.answerer.id)
KNOWN = Answer(Outcome.KNOWN, involvements=(involvement(),))


def slot_of(key_id: KeyId) -> int:
    return next(n for n, keyed in enumerate(ASKED.prepared.tokens) if keyed.key_id is key_id)


def proof_for(slot: int, asked: AskedQuestion = ASKED) -> bytes:
    header = asked.sent.header
    exchange = header.round_id, header.sender, header.recipient, asked.sent.digest
    return hit_proof(asked.prepared.tokens[slot].token, *exchange)


def answer(outcome: Outcome, key_id: KeyId) -> Answer:
    slot = slot_of(key_id)
    involvements = (involvement(),) if outcome is Outcome.KNOWN else ()
    return Answer(outcome, Cause.NONE, slot, proof_for(slot), involvements)


def judged(said: Answer) -> MemberResult:
    return judge(MEMBER, said, ASKED.sent, ASKED.prepared.tokens)


@pytest.mark.parametrize(
    ("outcome", "key_id", "tier", "difference"),
    [
        pytest.param(Outcome.KNOWN, KeyId.A1, Tier.CERTAIN, "", id="known on a number"),
        pytest.param(Outcome.KNOWN, KeyId.A3, Tier.CERTAIN, "", id="known on name and place"),
        pytest.param(Outcome.KNOWN, KeyId.B1, Tier.STRONG, "postcode", id="known, strong"),
        pytest.param(Outcome.MAY_BE_KNOWN, KeyId.C1, Tier.PROBABLE, "postcode", id="probable"),
        pytest.param(Outcome.MAY_BE_KNOWN, KeyId.A1, Tier.CERTAIN, "", id="may say less"),
        pytest.param(Outcome.BEING_CHECKED, KeyId.C3, Tier.PROBABLE, "swapped", id="being checked"),
    ],
)
def test_tier_comes_from_the_slot_that_proves_it(
    outcome: Outcome, key_id: KeyId, tier: Tier, difference: str
) -> None:
    result = judged(answer(outcome, key_id))
    assert (result.outcome, result.tier) == (outcome, tier)
    assert difference in result.difference
    assert bool(result.involvements) is (outcome is Outcome.KNOWN)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(KNOWN, id="known without a proof"),
        pytest.param(replace(KNOWN, proof=b"\1" * 32), id="known with an invented proof"),
        pytest.param(Answer(Outcome.MAY_BE_KNOWN), id="may be known without a proof"),
        pytest.param(Answer(Outcome.BEING_CHECKED), id="being checked without a proof"),
        pytest.param(answer(Outcome.KNOWN, KeyId.C1), id="known on a probable key"),
        pytest.param(answer(Outcome.KNOWN, KeyId.C3), id="known on swapped names"),
        pytest.param(
            replace(KNOWN, slot=slot_of(KeyId.A1), proof=proof_for(slot_of(KeyId.C1))),
            id="the proof of another slot",
        ),
        pytest.param(
            replace(KNOWN, slot=len(ASKED.prepared.tokens), proof=proof_for(0)),
            id="an empty slot",
        ),
        pytest.param(
            replace(KNOWN, slot=limits.QUESTION_SLOTS - 1, proof=proof_for(0)), id="the last slot"
        ),
        pytest.param(replace(KNOWN, proof=proof_for(0, ask())), id="a proof for another question"),
        pytest.param(
            replace(KNOWN, proof=proof_for(0, ask(answerer=3))),
            id="another member's proof passed on",
        ),
    ],
)
def test_hit_that_is_not_proven_is_misbehaviour(said: Answer) -> None:
    result = judged(said)
    assert (result.outcome, result.tier, result.involvements) == (Outcome.MISBEHAVED, None, ())


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(Answer(Outcome.NOT_KNOWN), id="not known"),
        pytest.param(Answer(Outcome.ADD_A_FIELD), id="add a field"),
        pytest.param(Answer(Outcome.REFUSED, Cause.DAILY_LIMIT), id="refused"),
        pytest.param(Answer(Outcome.CANNOT_ANSWER, Cause.OTHER_KEY), id="cannot answer"),
        pytest.param(Answer(Outcome.BUSY), id="busy"),
    ],
)
def test_what_is_no_hit_needs_no_proof(said: Answer) -> None:
    result = judged(said)
    assert (result.outcome, result.cause, result.tier) == (said.outcome, said.cause, None)


def test_proof_of_one_child_does_not_serve_for_another() -> None:
    other = ask(prepare(enquiry(child(forename="John", nhs_number=""))))
    said = replace(KNOWN, proof=proof_for(0))
    assert judge(MEMBER, said, other.sent, other.prepared.tokens).outcome is Outcome.MISBEHAVED
