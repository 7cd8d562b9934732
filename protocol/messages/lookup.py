"""A lookup: the question to one member and its answer (spec 50 §2-3)."""

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from protocol import limits
from protocol.encoding import Reader, Writer
from protocol.errors import MalformedError, OpenError
from protocol.identifiers import OPRF_KEY_ID_BYTES, Epoch
from protocol.messages.involvement import Involvement
from protocol.messages.vocabulary import LAST_WIRE_OUTCOME, Cause, MemberKind, Outcome, Role
from protocol.sealing.cell import TAG_BYTES as AEAD_TAG_BYTES
from protocol.sealing.envelope import Kind, reply_body_bytes
from protocol.tags import HIT_PROOF_BYTES, SEED_BYTES, TAG_BYTES

_WHO_CELL_BYTES = limits.WHO_BYTES + AEAD_TAG_BYTES
# A who-key is derived from a fresh seed for one cell and seals once.
_WHO_NONCE = bytes(12)


_SLOT = struct.Struct(f"{TAG_BYTES}s{SEED_BYTES}s")
SLOT_BYTES = _SLOT.size
_SLOTS_BYTES = limits.QUESTION_SLOTS * SLOT_BYTES
_TAGS = struct.Struct("!" + f"Q{SEED_BYTES}x" * limits.QUESTION_SLOTS)
_QUESTION = struct.Struct(f"!{OPRF_KEY_ID_BYTES}sHII32sBBH{_SLOTS_BYTES}s{_WHO_CELL_BYTES}s")


class Slot(NamedTuple):
    """One match key of a question: 8 bytes of tag, 16 of masked seed; both random when empty."""

    tag: bytes
    masked_seed: bytes

    def __repr__(self) -> str:
        return "Slot(...)"


class Slots:
    """All slots of a question, read one by one: an answerer needs all tags, and few masks."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def tags(self) -> tuple[int, ...]:
        """Return each slot's tag, read big-endian."""
        return _TAGS.unpack(self.content)

    @classmethod
    def of(cls, slots: Iterable[Slot]) -> "Slots":
        return cls(b"".join(slot.tag + slot.masked_seed for slot in slots))

    def __getitem__(self, number: int) -> Slot:
        return Slot._make(_SLOT.unpack_from(self.content, number * SLOT_BYTES))

    def __iter__(self) -> Iterator[Slot]:
        return map(Slot._make, _SLOT.iter_unpack(self.content))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Slots) and self.content == other.content

    def __hash__(self) -> int:
        return hash(self.content)


@dataclass(frozen=True, slots=True, repr=False)
class Who:
    """Who asks. `protected_location` sends the notice to the shielding officer alone."""

    name: str
    telephone: str
    team: str
    reference: str
    protected_location: bool

    def seal(self, key: bytes) -> bytes:
        """Return the who-block's 232 bytes under its own key.

        Raises:
            MalformedError: a text longer than `limits` allows.
        """
        content = (
            Writer()
            .text(self.name, limits.PERSON_BYTES)
            .text(self.telephone, limits.TELEPHONE_BYTES)
            .text(self.team, limits.TEAM_BYTES)
            .text(self.reference, limits.REFERENCE_BYTES)
            .integer(self.protected_location, 1)
            .padded(limits.WHO_BYTES)
        )
        return ChaCha20Poly1305(key).encrypt(_WHO_NONCE, content, None)

    @classmethod
    def open(cls, who_cell: bytes, key: bytes) -> "Who":
        """Return who asks.

        Raises:
            OpenError: sealed under another key.
            MalformedError: opened, but not of this form.
        """
        try:
            content = ChaCha20Poly1305(key).decrypt(_WHO_NONCE, who_cell, None)
        except InvalidTag:
            raise OpenError("who-block: does not open") from None
        reader = Reader(content, "who-block", limits.WHO_BYTES)
        who = cls(
            name=reader.text(limits.PERSON_BYTES),
            telephone=reader.text(limits.TELEPHONE_BYTES),
            team=reader.text(limits.TEAM_BYTES),
            reference=reader.text(limits.REFERENCE_BYTES),
            protected_location=reader.flag(),
        )
        reader.finish_padding()
        return who


@dataclass(frozen=True, slots=True, repr=False)
class Question:
    """What one member is asked. Role, purpose and kind stand outside the who-block, for policy."""

    oprf_key: bytes
    matching_version: int
    epoch: Epoch
    directory_version: int
    directory_hash: bytes
    asker_kind: MemberKind
    role: Role
    purpose: int
    slots: Slots
    who_cell: bytes

    def encode(self) -> bytes:
        return (
            Writer()
            .fixed(self.oprf_key, OPRF_KEY_ID_BYTES)
            .integer(self.matching_version, 2)
            .integer(self.epoch, 4)
            .integer(self.directory_version, 4)
            .fixed(self.directory_hash, 32)
            .integer(self.asker_kind, 1)
            .integer(self.role, 1)
            .integer(self.purpose, 2)
            .fixed(self.slots.content, _SLOTS_BYTES)
            .fixed(self.who_cell, _WHO_CELL_BYTES)
            .done()
        )

    @classmethod
    def decode(cls, body: bytes) -> "Question":
        """Return a question.

        Raises:
            MalformedError: wrong size, or an unknown kind of member or role.
        """
        if len(body) != _QUESTION.size:
            raise MalformedError(f"malformed question: expected {_QUESTION.size} bytes")
        key, version, epoch, of_directory, hash_, kind, role, purpose, slots, who_cell = (
            _QUESTION.unpack(body)
        )
        try:
            asker_kind, asker_role = MemberKind(kind), Role(role)
        except ValueError:
            raise MalformedError("malformed question: unknown kind of member or role") from None
        return cls(
            oprf_key=key,
            matching_version=version,
            epoch=Epoch(epoch),
            directory_version=of_directory,
            directory_hash=hash_,
            asker_kind=asker_kind,
            role=asker_role,
            purpose=purpose,
            slots=Slots(slots),
            who_cell=who_cell,
        )


_HITS = frozenset({Outcome.KNOWN, Outcome.MAY_BE_KNOWN, Outcome.BEING_CHECKED})
_CAUSES = {
    Outcome.REFUSED: {Cause.PURPOSE_NOT_ALLOWED, Cause.ROLE_NOT_ALLOWED, Cause.DAILY_LIMIT},
    Outcome.CANNOT_ANSWER: {
        Cause.NO_COMPLETE_INDEX,
        Cause.NO_VALID_POLICY,
        Cause.OTHER_KEY,
        Cause.OTHER_MATCHING_VERSION,
        Cause.OTHER_EPOCH,
    },
}

NO_PROOF = bytes(HIT_PROOF_BYTES)


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """What one member says. `slot` and `proof` name the strongest slot that matched.

    On any other outcome than a hit both are zero; involvements stand on KNOWN alone.
    """

    outcome: Outcome
    cause: Cause = Cause.NONE
    slot: int = 0
    proof: bytes = NO_PROOF
    involvements: tuple[Involvement, ...] = ()

    def encode(self) -> bytes:
        involvements = [involvement.encode() for involvement in self.involvements]
        return encode_answer(self.outcome, self.cause, self.slot, self.proof, involvements)

    @classmethod
    def decode(cls, body: bytes) -> "Answer":
        """Return an answer; its proof is not verified yet.

        Raises:
            MalformedError: wrong size, an outcome that does not travel, an unknown cause, a slot
                out of range, or parts that the outcome does not have.
        """
        reader = Reader(body, "answer", reply_body_bytes(Kind.LOOKUP))
        try:
            outcome, cause = Outcome(reader.integer(1)), Cause(reader.integer(1))
        except ValueError:
            raise reader.fail("unknown outcome or cause") from None
        slot, number = reader.integer(1), reader.integer(1)
        if outcome > LAST_WIRE_OUTCOME or slot >= limits.QUESTION_SLOTS:
            raise reader.fail("outcome or slot out of range")
        if number > limits.INVOLVEMENTS or (number > 0) != (outcome is Outcome.KNOWN):
            raise reader.fail("number of involvements does not fit the outcome")
        proof = reader.fixed(HIT_PROOF_BYTES)
        if outcome not in _HITS and (slot or proof != NO_PROOF):
            raise reader.fail("a slot or proof without a hit")
        if cause not in _CAUSES.get(outcome, {Cause.NONE}):
            raise reader.fail("cause does not fit the outcome")
        involvements = tuple(
            Involvement.decode(reader.fixed(limits.INVOLVEMENT_BYTES)) for _ in range(number)
        )
        reader.finish_padding()
        return cls(outcome, cause, slot, proof, involvements)


def encode_answer(
    outcome: Outcome, cause: Cause, slot: int, proof: bytes, involvements: Sequence[bytes]
) -> bytes:
    """Return an answer of involvements that are encoded already."""
    return (
        Writer()
        .integer(outcome, 1)
        .integer(cause, 1)
        .integer(slot, 1)
        .integer(len(involvements), 1)
        .fixed(proof, HIT_PROOF_BYTES)
        .raw(b"".join(involvements))
        .padded(reply_body_bytes(Kind.LOOKUP))
    )
