"""P9: a lying keyholder is caught and cannot be framed, and any t honest ones suffice."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import combinations

import pytest

from node.errors import AskError
from node.evaluating.evidence import parse_evidence
from node.evaluating.judging import verify_evidence
from node.keyholding.share import KeyShare
from protocol import limits
from protocol.identifiers import MemberId
from protocol.matching.keys import question_keys
from protocol.messages.link import Frame
from protocol.oprf import group, voprf
from protocol.oprf.voprf import TOKEN_BYTES, Blinding
from protocol.sealing.envelope import Kind, reply_bytes
from tests.properties.asking import ASKER
from tests.properties.insiders import evaluated, share_of, tokens_held
from tests.properties.observed import ObservedFederation
from tests.properties.planted import KNOWN, RECORD, identity
from tests.properties.relay import round_of
from tests.properties.sharing import recombined

COUNCILS = ("Northmoor", "Eastvale", "Southmere", "Westbrook", "Midshire")
STRONGEST = question_keys(identity(KNOWN), household=False)[0].oprf_input


@pytest.mark.usefixtures("no_evidence_yet")
def test_p09_where_nobody_lies_no_evidence_is_kept(
    federation: ObservedFederation, held_token: bytes
) -> None:
    """The control."""
    with federation.inside(ASKER) as opened:
        assert evaluated(opened, [STRONGEST]) == ([held_token], {})
    assert _accused(federation) == set()


@pytest.mark.usefixtures("no_evidence_yet")
@pytest.mark.parametrize("liars", [*combinations(COUNCILS, 1), *combinations(COUNCILS, 2)])
def test_p09_liars_are_named_and_the_three_honest_make_the_right_token(
    federation: ObservedFederation, held_token: bytes, liars: tuple[str, ...]
) -> None:
    with _lying(federation, liars), federation.inside(ASKER) as opened:
        tokens, problems = evaluated(opened, [STRONGEST])
    assert tokens == [held_token]
    assert set(problems) == set(liars)
    assert all("gave an invalid reply" in problem for problem in problems.values())
    assert _accused(federation) == set(liars)


@pytest.mark.usefixtures("no_evidence_yet")
def test_p09_beside_three_liars_no_token_is_made_and_all_three_are_named(
    federation: ObservedFederation,
) -> None:
    liars = ("Northmoor", "Southmere", "Westbrook")
    with (
        _lying(federation, liars),
        federation.inside(ASKER) as opened,
        pytest.raises(AskError) as raised,
    ):
        evaluated(opened, [STRONGEST])
    said = {name for name in COUNCILS if f"{name} gave an invalid reply" in str(raised.value)}
    assert said == set(liars)
    assert _accused(federation) == set(liars)


def test_p09_every_three_keyholders_make_the_token_that_is_held(
    federation: ObservedFederation, held_token: bytes
) -> None:
    shares = {}
    for name in COUNCILS:
        with federation.inside(name) as opened:
            share = share_of(opened)
            shares[share.index] = share.share
    subsets = list(combinations(shares, 3))
    assert len(subsets) == 10
    for indices in subsets:
        secret = recombined({index: shares[index] for index in indices})
        one = group.scalar_from_int(1)
        element = voprf.blind(STRONGEST, one).blinded_element
        evaluated = group.multiply(secret, element)
        token = voprf.finalize(Blinding(STRONGEST, one, element), evaluated)[:TOKEN_BYTES]
        assert token == held_token


@pytest.fixture(scope="module")
def held_token(federation: ObservedFederation) -> bytes:
    """The token of the known child's strongest key, as it was made when all were honest."""
    with federation.inside("Northmoor") as opened:
        return tokens_held(opened, RECORD["case_reference"])[0]


@pytest.fixture
def no_evidence_yet(federation: ObservedFederation) -> None:
    """Of each keyholder and day the first evidence is kept: that of the test before is let go."""
    with federation.inside(ASKER) as opened:
        shutil.rmtree(opened.folder.evidence, ignore_errors=True)


def _accused(federation: ObservedFederation) -> set[str]:
    """Return whom the evidence in the asker's folder shows to have lied, each of it checked."""
    with federation.inside(ASKER) as opened:
        directory = opened.directory.current()
        files = list(opened.folder.evidence.glob("*"))
    return {verify_evidence(parse_evidence(file.read_bytes()), directory).name for file in files}


@contextmanager
def _lying(federation: ObservedFederation, liars: Sequence[str]) -> Iterator[None]:
    """Let some keyholders evaluate with a share that is not theirs, and reply before others."""
    lying = {federation.member(name) for name in liars}

    def liars_first(member: MemberId, frame: Frame) -> None:
        if member in lying or len(frame.content) != reply_bytes(Kind.EVALUATION):
            return
        passed = federation.posted_in(round_of(frame))
        federation.wait(
            "the asker to be sent the liars' lines",
            lambda: all(liar.encode() in passed.down for liar in lying),
            limits.ROUND_SECONDS / 2,
        )

    with ExitStack() as stack:
        for name in liars:
            stack.enter_context(_with_another_share(federation, name))
        stack.enter_context(federation.gated(liars_first))
        yield


@contextmanager
def _with_another_share(federation: ObservedFederation, name: str) -> Iterator[None]:
    with federation.inside(name) as opened:
        file, mine = opened.folder.shares(opened.store_key), share_of(opened)
        another = group.scalar_add(mine.share, group.scalar_from_int(1))
        file.store(KeyShare(mine.index, another, mine.verification_share))
        try:
            yield
        finally:
            file.store(mine)
