"""Whether evidence shows that a keyholder answered wrongly: a third party's view (spec 20 §8)."""

from dataclasses import dataclass
from hashlib import sha256

from node.errors import EvidenceError
from node.evaluating.evidence import KeyholderEvidence, names_its_request
from protocol import limits
from protocol.directory.members import Directory, Member
from protocol.errors import ProtocolError
from protocol.messages.evaluation import Evaluated, EvaluationReply, EvaluationRequest
from protocol.oprf.checking import BatchCheck
from protocol.oprf.group import Element
from protocol.oprf.threshold import (
    PartialEvaluation,
    check_subset,
    verify_partial,
    weighted_verification_share,
)
from protocol.sealing.envelope import Kind, SentRequest, open_reply, parse_request

_EVALUATIONS = frozenset({Kind.EVALUATION, Kind.IMPORT_EVALUATION})


def verify_evidence(evidence: KeyholderEvidence, directory: Directory) -> Member:
    """Return the keyholder that answered wrongly.

    1. The request is an evaluation, to a keyholder of the directory. 2. The reply is that
    keyholder's, signed, to that request, and opens. 3. Its salt names the request's body and the
    answer, so that neither is another's word. 4. The request is one under the directory's key, an
    import's to as many keyholders as its threshold, this one among them, and its last element is
    made of the others as the shown check says. 5. The answer does not decode, or claims to be
    evaluated and is not, with the share that the keyholder's public share stands for: a lookup's by
    its proof, an import's by the check, which every right answer passes.

    The caller still owes: that the directory is verified, and the one of that time.

    Raises:
        EvidenceError: a step does not hold, or the answer is right, or an honest refusal.
    """
    try:
        keyholder, sent = _sent(evidence, directory)
        reply_body = open_reply(evidence.reply, sent, keyholder.signing_key)
        if not names_its_request(evidence, reply_body):
            raise EvidenceError("evidence: the reply does not name this request and answer")
        asked = _asked(evidence, sent.header.kind, directory, keyholder)
    except ProtocolError as error:
        raise EvidenceError(f"evidence: {error}") from None
    if _is_right(asked, reply_body):
        raise EvidenceError("evidence: the answer is right, or a refusal")
    return keyholder


@dataclass(frozen=True, slots=True, repr=False)
class _Asked:
    """What a keyholder was asked, and what a right answer can be told by."""

    kind: Kind
    request: EvaluationRequest
    index: int
    public: Element
    """Its verification share, weighted where the request names a subset."""
    check: BatchCheck | None


def _sent(evidence: KeyholderEvidence, directory: Directory) -> tuple[Member, SentRequest]:
    header = parse_request(evidence.request).header
    keyholder = directory.member(header.recipient)
    if header.kind not in _EVALUATIONS or keyholder.entry.keyholder_index is None:
        raise EvidenceError("evidence: not of an evaluation by a keyholder")
    digest = sha256(evidence.request).digest()
    return keyholder, SentRequest(header, evidence.request, digest, evidence.reply_secret)


def _asked(
    evidence: KeyholderEvidence, kind: Kind, directory: Directory, keyholder: Member
) -> _Asked:
    request = EvaluationRequest.decode(evidence.body, kind)
    key, index = directory.oprf_key, keyholder.entry.keyholder_index or 0
    if key is None or request.generation != key.generation:
        raise EvidenceError("evidence: of another share generation than the directory's")
    public = key.verification_shares[index]
    if request.subset:
        check_subset(request.subset, index, key.threshold, key.verification_shares)
        public = weighted_verification_share(public, index, request.subset)
    if evidence.check is not None:
        _expect_made_with(evidence.check, request)
    return _Asked(kind, request, index, public, evidence.check)


def _expect_made_with(check: BatchCheck, request: EvaluationRequest) -> None:
    """Nobody is judged by a sum that even a right answer would miss."""
    *others, last = request.blinded_elements
    number = len(check.weights)
    if not request.subset or number > limits.IMPORT_INPUTS:
        raise EvidenceError("evidence: a check that such a batch does not have")
    if check.element(others[:number]) != last:
        raise EvidenceError("evidence: the check is not that of this batch")


def _is_right(asked: _Asked, reply_body: bytes) -> bool:
    try:
        reply = EvaluationReply.decode(reply_body, asked.kind)
        if reply.evaluated is None:
            return True
        if reply.generation != asked.request.generation:
            return False
        _verify(asked, reply.evaluated)
    except ProtocolError:
        return False
    return True


def _verify(asked: _Asked, made: Evaluated) -> None:
    """Check evaluated elements by their proof, or by the check of their batch.

    Raises:
        ProofError: they were not made with the keyholder's share.
        EvidenceError: nothing is shown that tells.
    """
    if made.proof is not None:
        partial = PartialEvaluation(asked.index, made.evaluated_elements, made.proof)
        verify_partial(asked.public, asked.request.blinded_elements, partial)
    elif asked.check is not None:
        *others, last = made.evaluated_elements
        asked.check.verify(asked.public, others[: len(asked.check.weights)], last)
    else:
        raise EvidenceError("evidence: the check of the batch is not shown")
