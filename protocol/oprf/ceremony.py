"""Making a key that nobody holds: C2SP cocktail-dkg, ristretto255 with SHA-512 (spec 25).

Pure: bytes in, values or exceptions out. The caller moves the messages, stores and erases.

    contribute -> n contributions, one sent to each participant
    receive    <- the n contributions addressed to oneself: own share, public side
    certify    -> a signature, sent to all; n of them and the announcements are a Certificate
"""

from collections.abc import Mapping
from dataclasses import dataclass

from protocol import labels
from protocol.errors import CeremonyError, MalformedError, OpenError
from protocol.oprf import group
from protocol.oprf.certificate import Certificate, aggregate, transcript
from protocol.oprf.contribution import (
    Announcement,
    CeremonyPlan,
    Contribution,
    check_static_secret,
    proof_message,
    verify_announcement,
)
from protocol.oprf.group import Element, Scalar
from protocol.oprf.schnorr import Signature, sign
from protocol.oprf.share_encryption import decrypt_share, encrypt_share
from protocol.oprf.sharing import commit, evaluate_polynomial, verification_share

__all__ = [
    "SEED_BYTES",
    "Announcement",
    "CeremonyPlan",
    "CeremonySecrets",
    "Certificate",
    "Contribution",
    "Outcome",
    "Signature",
    "certify",
    "contribute",
    "derive_secrets",
    "receive",
    "transcript",
    "verification_share",
]

SEED_BYTES = 32


@dataclass(frozen=True, slots=True, repr=False)
class CeremonySecrets:
    """A participant's polynomial (a_0 to a_t-1) and ephemeral secret, for one ceremony.

    The two belong together: an ephemeral secret under two polynomials repeats an AEAD nonce.
    """

    coefficients: tuple[Scalar, ...]
    ephemeral_secret: Scalar


@dataclass(frozen=True, slots=True, repr=False)
class Outcome:
    """What a participant has after round 2. The share is not to be used before a certificate
    has verified: until then others may hold another key."""

    plan: CeremonyPlan
    index: int
    share: Scalar
    commitments: tuple[Element, ...]
    announcements: tuple[Announcement, ...]

    @property
    def group_key(self) -> Element:
        return self.commitments[0]

    def verification_share(self, index: int) -> Element:
        """Return the public key of participant `index`'s share."""
        return verification_share(self.commitments, index)


def derive_secrets(seed: bytes, plan: CeremonyPlan) -> CeremonySecrets:
    """Return a participant's secrets, the same after a restart (spec 25 §3).

    `seed` is 32 random bytes of one participant. Session, static keys and threshold are bound, so
    that a seed used for two plans gives unrelated secrets.

    Raises:
        MalformedError: a seed of another length.
    """
    if len(seed) != SEED_BYTES:
        raise MalformedError(f"malformed seed: expected {SEED_BYTES} bytes")
    stem = seed + plan.context() + plan.threshold.to_bytes(4, "big")
    *coefficients, ephemeral_secret = (
        group.hash_to_scalar(stem + number.to_bytes(4, "big"), labels.CEREMONY_SECRETS)
        for number in range(plan.threshold + 1)
    )
    return CeremonySecrets(tuple(coefficients), ephemeral_secret)


def contribute(
    plan: CeremonyPlan, index: int, static_secret: Scalar, secrets: CeremonySecrets
) -> tuple[Contribution, ...]:
    """Return participant `index`'s contributions to 1..n, its own among them (C2SP, Round 1).

    Raises:
        CeremonyError: not the participant of the plan, or another number of coefficients.
        MalformedError: a secret is zero (never seen from a random seed: take another).
    """
    check_static_secret(plan, index, static_secret)
    if len(secrets.coefficients) != plan.threshold:
        raise CeremonyError(0, "another number of coefficients than the threshold")
    commitments = commit(secrets.coefficients)
    ephemeral_key = group.multiply_base(secrets.ephemeral_secret)
    proof = sign(secrets.coefficients[0], proof_message(plan, commitments, ephemeral_key))
    announcement = Announcement(commitments, proof, ephemeral_key)
    return tuple(
        Contribution(
            announcement,
            encrypt_share(
                plan,
                index,
                recipient,
                static_secret,
                secrets.ephemeral_secret,
                evaluate_polynomial(secrets.coefficients, recipient),
            ),
        )
        for recipient in plan.indices
    )


def receive(
    plan: CeremonyPlan,
    index: int,
    static_secret: Scalar,
    contributions: Mapping[int, Contribution],
) -> Outcome:
    """Check all contributions to participant `index` and add them up (C2SP, Round 2).

    1. Everybody has contributed.
    2. Everybody has as many commitments as the threshold, and a proof of possession.
    3. Everybody's share opens and lies on the committed polynomial.
    4. The sum of the shares fits the sum of the commitments.

    Raises:
        CeremonyError: naming the participant at fault, the lowest index of the first step that
            fails. It ends the ceremony: another one takes a fresh session.
    """
    check_static_secret(plan, index, static_secret)
    for sender in plan.indices:
        if sender not in contributions:
            raise CeremonyError(sender, "has not contributed")
    announcements = tuple(contributions[sender].announcement for sender in plan.indices)
    for sender in plan.indices:
        verify_announcement(plan, sender, contributions[sender].announcement)
    share = group.scalar_from_int(0)
    for sender in plan.indices:
        received = _open_share(plan, sender, index, static_secret, contributions[sender])
        share = group.scalar_add(share, received)
    commitments = aggregate(announcements)
    if not _is_share_of(share, commitments, index):
        raise CeremonyError(0, "the summed share does not fit the summed commitments")
    return Outcome(plan, index, share, commitments, announcements)


def certify(outcome: Outcome, static_secret: Scalar) -> Signature:
    """Sign the transcript that led to an outcome (C2SP, Round 3 step 2).

    Raises:
        CeremonyError: not the participant whose outcome it is.
    """
    check_static_secret(outcome.plan, outcome.index, static_secret)
    return sign(static_secret, transcript(outcome.plan, outcome.announcements))


def _open_share(
    plan: CeremonyPlan,
    sender: int,
    recipient: int,
    static_secret: Scalar,
    contribution: Contribution,
) -> Scalar:
    announcement, encrypted_share = contribution.announcement, contribution.encrypted_share
    try:
        plaintext = decrypt_share(
            plan, sender, recipient, static_secret, announcement.ephemeral_key, encrypted_share
        )
        share = group.decode_scalar(plaintext)
    except OpenError:
        raise CeremonyError(sender, "the encrypted share does not open") from None
    except MalformedError:
        raise CeremonyError(sender, "the share is not a reduced scalar") from None
    if not _is_share_of(share, announcement.commitments, recipient):
        raise CeremonyError(sender, "the share is zero or not on the committed polynomial")
    return share


def _is_share_of(share: Scalar, commitments: tuple[Element, ...], index: int) -> bool:
    # A zero share is refused: it comes by chance once in 2^252, else somebody planted it.
    return any(share) and group.multiply_base(share) == verification_share(commitments, index)
