"""What a token is used for: tags, the mask of the who-block, the proof of a hit (spec 40 §2)."""

import hmac
from functools import lru_cache

from protocol import labels
from protocol.encoding import Writer
from protocol.identifiers import (
    ROUND_ID_BYTES,
    Epoch,
    MemberId,
    RoundId,
    encode_member_id,
)

TAG_BYTES = 8
SEED_BYTES = 16
HIT_PROOF_BYTES = 32


_WHO_MASK = Writer().prefixed(labels.WHO_MASK).done()
_WHO_KEY = Writer().prefixed(labels.WHO_KEY).done()
_HIT = Writer().prefixed(labels.HIT).done()


def tag_context(epoch: Epoch, recipient: MemberId) -> bytes:
    """Return what a tag is made over: made once for a whole table."""
    return Writer().prefixed(labels.TAG).integer(epoch, 8).raw(encode_member_id(recipient)).done()


def tag(token: bytes, context: bytes) -> bytes:
    """Return the 8-byte tag of a token under a `tag_context`."""
    return hmac.digest(token, context, "sha256")[:TAG_BYTES]


def mask_seed(
    token: bytes, seed: bytes, round_id: RoundId, asker: MemberId, recipient: MemberId
) -> bytes:
    """Return the seed of the who-block masked under a token; masking again unmasks."""
    context = _WHO_MASK + _parties(round_id, asker, recipient)
    mask = hmac.digest(token, context, "sha256")[:SEED_BYTES]
    masked = int.from_bytes(seed, "big") ^ int.from_bytes(mask, "big")
    return masked.to_bytes(SEED_BYTES, "big")


def who_key(seed: bytes, round_id: RoundId, asker: MemberId, recipient: MemberId) -> bytes:
    """Return the 32-byte key of the who-block from its 16-byte seed."""
    return hmac.digest(seed, _WHO_KEY + _parties(round_id, asker, recipient), "sha256")


def hit_proof(
    token: bytes, round_id: RoundId, asker: MemberId, answerer: MemberId, request_digest: bytes
) -> bytes:
    """Return the 32 bytes that only a holder of the token can make for this one question."""
    context = _HIT + _parties(round_id, asker, answerer) + request_digest
    return hmac.digest(token, context, "sha256")


@lru_cache(maxsize=16)  # a question asks for each again and again; nothing in it is secret
def _parties(round_id: RoundId, asker: MemberId, answerer: MemberId) -> bytes:
    return (
        Writer()
        .fixed(round_id, ROUND_ID_BYTES)
        .raw(encode_member_id(asker))
        .raw(encode_member_id(answerer))
        .done()
    )
