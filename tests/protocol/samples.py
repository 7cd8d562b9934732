"""Fixed keys and values of two members, and strategies for what travels between them."""

from dataclasses import dataclass
from datetime import date

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import strategies as st

from protocol import limits
from protocol.encoding import encode_base64url
from protocol.identifiers import Epoch, MemberId, RoundId
from protocol.messages.involvement import ContactDetails, Involvement
from protocol.messages.lookup import Question, Slot, Slots, Who
from protocol.messages.vocabulary import InvolvementKind, MemberKind, Role
from protocol.sealing.cell import SealingPrivateKey, SealingPublicKey, decode_sealing_key
from protocol.sealing.cell import sealing_key_from_seed as _sealing_key_from_seed


@dataclass(frozen=True)
class Party:
    """A member with both its keys, made from one byte."""

    id: MemberId
    signing_key: Ed25519PrivateKey
    verifying_key: Ed25519PublicKey
    sealing_private: SealingPrivateKey
    sealing_public: SealingPublicKey
    sealing_public_bytes: bytes

    @property
    def signing_key_text(self) -> str:
        return encode_base64url(self.verifying_key.public_bytes_raw())

    @property
    def sealing_key_text(self) -> str:
        return encode_base64url(self.sealing_public_bytes)


def make_party(member_id: str, number: int) -> Party:
    """Return a member with keys that depend on the number alone."""
    signing = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
    private, public = _sealing_key_from_seed(bytes([number]) * 96)
    return Party(
        MemberId(member_id),
        signing,
        signing.public_key(),
        private,
        decode_sealing_key(public),
        public,
    )


LEEDS = make_party("E08000035", 1)
BRADFORD = make_party("E08000032", 2)
KIRKLEES = make_party("E08000034", 3)

ROUND = RoundId(bytes(range(16)))
NOW_MS = 1_750_000_000_000
EPOCH = Epoch(486_111)
TOKEN = bytes(range(32))

member_ids = st.from_regex(r"[A-Z0-9]{3,12}", fullmatch=True)


def texts(most_bytes: int) -> st.SearchStrategy[str]:
    """Any printable text of at most so many UTF-8 bytes."""
    printable = st.characters(exclude_categories=["C", "Z"], include_characters=" ")
    return st.text(printable, max_size=most_bytes).filter(
        lambda text: len(text.encode()) <= most_bytes
    )


UNPRINTABLE = {
    "line end": "a\nb",
    "escape": "a\x1b[31mb",
    "NUL": "a\0b",
    "tab": "a\tb",
    "delete": "a\x7fb",
    "right-to-left override": "a\u202eb",
    "zero-width space": "a\u200bb",
    "line separator": "a\u2028b",
}
"""Texts that do more than stand there when they are shown."""


contact_details = st.builds(
    ContactDetails,
    organisation=texts(limits.ORGANISATION_BYTES),
    team=texts(limits.TEAM_BYTES),
    role=texts(limits.JOB_TITLE_BYTES),
    name=texts(limits.PERSON_BYTES),
    telephone=texts(limits.TELEPHONE_BYTES),
    out_of_hours_telephone=texts(limits.TELEPHONE_BYTES),
    email=texts(limits.EMAIL_BYTES),
)

involvements = st.builds(
    Involvement,
    kind=st.sampled_from(InvolvementKind),
    closed_on=st.none() | st.dates(),
    lead_practitioner=st.booleans(),
    updated_on=st.dates(),
    covers=texts(limits.COVERS_BYTES),
    contact=contact_details,
)

INVOLVEMENT = Involvement(
    InvolvementKind.CHILD_IN_NEED,
    None,
    True,
    date(2025, 6, 1),
    "since 2019",
    ContactDetails(
        "Leeds City Council",
        "Duty and Advice",
        "Social worker",
        "Sam Practitioner",
        "0113 496 0001",
        "0113 496 0002",
        "duty@leeds.invalid",
    ),
)

WHO = Who("Sam Practitioner", "0113 496 0001", "Duty and Advice", "CASE-1", False)

whos = st.builds(
    Who,
    name=texts(limits.PERSON_BYTES),
    telephone=texts(limits.TELEPHONE_BYTES),
    team=texts(limits.TEAM_BYTES),
    reference=texts(limits.REFERENCE_BYTES),
    protected_location=st.booleans(),
)

slots = st.builds(
    Slot,
    tag=st.binary(min_size=8, max_size=8),
    masked_seed=st.binary(min_size=16, max_size=16),
)

questions = st.builds(
    Question,
    oprf_key=st.binary(min_size=8, max_size=8),
    matching_version=st.integers(0, 2**16 - 1),
    epoch=st.integers(0, 2**32 - 1).map(Epoch),
    directory_version=st.integers(0, 2**32 - 1),
    directory_hash=st.binary(min_size=32, max_size=32),
    asker_kind=st.sampled_from(MemberKind),
    role=st.sampled_from(Role),
    purpose=st.integers(0, 2**16 - 1),
    slots=st.lists(slots, min_size=64, max_size=64).map(Slots.of),
    who_cell=st.binary(min_size=232, max_size=232),
)
