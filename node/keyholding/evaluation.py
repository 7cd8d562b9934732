"""Evaluations for other members: counted durably first, then made (spec 20 §6, 50 §1)."""

import os
from collections.abc import Callable, Mapping

from node.keyholding.share import KeyShare
from node.ledger.entries import EvaluatedEntry, seal_entry
from node.ledger.ledger import DAY_MS, AllowanceKey, Ledger
from node.receiving.request import OpenedRequest
from node.store_key import StoreKey
from protocol.allowance import import_allowance, lookup_allowance
from protocol.directory.members import OprfKey
from protocol.errors import MalformedError
from protocol.messages.evaluation import (
    Evaluated,
    EvaluationReply,
    EvaluationRequest,
    EvaluationStatus,
    answer_salt,
    batch_size,
)
from protocol.oprf import group, voprf
from protocol.oprf.threshold import check_subset, weighted_share
from protocol.sealing.envelope import Kind


class EvaluationRoom:
    """Answers evaluations with this node's share, if it has one."""

    on_tick = False

    def __init__(self, share: Callable[[], KeyShare | None], ledger: Ledger, key: StoreKey) -> None:
        self._share = share
        self._ledger = ledger
        self._key = key

    def answer(self, request: OpenedRequest) -> bytes | None:
        """Return the sealed reply: evaluated elements, or why not.

        Raises:
            MalformedError: not a request, or to a subset that this keyholder is not of.
        """
        kind = request.sealed.header.kind
        asked = EvaluationRequest.decode(request.body, kind)
        oprf_key, share = request.directory.oprf_key, self._share()
        if oprf_key is None or share is None or not _is_current(share, oprf_key):
            return _refuse(request, EvaluationStatus.NOT_A_KEYHOLDER, 0)
        # A version that the client chose would have an allowance of its own.
        same_version = asked.matching_version == request.directory.matching_version
        if asked.generation != oprf_key.generation or not same_version:
            return _refuse(request, EvaluationStatus.OTHER_GENERATION, 0)
        if asked.subset:
            check_subset(
                asked.subset, share.index, oprf_key.threshold, oprf_key.verification_shares
            )
        allowance = AllowanceKey(request.sender.id, kind, oprf_key.key_id, asked.matching_version)
        used = self._ledger.elements_by_day(allowance)
        today = request.now_ms // DAY_MS
        left = _allowance_left(request, used, today)
        entry = EvaluatedEntry(matching_version=asked.matching_version, elements=batch_size(kind))
        row, counted = self._ledger.reserve(
            request.sealed,
            allowance,
            batch_size(kind),
            used.get(today, 0) + left,
            seal_entry(self._key, entry, request.sealed.header.round_id),
            request.now_ms,
        )
        if not counted:
            return _refuse(request, EvaluationStatus.ALLOWANCE_USED, left)
        if row.digest != request.sealed.digest or row.reply is not None:
            return row.reply if row.digest == request.sealed.digest else None
        left = max(0, left - batch_size(kind))
        try:
            reply = _seal(request, _evaluate(asked, share, left))
        except MalformedError:
            # Counted, and said once for all: the same bytes again must not cost another batch.
            reply = _refuse(request, EvaluationStatus.NO_ELEMENT, left)
        return self._ledger.complete(request.sealed, reply)


def _allowance_left(request: OpenedRequest, used: Mapping[int, int], today: int) -> int:
    entry = request.sender.entry
    if request.sealed.header.kind is Kind.IMPORT_EVALUATION:
        return import_allowance(entry.declared_records, used, today)
    return max(0, lookup_allowance(entry.questions_per_day) - used.get(today, 0))


def _is_current(share: KeyShare, oprf_key: OprfKey) -> bool:
    return oprf_key.verification_shares.get(share.index) == share.verification_share


def _evaluate(asked: EvaluationRequest, share: KeyShare, left: int) -> EvaluationReply:
    """Return the evaluated elements; a lookup's with their proof.

    Raises:
        MalformedError: an element is not of the group.
    """
    if asked.subset:
        secret = weighted_share(share.share, share.index, asked.subset)
        made = Evaluated(voprf.evaluate(secret, asked.blinded_elements))
    else:
        nonce = group.scalar_from_wide(os.urandom(64))
        public, blinded = share.verification_share, asked.blinded_elements
        made = Evaluated(*voprf.blind_evaluate(share.share, public, blinded, nonce))
    return EvaluationReply(EvaluationStatus.EVALUATED, asked.generation, left, made)


def _refuse(request: OpenedRequest, status: EvaluationStatus, left: int) -> bytes:
    oprf_key = request.directory.oprf_key
    generation = oprf_key.generation if oprf_key is not None else 0
    reply = EvaluationReply(status, generation, left, None)
    return _seal(request, reply)


def _seal(request: OpenedRequest, reply: EvaluationReply) -> bytes:
    body = reply.encode(request.sealed.header.kind)
    return request.seal_body(answer_salt(request.body, body), body)
