"""A tier claimed above the slot that proves it: a name passed off as a number."""

import pytest

from node.ledger.ledger import Ledger
from protocol.matching.confidence import Tier
from protocol.matching.key_ids import KeyId
from protocol.messages.lookup import Answer, Question
from protocol.messages.vocabulary import Outcome
from protocol.sealing.envelope import SealedRequest
from tests.attacks.answerers import claim, proof_under, shown
from tests.attacks.arena import MARY
from tests.node.small_federation import (
    AnsweringCouncil,
)


def slot_of(key_id: KeyId) -> int:
    return next(n for n, keyed in enumerate(MARY.tokens) if keyed.key_id is key_id)


def proof_of(key_id: KeyId, request: SealedRequest) -> bytes:
    return proof_under(MARY.tokens[slot_of(key_id)].token, request)


@pytest.mark.parametrize(
    ("outcome", "claimed", "held"),
    [
        pytest.param(Outcome.KNOWN, KeyId.C1, KeyId.C1, id="known by a probable slot"),
        pytest.param(Outcome.KNOWN, KeyId.C3, KeyId.C3, id="known by swapped names"),
        pytest.param(Outcome.KNOWN, KeyId.A1, KeyId.C1, id="the number's slot, the name's proof"),
        pytest.param(Outcome.KNOWN, KeyId.B1, KeyId.C1, id="the strong slot, the name's proof"),
        pytest.param(Outcome.MAY_BE_KNOWN, KeyId.C1, KeyId.C3, id="another probable slot"),
    ],
)
def test_a_tier_claimed_above_the_slot_that_proves_it_is_shown_as_misbehaviour(
    holder: AnsweringCouncil, ledger: Ledger, outcome: Outcome, claimed: KeyId, held: KeyId
) -> None:
    def reply(request: SealedRequest, question: Question) -> Answer:
        del question
        return claim(outcome, slot_of(claimed), proof_of(held, request))

    result = shown(holder, ledger, reply)
    assert (result.outcome, result.tier, result.involvements) == (Outcome.MISBEHAVED, None, ())


@pytest.mark.parametrize(
    ("held", "tier"), [(KeyId.A1, Tier.CERTAIN), (KeyId.B1, Tier.STRONG), (KeyId.C1, Tier.PROBABLE)]
)
def test_a_tier_is_that_of_the_slot_that_proves_it_however_little_is_claimed(
    holder: AnsweringCouncil, ledger: Ledger, held: KeyId, tier: Tier
) -> None:
    """The control."""

    def reply(request: SealedRequest, question: Question) -> Answer:
        del question
        return claim(Outcome.MAY_BE_KNOWN, slot_of(held), proof_of(held, request))

    result = shown(holder, ledger, reply)
    assert (result.outcome, result.tier) == (Outcome.MAY_BE_KNOWN, tier)
