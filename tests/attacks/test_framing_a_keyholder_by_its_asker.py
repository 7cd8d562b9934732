"""Framing a keyholder: who asked it shows around its honest answer as a wrong one.

The asker knows all that an accusation consists of, but for the keyholder's signing key.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.errors import EvidenceError
from node.evaluating.evidence import KeyholderEvidence
from node.evaluating.judging import verify_evidence
from node.ledger.ledger import Ledger
from protocol.oprf import group, voprf
from protocol.oprf.checking import BatchCheck
from protocol.oprf.group import Scalar
from protocol.sealing.envelope import Kind
from tests.node.evaluating.evaluations import (
    ASKER,
    KEYHOLDER,
    SHARE,
    Request,
    another_share,
    check_of,
    honest,
)
from tests.node.small_federation import DIRECTORY, Council, council, secret_scalar

ACCOMPLICE = council(3)
"""Another keyholder."""

MakeUp = Callable[[KeyholderEvidence], KeyholderEvidence]


def _of_another_request(evidence: KeyholderEvidence) -> KeyholderEvidence:
    return Request(seed="another").holding(evidence.reply)


def _of_another_request_opened(evidence: KeyholderEvidence) -> KeyholderEvidence:
    return replace(_of_another_request(evidence), reply_secret=evidence.reply_secret)


MADE_UP: dict[str, tuple[MakeUp, str]] = {
    # The envelope is sealed: nobody but the keyholder could see what was in it.
    "as if it had asked something else": (
        lambda evidence: replace(evidence, body=Request(seed="another").body),
        "does not name this request",
    ),
    "with the envelope of another request": (
        lambda evidence: replace(evidence, request=Request(seed="another").sent.envelope),
        "answers something else",
    ),
    "as the answer to another request": (_of_another_request, "answers something else"),
    "as that, with what opens it": (_of_another_request_opened, "answers something else"),
    "with what does not open it": (
        lambda evidence: replace(evidence, reply_secret=bytes(32)),
        "does not open",
    ),
    "as it is": (lambda evidence: evidence, "the answer is right"),
}


@pytest.mark.parametrize("made_up", MADE_UP)
def test_framing_a_keyholder_by_an_honest_answer_shows_nothing(
    ledger: Ledger, made_up: str
) -> None:
    make_up, why_not = MADE_UP[made_up]
    with pytest.raises(EvidenceError, match=why_not):
        verify_evidence(make_up(honest(ledger, Request())), DIRECTORY)


CHECK = check_of("")
SOME_SCALAR = secret_scalar("some scalar")
OTHER_CHECKS = {
    "of another batch": check_of("another"),
    "of the same batch but for one weight": BatchCheck(
        CHECK.offset, (SOME_SCALAR, *CHECK.weights[1:])
    ),
    "of more than was checked": BatchCheck(CHECK.offset, (*CHECK.weights, SOME_SCALAR)),
}


@pytest.mark.parametrize("check", OTHER_CHECKS.values(), ids=OTHER_CHECKS)
def test_framing_a_keyholder_by_another_check_shows_nothing(
    ledger: Ledger, check: BatchCheck
) -> None:
    evidence = honest(ledger, Request(Kind.IMPORT_EVALUATION))
    with pytest.raises(EvidenceError, match="the check is not that of this batch"):
        verify_evidence(replace(evidence, check=check), DIRECTORY)


scalars = st.binary(min_size=64, max_size=64).map(group.scalar_from_wide).filter(any)


@settings(max_examples=20)
@given(scalars, st.lists(scalars, max_size=8), st.integers(0, 7))
def test_no_check_of_an_askers_choosing_convicts_a_right_answer(
    offset: Scalar, weights: list[Scalar], twice: int
) -> None:
    """It may know its elements' logarithms, and ask the same twice."""
    chosen = [group.multiply_base(secret_scalar(f"known {place}")) for place in range(8)]
    chosen[twice] = chosen[0]
    check, batch = BatchCheck(offset, tuple(weights)), chosen[: len(weights)]
    answers = voprf.evaluate(SHARE.share, (*batch, check.element(batch)))
    check.verify(SHARE.verification_share, answers[:-1], answers[-1])


@pytest.mark.parametrize("forger", [ASKER, ACCOMPLICE], ids=["the asker", "an accomplice"])
def test_framing_a_keyholder_by_an_answer_that_another_signed_shows_nothing(
    forger: Council,
) -> None:
    request = Request()
    forged = request.reply(request.evaluated(another_share()), signer=forger)
    with pytest.raises(EvidenceError, match="signature"):
        verify_evidence(forged, DIRECTORY)


def test_framing_a_keyholder_by_asking_what_it_refuses_shows_nothing(ledger: Ledger) -> None:
    with pytest.raises(EvidenceError, match="another share generation"):
        verify_evidence(honest(ledger, Request(generation=2)), DIRECTORY)


def test_framing_a_keyholder_by_an_answer_that_names_no_request_shows_nothing() -> None:
    """It may be wrong, or the asker lies about what it asked: nobody can tell."""
    request = Request()
    wrong = request.reply(request.evaluated(another_share()), salt=bytes(32))
    with pytest.raises(EvidenceError, match="does not name this request"):
        verify_evidence(wrong, DIRECTORY)


def test_a_wrong_answer_shows_who_gave_it() -> None:
    """The control."""
    request = Request()
    wrong = request.reply(request.evaluated(another_share()))
    assert verify_evidence(wrong, DIRECTORY).id == KEYHOLDER.id
