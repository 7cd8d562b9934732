"""The children of the simulator, what members hold of them, and what is so the right answer."""

from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256

from node.records.model import Record
from protocol.matching.identity import Identity
from protocol.messages.vocabulary import Cause, Outcome
from tests.node.small_federation import child, involvement, record

NAMES = ("Ann", "Bea", "Cat")
CHILDREN = tuple(child(forename=name, surname="Example", nhs_number="") for name in NAMES)

Truth = frozenset[int] | Cause
"""What a member knows: which children, by number, or why it cannot answer at all."""


@lru_cache
def record_of(number: int, member: int) -> Record:
    """Return what a member holds of a child."""
    involved = involvement(worker=worker_of(member))
    return record(CHILDREN[number], f"CASE-{number}", involved)


def under_another_key(held: Record) -> Record:
    """Return a record with tokens that nobody makes any more."""
    old = (each._replace(token=sha256(each.token).digest()) for each in held.tokens)
    return replace(held, tokens=tuple(old))


def worker_of(member: int) -> str:
    """Return whom a member names: no other member names this one."""
    return f"Worker of Council {member}"


@lru_cache
def asked_about(number: int, *, is_sure: bool) -> Identity:
    """Return what is typed of a child: all, or what no more than probable keys are made of."""
    if is_sure:
        return CHILDREN[number]
    return child(forename=NAMES[number], surname="Example", nhs_number="", postcode="")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a member says."""

    outcome: Outcome
    cause: Cause = Cause.NONE


def right_answer(truth: Truth, number: int, *, is_sure: bool) -> Answer:
    """Return the one answer that is true."""
    if isinstance(truth, Cause):
        return Answer(Outcome.CANNOT_ANSWER, truth)
    if number not in truth:
        return Answer(Outcome.NOT_KNOWN)
    return Answer(Outcome.KNOWN if is_sure else Outcome.MAY_BE_KNOWN)
