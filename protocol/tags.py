"""What a token is used for: tags, the mask of the who-block, the proof of a hit (spec 40 §2)."""

import hmac
from functools import lru_cache
from hashlib import sha256

from protocol import labels
from protocol.encoding import Writer
from protocol.identifiers import (
    ROUND_ID_BYTES,
    Epoch,
    MemberId,
    RoundId,
    encode_member_id,
)
from protocol.oprf.voprf import TOKEN_BYTES

TAG_BYTES = 8
SEED_BYTES = 16
HIT_PROOF_BYTES = 32

_BLOCK_BYTES = 64
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))
"""The pads of HMAC, by which each byte of a key becomes which."""


_WHO_MASK = Writer().prefixed(labels.WHO_MASK).done()
_WHO_KEY = Writer().prefixed(labels.WHO_KEY).done()
_HIT = Writer().prefixed(labels.HIT).done()


def tag_context(epoch: Epoch, recipient: MemberId) -> bytes:
    """Return what a tag is made over: made once for a whole table."""
    return Writer().prefixed(labels.TAG).integer(epoch, 8).raw(encode_member_id(recipient)).done()


def tag(token: bytes, context: bytes) -> bytes:
    """Return the 8-byte tag of a token under a `tag_context`."""
    return hmac.digest(token, context, "sha256")[:TAG_BYTES]


def joined_tags(tokens: bytes, context: bytes) -> bytes:
    """Return the `tag` of each of many tokens, 32 bytes each, one behind another.

    It is HMAC as RFC 2104 writes it out: the library's sets up anew for each, and takes twice the
    time, which is ten seconds of a large table.
    """
    inner, outer = tokens.translate(_INNER), tokens.translate(_OUTER)
    inner_end = _INNER[:1] * (_BLOCK_BYTES - TOKEN_BYTES) + context
    outer_end = _OUTER[:1] * (_BLOCK_BYTES - TOKEN_BYTES)
    return b"".join(
        [
            sha256(
                outer[at : at + TOKEN_BYTES]
                + outer_end
                + sha256(inner[at : at + TOKEN_BYTES] + inner_end).digest()
            ).digest()[:TAG_BYTES]
            for at in range(0, len(tokens), TOKEN_BYTES)
        ]
    )


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
