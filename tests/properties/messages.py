"""A message of each kind that its recipient acts upon, made with the sender's own keys."""

import os
from functools import lru_cache

from node.asking.asker import PreparedLookup, _question
from node.clock import system_clock
from node.opening import OpenFolder
from protocol.directory.members import Directory
from protocol.identifiers import ROUND_ID_BYTES, MemberId, RoundId, epoch_at
from protocol.messages.evaluation import EvaluationRequest, batch_size
from protocol.messages.post import MESSAGE_ID_BYTES, PostMessage, PostType
from protocol.oprf import group
from protocol.oprf.group import Element
from protocol.sealing.cell import REPLY_SECRET_BYTES
from protocol.sealing.envelope import Header, Kind, SentRequest, seal_request


def sealed_message(
    opened: OpenFolder,
    lookup: PreparedLookup,
    kind: Kind,
    recipient: MemberId,
    age_ms: int = 0,
) -> SentRequest:
    """Return a message to one member, whose header alone says that it is `age_ms` old."""
    directory, now_ms = opened.directory.current(), system_clock()
    round_id = RoundId(os.urandom(ROUND_ID_BYTES))
    header = Header(kind, round_id, opened.settings.member, recipient, now_ms - age_ms)
    if kind is Kind.LOOKUP:
        body = _question(directory, lookup, header, epoch_at(now_ms / 1000)).encode()
    elif kind is Kind.POST:
        body = PostMessage(os.urandom(MESSAGE_ID_BYTES), PostType.NOISE, b"").encode()
    else:
        body = _evaluation(directory, kind).encode()
    return seal_request(
        header,
        os.urandom(REPLY_SECRET_BYTES),
        body,
        directory.member(recipient).sealing_key,
        opened.keys.signing,
    )


def _evaluation(directory: Directory, kind: Kind) -> EvaluationRequest:
    key = directory.oprf_key
    if key is None:
        raise LookupError("the directory names no key")
    elements = (_element(),) * batch_size(kind)
    subset = () if kind is Kind.EVALUATION else tuple(range(1, key.threshold + 1))
    return EvaluationRequest(key.generation, directory.matching_version, elements, subset)


@lru_cache
def _element() -> Element:
    return group.multiply_base(group.scalar_from_wide(os.urandom(64)))
