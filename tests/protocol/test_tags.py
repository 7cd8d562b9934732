from collections.abc import Callable
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import MalformedError
from protocol.identifiers import Epoch, MemberId, RoundId
from protocol.tags import hit_proof, joined_tags, mask_seed, tag, tag_context, who_key
from tests.protocol.samples import BRADFORD, EPOCH, KIRKLEES, LEEDS, ROUND, TOKEN

SEED = bytes(range(16))
DIGEST = bytes(32)
OTHER_TOKEN = bytes(32)
OTHER_ROUND = RoundId(bytes(16))
ASKER, ANSWERER, THIRD = LEEDS.id, BRADFORD.id, KIRKLEES.id


def _all_differ(values: dict[str, bytes]) -> None:
    same = [(a, b) for a, b in combinations(values, 2) if values[a] == values[b]]
    assert same == []


def test_tag_has_8_bytes() -> None:
    assert len(tag(TOKEN, tag_context(EPOCH, ANSWERER))) == 8


def test_tag_depends_on_token_epoch_and_recipient() -> None:
    _all_differ(
        {
            "tag": tag(TOKEN, tag_context(EPOCH, ANSWERER)),
            "another token": tag(OTHER_TOKEN, tag_context(EPOCH, ANSWERER)),
            "the next epoch": tag(TOKEN, tag_context(Epoch(EPOCH + 1), ANSWERER)),
            "another recipient": tag(TOKEN, tag_context(EPOCH, THIRD)),
        }
    )


@given(
    tokens=st.lists(st.binary(min_size=32, max_size=32), max_size=5),
    epoch=st.integers(0, 2**64 - 1).map(Epoch),
)
def test_tags_made_together_are_those_made_one_by_one(tokens: list[bytes], epoch: Epoch) -> None:
    context = tag_context(epoch, ANSWERER)
    one_by_one = b"".join(tag(token, context) for token in tokens)
    assert joined_tags(b"".join(tokens), context) == one_by_one


def test_mask_depends_on_token_round_asker_and_recipient() -> None:
    _all_differ(
        {
            "mask": mask_seed(TOKEN, SEED, ROUND, ASKER, ANSWERER),
            "another token": mask_seed(OTHER_TOKEN, SEED, ROUND, ASKER, ANSWERER),
            "another seed": mask_seed(TOKEN, bytes(16), ROUND, ASKER, ANSWERER),
            "another round": mask_seed(TOKEN, SEED, OTHER_ROUND, ASKER, ANSWERER),
            "another asker": mask_seed(TOKEN, SEED, ROUND, THIRD, ANSWERER),
            "another recipient": mask_seed(TOKEN, SEED, ROUND, ASKER, THIRD),
            "asker and recipient swapped": mask_seed(TOKEN, SEED, ROUND, ANSWERER, ASKER),
        }
    )


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=16, max_size=16))
def test_masking_twice_unmasks(token: bytes, seed: bytes) -> None:
    masked = mask_seed(token, seed, ROUND, ASKER, ANSWERER)
    assert mask_seed(token, masked, ROUND, ASKER, ANSWERER) == seed


def test_who_key_depends_on_seed_round_asker_and_recipient() -> None:
    _all_differ(
        {
            "key": who_key(SEED, ROUND, ASKER, ANSWERER),
            "another seed": who_key(bytes(16), ROUND, ASKER, ANSWERER),
            "another round": who_key(SEED, OTHER_ROUND, ASKER, ANSWERER),
            "another asker": who_key(SEED, ROUND, THIRD, ANSWERER),
            "another recipient": who_key(SEED, ROUND, ASKER, THIRD),
            "asker and recipient swapped": who_key(SEED, ROUND, ANSWERER, ASKER),
        }
    )


def test_who_key_has_32_bytes() -> None:
    assert len(who_key(SEED, ROUND, ASKER, ANSWERER)) == 32


def test_hit_proof_depends_on_token_round_asker_answerer_and_request() -> None:
    _all_differ(
        {
            "proof": hit_proof(TOKEN, ROUND, ASKER, ANSWERER, DIGEST),
            "another token": hit_proof(OTHER_TOKEN, ROUND, ASKER, ANSWERER, DIGEST),
            "another round": hit_proof(TOKEN, OTHER_ROUND, ASKER, ANSWERER, DIGEST),
            "another asker": hit_proof(TOKEN, ROUND, THIRD, ANSWERER, DIGEST),
            "another answerer": hit_proof(TOKEN, ROUND, ASKER, THIRD, DIGEST),
            "asker and answerer swapped": hit_proof(TOKEN, ROUND, ANSWERER, ASKER, DIGEST),
            "another request": hit_proof(TOKEN, ROUND, ASKER, ANSWERER, b"\1" * 32),
        }
    )


def test_no_two_uses_of_a_token_agree() -> None:
    """An answerer sees tag and mask: neither may be the start of a hit proof."""
    mask = mask_seed(TOKEN, bytes(16), ROUND, ASKER, ANSWERER)
    proof = hit_proof(TOKEN, ROUND, ASKER, ANSWERER, DIGEST)
    _all_differ(
        {
            "tag": tag(TOKEN, tag_context(EPOCH, ANSWERER)),
            "mask": mask[:8],
            "proof": proof[:8],
            "proof without request": hit_proof(TOKEN, ROUND, ASKER, ANSWERER, b"")[:8],
        }
    )


@pytest.mark.parametrize(
    "use",
    [
        pytest.param(lambda r: mask_seed(TOKEN, SEED, r, ASKER, ANSWERER), id="mask"),
        pytest.param(lambda r: who_key(SEED, r, ASKER, ANSWERER), id="who-key"),
        pytest.param(lambda r: hit_proof(TOKEN, r, ASKER, ANSWERER, DIGEST), id="hit proof"),
    ],
)
def test_refuses_a_round_of_another_length(use: Callable[[RoundId], bytes]) -> None:
    with pytest.raises(MalformedError):
        use(RoundId(bytes(15)))


def test_ids_of_different_lengths_do_not_run_together() -> None:
    """`ABC` + `DEF` must not look like `ABCD` + `EF0`."""
    first = hit_proof(TOKEN, ROUND, MemberId("ABCD"), MemberId("EFG"), DIGEST)
    second = hit_proof(TOKEN, ROUND, MemberId("ABC"), MemberId("DEFG"), DIGEST)
    assert first != second
