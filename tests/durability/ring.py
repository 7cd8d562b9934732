"""A key ceremony of five in which the test plays four: what they send is known beforehand."""

import hashlib
from functools import lru_cache

from protocol.directory.document import OprfEntry, OprfKeyEntry
from protocol.encoding import encode_base64url
from protocol.messages.post import MESSAGE_ID_BYTES, PostMessage, PostType
from protocol.oprf.ceremony import (
    CeremonyPlan,
    Contribution,
    Outcome,
    certify,
    contribute,
    derive_secrets,
    receive,
)
from tests.durability.asking import US, Exchange, post
from tests.node.small_federation import KEYHOLDERS, THRESHOLD, council, make_directory

FAILED_SESSION, SESSION = "aa" * 32, "bb" * 32
OTHERS = [index for index in range(1, KEYHOLDERS + 1) if index != US.index]

IN_SESSION = OprfEntry(threshold=THRESHOLD, ceremony_session=SESSION)


def seed_of(index: int) -> bytes:
    return hashlib.sha256(f"seed {index}".encode()).digest()


@lru_cache
def outcome_of(index: int) -> Outcome:
    """Return what a participant has after round 2."""
    plan = _plan()
    addressed = {sender: _sent(sender)[index - 1] for sender in plan.indices}
    return receive(plan, index, council(index).static_secret, addressed)


def key_named() -> OprfEntry:
    """Return the directory's entry once the signers have the certificate."""
    commitments = tuple(map(encode_base64url, outcome_of(US.index).commitments))
    key = OprfKeyEntry(generation=1, commitments=commitments)
    return IN_SESSION.model_copy(update={"key": key})


def messages() -> list[Exchange]:
    """Return what the others post to us: contributions, and signatures of the whole."""
    posted = []
    for index in OTHERS:
        contribution = _sent(index)[US.index - 1].encode()
        signature = certify(outcome_of(index), council(index).static_secret).encode()
        posted += [
            _message(index, PostType.CEREMONY_CONTRIBUTION, contribution),
            _message(index, PostType.CEREMONY_SIGNATURE, signature),
        ]
    return posted


def _message(index: int, post_type: PostType, content: bytes) -> Exchange:
    message_id = hashlib.sha256(bytes([index, post_type])).digest()[:MESSAGE_ID_BYTES]
    return post(index, PostMessage(message_id, post_type, _plan().session + content))


@lru_cache
def _plan() -> CeremonyPlan:
    plan = make_directory(oprf=IN_SESSION).ceremony
    assert plan is not None
    return plan


@lru_cache
def _sent(index: int) -> tuple[Contribution, ...]:
    plan = _plan()
    secrets = derive_secrets(seed_of(index), plan)
    return contribute(plan, index, council(index).static_secret, secrets)
