"""P1, P2, P4, P7: what makes an asker's cells secret is fresh in each: no two are opened by one.

A reply secret that two cells share opens one member's answer to the other, and to whom it helps.
A child whose elements are blinded alike twice is recognised by every keyholder.
"""

from collections.abc import Iterator
from itertools import combinations

import pytest

from protocol.identifiers import MemberId
from protocol.limits import LOOKUP_BATCH
from protocol.messages.evaluation import EvaluationRequest
from protocol.oprf.group import Element
from protocol.sealing.envelope import Kind
from tests.properties.insiders import request_in
from tests.properties.observed import ObservedFederation
from tests.properties.questions import PassedQuestion
from tests.properties.traffic import PassedRound

Thrice = dict[str, PassedQuestion]


@pytest.fixture
def cells(
    federation: ObservedFederation, asked_thrice: Thrice
) -> dict[Kind, list[tuple[bytes, bytes]]]:
    """Every cell of the three questions, of all imports and all post, as its recipient opens it."""
    rounds = [*_rounds(asked_thrice)]
    rounds += federation.rounds(Kind.IMPORT_EVALUATION, Kind.POST).values()
    opened: dict[Kind, list[tuple[bytes, bytes]]] = {kind: [] for kind in Kind}
    for plan in federation.plans:
        with federation.inside(plan.name) as member:
            for passed in rounds:
                if envelope := passed.bundle.envelopes.get(MemberId(plan.id)):
                    opened[passed.kind].append(request_in(member, envelope))
    return opened


def test_p01_no_reply_secret_serves_twice(
    federation: ObservedFederation, cells: dict[Kind, list[tuple[bytes, bytes]]]
) -> None:
    secrets = [secret for of_kind in cells.values() for secret, _ in of_kind]
    assert len(set(secrets)) == len(secrets)
    members = len(federation.plans)
    assert all(len(cells[kind]) == 3 * members for kind in (Kind.EVALUATION, Kind.LOOKUP))
    assert cells[Kind.IMPORT_EVALUATION]
    assert len(cells[Kind.POST]) > 2 * members * members


def test_p02_no_two_elements_of_a_question_are_alike(asked: dict[str, list[Element]]) -> None:
    for elements in asked.values():
        assert len(set(elements)) == LOOKUP_BATCH


def test_p02_a_keyholder_does_not_know_a_child_again(asked: dict[str, list[Element]]) -> None:
    """Nor by what it fills a batch with."""
    for one, other in combinations(asked.values(), 2):
        assert not set(one) & set(other)


@pytest.fixture
def asked(federation: ObservedFederation, asked_thrice: Thrice) -> dict[str, list[Element]]:
    """The blinded elements of each question, as a keyholder reads them."""
    holder = federation.member("Westbrook")
    with federation.inside("Westbrook") as opened:
        bodies = {
            name: request_in(opened, question.evaluation.bundle.envelopes[holder])[1]
            for name, question in asked_thrice.items()
        }
    return {
        name: [*EvaluationRequest.decode(body, Kind.EVALUATION).blinded_elements]
        for name, body in bodies.items()
    }


def _rounds(questions: Thrice) -> Iterator[PassedRound]:
    for question in questions.values():
        yield question.evaluation
        yield question.lookup
