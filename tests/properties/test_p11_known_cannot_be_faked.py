"""P11: a "known" cannot be faked without the child's token."""

import os
from collections.abc import Callable, Iterator
from datetime import date

import pytest

from node.asking.asker import PreparedLookup
from node.opening import OpenFolder
from protocol.matching.confidence import Tier
from protocol.messages.involvement import ContactDetails, Involvement
from protocol.messages.lookup import Answer, Question
from protocol.messages.vocabulary import InvolvementKind, Outcome
from protocol.sealing.envelope import SealedRequest
from protocol.tags import HIT_PROOF_BYTES, hit_proof
from tests.properties.asking import ASKER, ask
from tests.properties.insiders import ask_prepared, prepared
from tests.properties.observed import ObservedFederation
from tests.properties.planted import KNOWN
from tests.properties.rogue import Rogue, rogue_in_place_of

LIAR = "Westbrook"
CLAIMED = Involvement(
    InvolvementKind.LOOKED_AFTER,
    None,
    False,
    date(2026, 1, 5),
    "",
    ContactDetails("", "", "", "", "01632 960001", "", ""),
)

MakeProof = Callable[[OpenFolder, SealedRequest, Question], bytes]


def _proof_under(token: bytes, request: SealedRequest) -> bytes:
    header = request.header
    return hit_proof(token, header.round_id, header.sender, header.recipient, request.digest)


def _of_its_own_record(opened: OpenFolder, request: SealedRequest, question: Question) -> bytes:
    del question
    _, record = next(opened.records.records(date(2026, 1, 1)))
    return _proof_under(next(iter(record.tokens)).token, request)


def _of_a_tag(opened: OpenFolder, request: SealedRequest, question: Question) -> bytes:
    del opened
    return _proof_under(question.slots[0].tag.ljust(32, b"\0"), request)


def _of_a_slot(opened: OpenFolder, request: SealedRequest, question: Question) -> bytes:
    del opened, request
    return (question.slots[0].masked_seed + question.slots[0].tag).ljust(HIT_PROOF_BYTES, b"\0")


PROOFS: dict[str, MakeProof] = {
    "none at all": lambda *_: bytes(HIT_PROOF_BYTES),
    "random bytes": lambda *_: os.urandom(HIT_PROOF_BYTES),
    "a proof by the token of a child that it does hold": _of_its_own_record,
    "a proof by the tag that it was sent": _of_a_tag,
    "the slot that it was sent": _of_a_slot,
}


def _claims(make_proof: MakeProof, outcome: Outcome) -> Callable[..., Answer]:
    said = (CLAIMED,) if outcome is Outcome.KNOWN else ()

    def reply(opened: OpenFolder, request: SealedRequest, question: Question) -> Answer:
        proof = make_proof(opened, request, question)
        return Answer(outcome, slot=0, proof=proof, involvements=said)

    return reply


@pytest.fixture(scope="module")
def lookup(federation: ObservedFederation) -> PreparedLookup:
    with federation.inside(ASKER) as opened:
        return prepared(opened, KNOWN)


@pytest.fixture(scope="module")
def liar(federation: ObservedFederation) -> Iterator[Rogue]:
    with rogue_in_place_of(
        federation, LIAR, _claims(PROOFS["none at all"], Outcome.KNOWN)
    ) as rogue:
        yield rogue


@pytest.mark.parametrize("outcome", [Outcome.KNOWN, Outcome.MAY_BE_KNOWN, Outcome.BEING_CHECKED])
@pytest.mark.parametrize("proof", PROOFS)
def test_p11_a_known_without_the_childs_token_is_shown_as_misbehaviour(
    federation: ObservedFederation,
    liar: Rogue,
    lookup: PreparedLookup,
    proof: str,
    outcome: Outcome,
) -> None:
    liar.reply = _claims(PROOFS[proof], outcome)
    with federation.inside(ASKER) as opened:
        results = ask_prepared(opened, lookup)
    told = results[federation.member(LIAR)]
    assert (told.outcome, told.tier, told.involvements) == (Outcome.MISBEHAVED, None, ())
    assert results[federation.member("Northmoor")].outcome is Outcome.KNOWN


def test_p11_the_practitioner_is_shown_it_as_such(
    federation: ObservedFederation, liar: Rogue
) -> None:
    liar.reply = _claims(PROOFS["random bytes"], Outcome.KNOWN)
    told = ask(federation, KNOWN).answers[federation.member(LIAR)]
    assert (told["outcome"], told["involvements"]) == ("misbehaved", [])


def test_p11_a_known_with_the_childs_token_is_believed(
    federation: ObservedFederation, liar: Rogue, lookup: PreparedLookup
) -> None:
    """The control, and the limit of it: who has the token can hold a record of the child."""
    token = lookup.tokens[0].token
    liar.reply = _claims(lambda _, request, __: _proof_under(token, request), Outcome.KNOWN)
    with federation.inside(ASKER) as opened:
        told = ask_prepared(opened, lookup)[federation.member(LIAR)]
    assert (told.outcome, told.tier) == (Outcome.KNOWN, Tier.CERTAIN)
