"""The children of the simulator, what members hold of them, and what is so the right answer."""

from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256

from node.records.model import Record
from node.records.tokens import Tokens
from protocol.matching.identity import Identity
from protocol.matching.keys import MATCHING_VERSION
from protocol.messages.vocabulary import Cause, Outcome
from protocol.oprf.group import Scalar
from tests.federation.directories import Terms
from tests.node.small_federation import child, involvement, tokens_of

NAMES = ("Ann", "Bea", "Cat")
ENTRIES = tuple(
    {"forename": name, "surname": f"{name}son", "date_of_birth": f"04/03/{year}", "nhs_number": ""}
    for name, year in zip(NAMES, (2013, 2014, 2015), strict=True)
)
PLACES = ("SW1A 1AA", "M1 1AE", "B11 1AA")
CHILDREN = tuple(
    child(**entries, postcode=place) for entries, place in zip(ENTRIES, PLACES, strict=True)
)
"""They have no fact in common: a question about one must not meet another."""


@dataclass(frozen=True, slots=True)
class Tables:
    """What a member's tables are made from; the children are by number."""

    key: bytes
    matching_version: int
    children: frozenset[int] | None
    """None: records were loaded since, and the tables are not theirs."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What a member goes by: its directory, and its tables if it has any."""

    terms: Terms
    tables: Tables | None


@lru_cache
def record_of(number: int, member: int, secret: Scalar) -> Record:
    """Return what a member holds of a child, its tokens under this key."""
    involved = involvement(worker=worker_of(member))
    return Record(f"CASE-{number}", tokens_of(CHILDREN[number], secret), involved)


def under_another_key(held: Record) -> Record:
    """Return a record with tokens that nobody makes any more."""
    old = (each._replace(token=sha256(each.token).digest()) for each in held.tokens)
    return replace(held, tokens=Tokens.of(old))


def worker_of(member: int) -> str:
    """Return whom a member names: no other member names this one."""
    return f"Worker of Council {member}"


@lru_cache
def asked_about(number: int, *, is_sure: bool) -> Identity:
    """Return what is typed of a child: all, or what no more than probable keys are made of."""
    if is_sure:
        return CHILDREN[number]
    return child(**ENTRIES[number], postcode="")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a member says."""

    outcome: Outcome
    cause: Cause = Cause.NONE


def right_answer(truth: Truth, asked: Terms, number: int, *, is_sure: bool) -> Answer:
    """Return the one answer that is true, to who asks by such a directory."""
    tables = truth.tables
    if tables is None:
        return _cannot(Cause.NO_COMPLETE_INDEX)
    if not asked.key == tables.key == truth.terms.key:
        return _cannot(Cause.OTHER_KEY)
    if not asked.matching_version == tables.matching_version == MATCHING_VERSION:
        return _cannot(Cause.OTHER_MATCHING_VERSION)
    if tables.children is None:
        return _cannot(Cause.NO_COMPLETE_INDEX)
    if number not in tables.children:
        return Answer(Outcome.NOT_KNOWN)
    return Answer(Outcome.KNOWN if is_sure else Outcome.MAY_BE_KNOWN)


def _cannot(cause: Cause) -> Answer:
    return Answer(Outcome.CANNOT_ANSWER, cause)
