import hashlib

import pytest

from protocol.directory.members import parse_directory
from protocol.errors import DirectoryError, UnknownMemberError
from protocol.identifiers import MemberId
from protocol.oprf import group
from protocol.oprf.sharing import evaluate_polynomial
from protocol.sealing.signing import sign, verify_signature
from tests.protocol.directory.documents import (
    COEFFICIENTS,
    COMMITMENTS,
    PLACES,
    SESSION,
    changed,
    document,
    encoded,
)
from tests.protocol.samples import LEEDS

CONTENT = encoded(document())
DIRECTORY = parse_directory(CONTENT)


def test_lists_every_member_under_its_id() -> None:
    assert {member.id: member.name for member in DIRECTORY.members.values()} == dict(PLACES)


def test_gives_a_member_with_keys_ready_to_use() -> None:
    member = DIRECTORY.member(MemberId("E08000035"))
    verify_signature(member.signing_key, b"label", b"x", sign(LEEDS.signing_key, b"label", b"x"))


def test_refuses_unknown_member() -> None:
    with pytest.raises(UnknownMemberError):
        DIRECTORY.member(MemberId("E99999999"))


def test_lists_keyholders_by_index() -> None:
    keyholders = {index: member.id for index, member in DIRECTORY.keyholders().items()}
    assert keyholders == {index: place[0] for index, place in enumerate(PLACES, start=1)}


def test_keyholders_may_stand_in_any_order() -> None:
    content = document()
    content["members"].reverse()
    turned = parse_directory(encoded(content))
    assert turned.keyholders()[1].id == "E08000035"
    assert turned.ceremony == DIRECTORY.ceremony


def test_recomputes_every_public_share() -> None:
    assert DIRECTORY.oprf_key is not None
    assert DIRECTORY.oprf_key.verification_shares == {
        index: group.multiply_base(evaluate_polynomial(COEFFICIENTS, index))
        for index in range(1, 6)
    }


def test_names_the_key_by_the_group_key_alone() -> None:
    """A share refresh changes every other commitment: tokens and indexes stay."""
    assert DIRECTORY.oprf_key is not None
    assert DIRECTORY.oprf_key.key_id == hashlib.sha256(COMMITMENTS[0]).digest()[:8]


def test_gives_the_ceremony_of_the_session_and_the_keyholders() -> None:
    plan = DIRECTORY.ceremony
    assert plan is not None
    assert (plan.session, plan.threshold) == (bytes.fromhex(SESSION), 3)
    assert plan.static_keys == tuple(
        group.multiply_base(group.scalar_from_int(number)) for number in range(1, 6)
    )


def test_has_neither_key_nor_ceremony_before_there_is_one() -> None:
    directory = parse_directory(changed(("oprf",), {"threshold": 3}))
    assert (directory.oprf_key, directory.ceremony) == (None, None)


def test_is_named_by_the_hash_of_its_bytes() -> None:
    assert DIRECTORY.hash == hashlib.sha256(CONTENT).digest()


def test_refuses_a_document_against_the_rules() -> None:
    with pytest.raises(DirectoryError):
        parse_directory(changed(("members", 0, "id"), "E08000032"))
