"""Members that lie: a keyholder that evaluates wrongly, a council that claims to know everybody."""

import hashlib
import os
from collections.abc import Callable

from node.keyholding.share import KeyShare
from node.receiving.request import OpenedRequest
from protocol.messages.evaluation import (
    Evaluated,
    EvaluationReply,
    EvaluationRequest,
    EvaluationStatus,
    answer_salt,
)
from protocol.messages.lookup import Answer
from protocol.messages.vocabulary import Outcome
from protocol.oprf import group, voprf
from protocol.oprf.dleq import Proof
from protocol.oprf.threshold import weighted_share
from tests.federation.faults import Trouble
from tests.node.small_federation import involvement, secret_scalar


class FalseKeyholder:
    """Answers every evaluation, and wrongly."""

    on_tick = False

    def __init__(self, share: Callable[[], KeyShare], trouble: Trouble) -> None:
        self._share = share
        self._trouble = trouble

    def answer(self, request: OpenedRequest) -> bytes | None:
        kind = request.sealed.header.kind
        asked = EvaluationRequest.decode(request.body, kind)
        evaluated = self._evaluate(asked)
        reply = EvaluationReply(EvaluationStatus.EVALUATED, asked.generation, 0, evaluated)
        body = reply.encode(kind)
        if self._trouble is Trouble.NO_ELEMENT:
            body = body[:9] + b"\xff" * 32 + body[41:]
        if self._trouble is Trouble.UNCOMMITTED:
            return request.seal(body)
        return request.seal_body(answer_salt(request.body, body), body)

    def _evaluate(self, asked: EvaluationRequest) -> Evaluated:
        share = self._share()
        secret, public = share.share, share.verification_share
        if self._trouble in {Trouble.WRONG_SHARE, Trouble.UNCOMMITTED}:
            secret = secret_scalar("another share")
            public = group.multiply_base(secret)
        proof = None
        if asked.subset:
            secret = weighted_share(secret, share.index, asked.subset)
            elements = voprf.evaluate(secret, asked.blinded_elements)
        else:
            nonce = group.scalar_from_wide(os.urandom(64))
            elements, proof = voprf.blind_evaluate(secret, public, asked.blinded_elements, nonce)
        if self._trouble is Trouble.WRONG_ORDER:
            elements = (elements[1], elements[0], *elements[2:])
        if self._trouble is Trouble.WRONG_PROOF and proof is not None:
            wide = hashlib.sha512(proof.response).digest()
            proof = Proof(proof.challenge, group.scalar_from_wide(wide))
        return Evaluated(elements, proof)


class Claiming:
    """Says that it knows every child."""

    on_tick = True

    def answer(self, request: OpenedRequest) -> bytes | None:
        claim = Answer(Outcome.KNOWN, proof=os.urandom(32), involvements=(involvement(),))
        return request.seal(claim.encode())
