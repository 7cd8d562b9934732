"""A ceremony of 3 in 5 in which nobody lies, and what a lie is made from."""

import hashlib
from dataclasses import replace

from protocol.oprf import group
from protocol.oprf.ceremony import (
    CeremonyPlan,
    Certificate,
    Contribution,
    certify,
    contribute,
    derive_secrets,
    receive,
)
from protocol.oprf.group import Scalar
from protocol.oprf.sharing import commit

LIAR = 4
VICTIM = 2


def scalar_of(label: str) -> Scalar:
    return group.scalar_from_wide(hashlib.sha512(label.encode()).digest())


def seed_of(index: int) -> bytes:
    return hashlib.sha256(f"seed {index}".encode()).digest()


STATIC_SECRETS = tuple(scalar_of(f"static {index}") for index in range(1, 6))
PLAN = CeremonyPlan(b"a session, unused before", 3, commit(STATIC_SECRETS))
SECRETS = tuple(derive_secrets(seed_of(index), PLAN) for index in PLAN.indices)
SENT = tuple(
    contribute(PLAN, index, STATIC_SECRETS[index - 1], SECRETS[index - 1]) for index in PLAN.indices
)


def addressed_to(recipient: int) -> dict[int, Contribution]:
    return {sender: SENT[sender - 1][recipient - 1] for sender in PLAN.indices}


OUTCOMES = tuple(
    receive(PLAN, index, STATIC_SECRETS[index - 1], addressed_to(index)) for index in PLAN.indices
)
SIGNATURES = tuple(
    certify(outcome, secret) for outcome, secret in zip(OUTCOMES, STATIC_SECRETS, strict=True)
)
CERTIFICATE = Certificate(PLAN, OUTCOMES[0].announcements, SIGNATURES)
HONEST = SENT[LIAR - 1][VICTIM - 1]


def bad_proof() -> Contribution:
    proof = replace(HONEST.announcement.proof, response=group.scalar_from_int(1))
    return replace(HONEST, announcement=replace(HONEST.announcement, proof=proof))


def overwritten(content: bytes, at: int, part: bytes) -> bytes:
    return content[:at] + part + content[at + len(part) :]
