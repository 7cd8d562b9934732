"""Evaluation: blinded elements to a keyholder, evaluated elements back (spec 50 §1)."""

import hashlib
from dataclasses import dataclass
from enum import IntEnum

from protocol import labels, limits
from protocol.encoding import Reader, Writer
from protocol.oprf.dleq import PROOF_BYTES, Proof
from protocol.oprf.group import ELEMENT_BYTES, Element, read_elements
from protocol.sealing.envelope import Kind, reply_body_bytes, request_body_bytes

_BATCH = {Kind.EVALUATION: limits.LOOKUP_BATCH, Kind.IMPORT_EVALUATION: limits.IMPORT_BATCH}


_SUBSET_BYTES = limits.KEYHOLDERS // 8


def batch_size(kind: Kind) -> int:
    """Return how many elements an evaluation of this kind has, always."""
    return _BATCH[kind]


def answer_salt(request_body: bytes, reply_body: bytes) -> bytes:
    """Return the salt of a reply to an evaluation: what is signed so says what answers what.

    A keyholder cannot deny what it was asked, nor an asker say that it asked something else (spec
    20 §8). No two replies to a request have one salt unless they are one reply.
    """
    named = Writer().prefixed(labels.EVALUATION_ANSWER).raw(request_body).raw(reply_body).done()
    return hashlib.sha256(named).digest()


class EvaluationStatus(IntEnum):
    """How a keyholder ended: one wire byte."""

    EVALUATED = 1
    ALLOWANCE_USED = 2
    OTHER_GENERATION = 3
    NOT_A_KEYHOLDER = 4
    NO_ELEMENT = 5


@dataclass(frozen=True, slots=True)
class EvaluationRequest:
    """A full batch of blinded elements for one generation of shares.

    An import's names the keyholders that are asked, by ascending index; a lookup's names none.
    """

    generation: int
    matching_version: int
    blinded_elements: tuple[Element, ...]
    subset: tuple[int, ...] = ()

    def encode(self) -> bytes:
        writer = Writer().integer(self.generation, 4).integer(self.matching_version, 2)
        if self.subset:
            writer.integer(sum(1 << index - 1 for index in self.subset), _SUBSET_BYTES)
        return writer.raw(b"".join(self.blinded_elements)).done()

    @classmethod
    def decode(cls, body: bytes, kind: Kind) -> "EvaluationRequest":
        """Return a request.

        That the elements are of the group is not checked yet: evaluating them does.

        Raises:
            MalformedError: wrong size, an element that cannot be one, or an import to nobody.
        """
        reader = Reader(body, "evaluation request", request_body_bytes(kind))
        generation, version = reader.integer(4), reader.integer(2)
        subset = _read_subset(reader) if kind is Kind.IMPORT_EVALUATION else ()
        elements = _read_elements(reader, batch_size(kind))
        reader.finish()
        return cls(generation, version, elements, subset)


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A keyholder's evaluated elements, and a lookup's proof.

    An import's have none: its last element checks the others (spec 20 §3).
    """

    evaluated_elements: tuple[Element, ...]
    proof: Proof | None = None


@dataclass(frozen=True, slots=True)
class EvaluationReply:
    """A keyholder's answer. `allowance_left` counts elements; `evaluated` is there on EVALUATED."""

    status: EvaluationStatus
    generation: int
    allowance_left: int
    evaluated: Evaluated | None

    def encode(self, kind: Kind) -> bytes:
        writer = (
            Writer()
            .integer(self.status, 1)
            .integer(self.generation, 4)
            .integer(min(self.allowance_left, 0xFFFFFFFF), 4)
        )
        if self.evaluated is not None:
            writer.raw(b"".join(self.evaluated.evaluated_elements))
            if self.evaluated.proof is not None:
                writer.raw(self.evaluated.proof.encode())
        return writer.padded(reply_body_bytes(kind))

    @classmethod
    def decode(cls, body: bytes, kind: Kind) -> "EvaluationReply":
        """Return a reply.

        That the elements are of the group is not checked yet: verifying or adding them does.

        Raises:
            MalformedError: wrong size, an unknown status, or an element that cannot be one.
        """
        reader = Reader(body, "evaluation reply", reply_body_bytes(kind))
        try:
            status = EvaluationStatus(reader.integer(1))
        except ValueError:
            raise reader.fail("unknown status") from None
        generation, left = reader.integer(4), reader.integer(4)
        evaluated = None
        if status is EvaluationStatus.EVALUATED:
            elements = _read_elements(reader, batch_size(kind))
            proof = None
            if kind is Kind.EVALUATION:
                proof = Proof.decode(reader.fixed(PROOF_BYTES))
            evaluated = Evaluated(elements, proof)
            reader.finish()
        else:
            reader.finish_padding()
        return cls(status, generation, left, evaluated)


def _read_subset(reader: Reader) -> tuple[int, ...]:
    mask = reader.integer(_SUBSET_BYTES)
    if not mask:
        raise reader.fail("names no keyholder")
    return tuple(index for index in range(1, limits.KEYHOLDERS + 1) if mask >> index - 1 & 1)


def _read_elements(reader: Reader, number: int) -> tuple[Element, ...]:
    return read_elements(reader.fixed(number * ELEMENT_BYTES), number)
