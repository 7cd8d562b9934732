"""P4: it takes t of n keyholders to make a token, each counts first, and nobody holds the key."""

import functools
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import combinations

import pytest

from node.errors import AskError
from protocol.identifiers import OPRF_KEY_ID_BYTES, MemberId
from protocol.limits import LOOKUP_BATCH
from protocol.matching.keys import question_keys
from protocol.messages.link import Frame, FrameType
from protocol.oprf import group
from protocol.oprf.certificate import Certificate
from protocol.oprf.group import Scalar
from protocol.sealing.envelope import Kind, reply_bytes
from tests.properties.asking import ASKER
from tests.properties.insiders import elements_counted, evaluated, share_of, tokens_held
from tests.properties.observed import ObservedFederation
from tests.properties.planted import KNOWN, RECORD, identity
from tests.properties.searching import found_in_files, found_in_memory
from tests.properties.sharing import is_key, recombined

THRESHOLD = 3
STRONGEST = question_keys(identity(KNOWN), household=False)[0].oprf_input


def is_evaluation(frame: Frame) -> bool:
    return frame.type is FrameType.REPLY and len(frame.content) == reply_bytes(Kind.EVALUATION)


@contextmanager
def without_their_shares(federation: ObservedFederation, names: list[str]) -> Iterator[None]:
    """Take away the shares of some keyholders, whose nodes go on."""
    paths = [federation.node_folder(federation.plan(name)) / "share.sealed" for name in names]
    for path in paths:
        path.rename(path.with_suffix(".away"))
    try:
        yield
    finally:
        for path in paths:
            path.with_suffix(".away").rename(path)


@pytest.fixture
def shares(federation: ObservedFederation) -> dict[int, Scalar]:
    """Every keyholder's share, which only somebody with all five store keys can bring together."""
    shares = {}
    for plan in federation.plans:
        with federation.inside(plan.name) as opened:
            share = share_of(opened)
            shares[share.index] = share.share
    return shares


def test_p04_two_keyholders_make_no_token(federation: ObservedFederation) -> None:
    with (
        without_their_shares(federation, ["Northmoor", "Southmere", "Westbrook"]),
        federation.inside(ASKER) as opened,
        pytest.raises(AskError, match="3 keyholders are needed and only 2"),
    ):
        evaluated(opened, [STRONGEST])


def test_p04_three_keyholders_make_the_token(federation: ObservedFederation) -> None:
    """The control."""
    with federation.inside("Northmoor") as opened:
        held = tokens_held(opened, RECORD["case_reference"])
    with (
        without_their_shares(federation, ["Northmoor", "Southmere"]),
        federation.inside(ASKER) as opened,
    ):
        assert evaluated(opened, [STRONGEST])[0] == held[:1]


def test_p04_any_three_shares_are_the_key_and_no_two_are(
    federation: ObservedFederation, shares: dict[int, Scalar]
) -> None:
    with federation.inside(ASKER) as opened:
        key = opened.directory.current().oprf_key
    assert key is not None
    for size, are_the_key in ((THRESHOLD, True), (THRESHOLD - 1, False)):
        for indices in combinations(sorted(shares), size):
            secret = recombined({index: shares[index] for index in indices})
            assert is_key(secret, key) is are_the_key


def test_p04_no_process_holds_the_key_and_no_file_the_key_or_a_share(
    federation: ObservedFederation, shares: dict[int, Scalar]
) -> None:
    secret = recombined({index: shares[index] for index in (1, 2, 3)})
    key = _forms(secret)
    assert found_in_memory(os.getpid(), key) == set(key), "the control: here it is, for now"
    for pid in federation.every_pid().values():
        assert not found_in_memory(pid, key)
    forms = [form for scalar in (secret, *shares.values()) for form in _forms(scalar)]
    assert not found_in_files(federation.folder, forms)


def test_p04_the_key_is_the_sum_of_what_each_keyholder_chose_alone(
    federation: ObservedFederation,
) -> None:
    """Not even at set-up: nobody chose it, and no part of it is the whole (or nothing)."""
    with federation.inside(ASKER) as opened:
        directory = opened.directory.current()
    assert directory.ceremony is not None
    assert directory.oprf_key is not None
    content = (federation.node_folder(federation.plans[0]) / "ceremony-certificate").read_bytes()
    certificate = Certificate.decode(content, directory.ceremony)
    certificate.verify()  # each has shown that it knows what it chose
    chosen = [announcement.commitments[0] for announcement in certificate.announcements]
    key = functools.reduce(group.add, chosen)
    assert hashlib.sha256(key).digest()[:OPRF_KEY_ID_BYTES] == directory.oprf_key.key_id
    assert len(set(chosen)) == len(federation.plans)
    assert not {key, group.IDENTITY} & set(chosen)


def test_p04_a_share_is_in_the_memory_of_its_own_node_alone(
    federation: ObservedFederation,
) -> None:
    """The control to the one above: what a node does hold is found there, and nowhere else."""
    with federation.inside("Westbrook") as opened:
        share = share_of(opened).share
    seen_at: set[str] = set()

    def look(member: MemberId, frame: Frame) -> None:
        if member == federation.member("Westbrook") and is_evaluation(frame):
            pids = federation.every_pid().items()
            seen_at.update(name for name, pid in pids if found_in_memory(pid, [share]))

    def evaluate_and_look() -> bool:
        # The share is opened for each evaluation; what is left of it is soon written over.
        with federation.inside(ASKER) as opened:
            evaluated(opened, [STRONGEST])
        return bool(seen_at)

    with federation.gated(look):
        federation.wait("the share to be seen where it is used", evaluate_and_look)
    assert seen_at == {"Westbrook"}


@pytest.mark.usefixtures("asked_thrice")  # so that there is something to add to
def test_p04_an_evaluation_is_counted_before_its_reply_leaves(
    federation: ObservedFederation,
) -> None:
    counted: dict[MemberId, int] = {}

    def look(member: MemberId, frame: Frame) -> None:
        if is_evaluation(frame):
            counted[member] = _counted(federation, member)

    before = {MemberId(plan.id): _counted(federation, plan.id) for plan in federation.plans}
    with federation.gated(look), federation.inside(ASKER) as opened:
        evaluated(opened, [STRONGEST])
        federation.wait("every keyholder to reply", lambda: len(counted) == len(before))
    assert counted == {member: number + LOOKUP_BATCH for member, number in before.items()}


def _forms(scalar: Scalar) -> list[bytes]:
    """Return a scalar as it stands in memory, in the other order of bytes, and both written out."""
    orders = [bytes(scalar), bytes(scalar)[::-1]]
    return [*orders, *(order.hex().encode() for order in orders)]


def _counted(federation: ObservedFederation, member: str) -> int:
    name = next(plan.name for plan in federation.plans if plan.id == member)
    with federation.inside(name) as opened:
        return elements_counted(opened, federation.member(ASKER), Kind.EVALUATION)
