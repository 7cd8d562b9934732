"""The transcript of a key ceremony, and the certificate that all signed it (spec 25 §6, §7)."""

from collections.abc import Sequence
from dataclasses import dataclass

from protocol.encoding import Reader
from protocol.errors import CeremonyError, SignatureError
from protocol.oprf import group
from protocol.oprf.contribution import (
    CIPHERSUITE,
    Announcement,
    CeremonyPlan,
    verify_announcement,
)
from protocol.oprf.group import Element
from protocol.oprf.schnorr import SIGNATURE_BYTES, Signature, verify_signature
from protocol.oprf.sharing import add_commitments


@dataclass(frozen=True, slots=True)
class Certificate:
    """Announcements and signatures of all participants, in index order.

    Wire form: C2SP's success certificate, the transcript and then n signatures of 64 bytes.
    Enough, with the plan, to check a ceremony offline and to take its key.

    Raises:
        CeremonyError: not one announcement and one signature for each participant.
    """

    plan: CeremonyPlan
    announcements: tuple[Announcement, ...]
    signatures: tuple[Signature, ...]

    def __post_init__(self) -> None:
        if not len(self.announcements) == len(self.signatures) == len(self.plan.static_keys):
            raise CeremonyError(0, "certificate: expected one part from each participant")

    def encode(self) -> bytes:
        return transcript(self.plan, self.announcements) + b"".join(
            signature.encode() for signature in self.signatures
        )

    @classmethod
    def decode(cls, content: bytes, plan: CeremonyPlan) -> "Certificate":
        """Return the certificate of a plan. It proves nothing until `verify` has passed.

        Raises:
            MalformedError: not of this form, of another plan, or a value not canonical.
        """
        reader = Reader(content, "certificate")
        if len(content) != certificate_bytes(plan):
            raise reader.fail(f"expected {certificate_bytes(plan)} bytes, got {len(content)}")
        head, tail = _head(plan), _tail(plan)
        if reader.fixed(len(head)) != head:
            raise reader.fail("of another plan")
        commitments = [_read_elements(reader, plan.threshold) for _ in plan.indices]
        proofs = _read_signatures(reader, plan)
        ephemeral_keys = _read_elements(reader, len(plan.indices))
        if reader.fixed(len(tail)) != tail:
            raise reader.fail("of another extension")
        signatures = _read_signatures(reader, plan)
        announcements = map(Announcement, commitments, proofs, ephemeral_keys)
        return cls(plan, tuple(announcements), signatures)

    def verify(self) -> None:
        """Check that every participant took part in this ceremony and certified its result.

        1. Each has as many commitments as the threshold, and a proof of possession.
        2. The commitments add up to a key.
        3. Each has signed this transcript with the static key of the plan.

        The caller still owes that the plan's keys are the keyholders' and its session is fresh.
        That every share was right is each participant's word, which it gave by signing.

        Raises:
            CeremonyError: naming the participant at fault.
        """
        for index, announcement in zip(self.plan.indices, self.announcements, strict=True):
            verify_announcement(self.plan, index, announcement)
        self.commitments()
        signed = transcript(self.plan, self.announcements)
        for index, signature in zip(self.plan.indices, self.signatures, strict=True):
            try:
                verify_signature(self.plan.static_key(index), signed, signature)
            except SignatureError:
                raise CeremonyError(index, "has not signed this transcript") from None

    def commitments(self) -> tuple[Element, ...]:
        """Return the key's public side, t elements: the first is the group key (spec 25 §5)."""
        return aggregate(self.announcements)


def transcript(plan: CeremonyPlan, announcements: Sequence[Announcement]) -> bytes:
    """Return what all participants sign (C2SP, Round 3 step 1)."""
    return b"".join(
        (
            _head(plan),
            *(b"".join(announcement.commitments) for announcement in announcements),
            *(announcement.proof.encode() for announcement in announcements),
            *(announcement.ephemeral_key for announcement in announcements),
            _tail(plan),
        )
    )


def aggregate(announcements: Sequence[Announcement]) -> tuple[Element, ...]:
    """Return the sums of the commitments: the commitments to the polynomial nobody knows.

    Each announcement has passed `verify_announcement`.

    Raises:
        CeremonyError: a sum is the identity. It takes t participants together to do that.
    """
    sums = add_commitments([announcement.commitments for announcement in announcements])
    if group.IDENTITY in sums:
        raise CeremonyError(0, "the commitments add up to the identity")
    return sums


def certificate_bytes(plan: CeremonyPlan) -> int:
    """Return the one size that a plan's certificate has."""
    per_participant = (plan.threshold + 1) * group.ELEMENT_BYTES + 2 * SIGNATURE_BYTES
    return len(_head(plan)) + len(plan.static_keys) * per_participant + len(_tail(plan))


def _head(plan: CeremonyPlan) -> bytes:
    context = plan.context()
    return b"".join(
        (
            len(CIPHERSUITE).to_bytes(8, "little"),
            CIPHERSUITE,
            len(context).to_bytes(8, "little"),
            context,
            len(plan.static_keys).to_bytes(4, "little"),
            plan.threshold.to_bytes(4, "little"),
            *plan.static_keys,
        )
    )


def _tail(plan: CeremonyPlan) -> bytes:
    return len(plan.extension).to_bytes(8, "little") + plan.extension


def _read_elements(reader: Reader, count: int) -> tuple[Element, ...]:
    return tuple(group.decode_element(reader.fixed(group.ELEMENT_BYTES)) for _ in range(count))


def _read_signatures(reader: Reader, plan: CeremonyPlan) -> tuple[Signature, ...]:
    return tuple(Signature.decode(reader.fixed(SIGNATURE_BYTES)) for _ in plan.indices)
