"""Framing a keyholder: who asked it shows around its honest answer as a wrong one.

The asker knows all that an accusation consists of, but for the keyholder's signing key.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest

from node.errors import EvidenceError
from node.evaluating.evidence import KeyholderEvidence, verify_evidence
from node.ledger.ledger import Ledger
from tests.node.evaluating.evaluations import (
    ASKER,
    KEYHOLDER,
    Request,
    another_share,
    honest,
)
from tests.node.small_federation import DIRECTORY, Council, council

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
