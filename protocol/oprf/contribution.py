"""What a key ceremony's participants agree on, and what each of them sends (spec 25 §2, §4)."""

import hashlib
from dataclasses import dataclass

from protocol import limits
from protocol.encoding import Reader, Writer
from protocol.errors import CeremonyError, SignatureError
from protocol.oprf import aead, group
from protocol.oprf.group import Element, Scalar
from protocol.oprf.schnorr import SIGNATURE_BYTES, Signature, verify_signature

CIPHERSUITE = b"COCKTAIL(Ristretto255, SHA-512)"
ENCRYPTED_SHARE_BYTES = group.SCALAR_BYTES + aead.TAG_BYTES
SESSION_BYTES_LEAST = 16
SESSION_BYTES_MOST = 64

_CONTEXT_LABEL = b"COCKTAIL-DKG-CONTEXT"


@dataclass(frozen=True, slots=True)
class CeremonyPlan:
    """What all participants must agree on beforehand: they are numbered from 1.

    `session` is 16 to 64 bytes, never used before; `static_keys` P_1..P_n stand in index order;
    `extension` is anything else that all are to sign.

    Raises:
        CeremonyError: a threshold below 2 or above n, more participants than a directory holds,
            a session of another length, or one key twice.
    """

    session: bytes
    threshold: int
    static_keys: tuple[Element, ...]
    extension: bytes = b""

    def __post_init__(self) -> None:
        if not SESSION_BYTES_LEAST <= len(self.session) <= SESSION_BYTES_MOST:
            raise CeremonyError(0, "session: expected 16 to 64 bytes")
        if len(self.static_keys) > limits.KEYHOLDERS:
            raise CeremonyError(0, f"participants: more than {limits.KEYHOLDERS}")
        # With a threshold of 1 every participant would hold the key itself.
        if not 2 <= self.threshold <= len(self.static_keys):
            raise CeremonyError(0, f"threshold: expected 2 to {len(self.static_keys)}")
        for index, key in enumerate(self.static_keys, start=1):
            first = self.static_keys.index(key) + 1
            if first != index:
                raise CeremonyError(0, f"participants {first} and {index}: the same static key")

    @property
    def indices(self) -> range:
        return range(1, len(self.static_keys) + 1)

    def static_key(self, index: int) -> Element:
        """Return P_index.

        Raises:
            CeremonyError: no such participant.
        """
        if index not in self.indices:
            raise CeremonyError(0, f"participant {index} is not in the plan")
        return self.static_keys[index - 1]

    def context(self) -> bytes:
        """Return the 64 bytes that every proof, key and signature is bound to (C2SP, Setup).

        They bind the session and the ordered keys; threshold and extension are bound by the
        number of commitments and by the transcript.
        """
        return hashlib.sha512(
            Writer()
            .raw(_CONTEXT_LABEL)
            .prefixed(self.session, 8)
            .prefixed(CIPHERSUITE, 8)
            .raw(len(self.static_keys).to_bytes(4, "little"))
            .raw(b"".join(self.static_keys))
            .done()
        ).digest()


@dataclass(frozen=True, slots=True)
class Announcement:
    """The public part of a contribution, the same to all: C_j, PoP_j, E_j."""

    commitments: tuple[Element, ...]
    proof: Signature
    ephemeral_key: Element


@dataclass(frozen=True, slots=True, repr=False)
class Contribution:
    """What one participant sends another in round 1.

    Wire form: an entry of C2SP's msg_2, C_j || PoP_j || E_j || 00 00 00 00 00 00 00 30 || c_j,i:
    32 t + 152 bytes.
    """

    announcement: Announcement
    encrypted_share: bytes

    def encode(self) -> bytes:
        return (
            Writer()
            .raw(b"".join(self.announcement.commitments))
            .raw(self.announcement.proof.encode())
            .raw(self.announcement.ephemeral_key)
            .integer(ENCRYPTED_SHARE_BYTES, 8)
            .fixed(self.encrypted_share, ENCRYPTED_SHARE_BYTES)
            .done()
        )

    @classmethod
    def decode(cls, content: bytes, threshold: int) -> "Contribution":
        """Return a contribution with `threshold` commitments. The caller names a malformed one's
        sender.

        Raises:
            MalformedError: not of this form, another number of commitments, or a value that is
                not canonical.
        """
        reader = Reader(content, "contribution")
        commitments = tuple(
            group.decode_element(reader.fixed(group.ELEMENT_BYTES)) for _ in range(threshold)
        )
        proof = Signature.decode(reader.fixed(SIGNATURE_BYTES))
        ephemeral_key = group.decode_element(reader.fixed(group.ELEMENT_BYTES))
        if reader.integer(8) != ENCRYPTED_SHARE_BYTES:
            raise reader.fail(f"encrypted share: expected {ENCRYPTED_SHARE_BYTES} bytes")
        encrypted_share = reader.fixed(ENCRYPTED_SHARE_BYTES)
        reader.finish()
        return cls(Announcement(commitments, proof, ephemeral_key), encrypted_share)


def proof_message(
    plan: CeremonyPlan, commitments: tuple[Element, ...], ephemeral_key: Element
) -> bytes:
    """Return what a proof of possession signs: context || C_j || E_j."""
    return plan.context() + b"".join(commitments) + ephemeral_key


def verify_announcement(plan: CeremonyPlan, index: int, announcement: Announcement) -> None:
    """Check participant `index`'s number of commitments and proof (C2SP, Round 2 steps 1, 2).

    Raises:
        CeremonyError: naming `index`.
    """
    # More commitments than agreed would raise the threshold for everybody.
    if len(announcement.commitments) != plan.threshold:
        raise CeremonyError(index, "another number of commitments than the threshold")
    message = proof_message(plan, announcement.commitments, announcement.ephemeral_key)
    try:
        verify_signature(announcement.commitments[0], message, announcement.proof)
    except SignatureError:
        raise CeremonyError(index, "the proof of possession does not verify") from None


def check_static_secret(plan: CeremonyPlan, index: int, static_secret: Scalar) -> None:
    """Check that a participant's own secret is the one the plan names.

    Raises:
        CeremonyError: it is not. With a wrong one, everybody else would seem to lie.
    """
    if not any(static_secret) or group.multiply_base(static_secret) != plan.static_key(index):
        raise CeremonyError(0, f"the static secret is not that of participant {index}")
