"""t old shares: all of a generation that is no longer the directory's."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import pytest

from node.errors import AskError
from node.keyholding.ceremony import Ceremony
from node.keyholding.ceremony_file import CeremonyFile
from node.keyholding.share import KeyShare, ShareFile
from protocol.directory.document import OprfEntry, OprfKeyEntry
from protocol.directory.members import Directory
from protocol.encoding import encode_base64url
from protocol.errors import MalformedError
from protocol.matching.keys import question_keys
from protocol.messages.vocabulary import Cause, Outcome
from protocol.oprf import group, voprf
from protocol.oprf.certificate import Certificate
from protocol.oprf.group import Scalar
from protocol.oprf.sharing import commit, evaluate_polynomial
from protocol.oprf.voprf import TOKEN_BYTES, Blinding
from tests.attacks.arena import rows_of
from tests.attacks.keyholders import INPUT, Keyholders, evaluate
from tests.node.small_federation import (
    COEFFICIENTS,
    KEYHOLDERS,
    STORE_KEY,
    THRESHOLD,
    AnsweringCouncil,
    ask,
    child,
    council,
    enquiry,
    key_share,
    make_directory,
    prepare,
    record,
    secret_scalar,
    token_of,
)
from tests.node.small_hub import SmallHub
from tests.properties.sharing import is_key, recombined
from tests.protocol.oprf.honest_ceremony import CERTIFICATE, PLAN

NEW_GENERATION = 2


def directory_of(generation: int, coefficients: Sequence[Scalar]) -> Directory:
    commitments = tuple(map(encode_base64url, commit(coefficients)))
    key = OprfKeyEntry(generation=generation, commitments=commitments)
    return make_directory(oprf=OprfEntry(threshold=THRESHOLD, key=key))


@dataclass(frozen=True)
class Sharing:
    """A polynomial whose shares were used once."""

    coefficients: tuple[Scalar, ...]

    def share(self, index: int) -> KeyShare:
        share = evaluate_polynomial(self.coefficients, index)
        return KeyShare(index, share, group.multiply_base(share))

    def directory(self, generation: int) -> Directory:
        return directory_of(generation, self.coefficients)


def _old(power: int) -> Scalar:
    return secret_scalar(f"old {power}")


BEFORE_A_REFRESH = Sharing((COEFFICIENTS[0], *map(_old, range(1, THRESHOLD))))
"""Of the key that the directory still names: the constant term is the same."""

EARLIER_KEY = Sharing(tuple(map(_old, range(THRESHOLD))))
NEW = directory_of(NEW_GENERATION, COEFFICIENTS)

every_sharing = pytest.mark.parametrize(
    "old", [BEFORE_A_REFRESH, EARLIER_KEY], ids=["of this key", "of an earlier key"]
)


def all_of(keyholders: Keyholders) -> list[SmallHub]:
    return [SmallHub(keyholders.members)]


@every_sharing
def test_t_old_shares_of_honest_keyholders_evaluate_nothing(
    keyholders: Keyholders, old: Sharing
) -> None:
    keyholders.directory = NEW
    keyholders.shares = {index: old.share(index) for index in keyholders.shares}
    with pytest.raises(AskError, match="has no share of the key yet"):
        evaluate(all_of(keyholders), NEW)


@every_sharing
def test_t_old_shares_are_not_asked_for_again_by_naming_their_generation(
    keyholders: Keyholders, old: Sharing
) -> None:
    keyholders.directory = NEW
    with pytest.raises(AskError, match="is of another share generation"):
        evaluate(all_of(keyholders), old.directory(NEW_GENERATION - 1))


@every_sharing
def test_t_old_shares_in_a_thiefs_hands_convince_no_asker(
    keyholders: Keyholders, old: Sharing
) -> None:
    """He runs t nodes on them, under a directory of his own that calls them current."""
    keyholders.directory = old.directory(NEW_GENERATION)
    keyholders.shares = {index: old.share(index) for index in keyholders.shares}
    with pytest.raises(AskError) as raised:
        evaluate(all_of(keyholders), NEW)
    assert str(raised.value).count("gave an invalid reply (ProofError)") == KEYHOLDERS


def test_t_old_shares_of_this_key_are_the_key() -> None:
    """The stated limit, and why they must be erased: thieves need nobody's directory."""
    assert NEW.oprf_key is not None
    for indices in combinations(range(1, KEYHOLDERS + 1), THRESHOLD):
        shares = {index: BEFORE_A_REFRESH.share(index).share for index in indices}
        assert is_key(recombined(shares), NEW.oprf_key)


def test_t_old_shares_are_needed_whole_and_do_not_mix_with_new_ones() -> None:
    assert NEW.oprf_key is not None
    old = {index: BEFORE_A_REFRESH.share(index).share for index in range(1, THRESHOLD)}
    assert not is_key(recombined(old), NEW.oprf_key)
    assert not is_key(recombined(old | {THRESHOLD: key_share(THRESHOLD).share}), NEW.oprf_key)


@pytest.mark.xfail(
    reason="comes with the order on the directory: share refresh erases the generation before",
    strict=True,
    raises=AssertionError,
)
def test_t_old_shares_are_erased_once_the_directory_names_the_next_generation(
    tmp_path: Path,
) -> None:
    """A keyholder's turn, as its node takes it at every beat."""
    shares = ShareFile(tmp_path / "share.sealed", STORE_KEY)
    shares.store(BEFORE_A_REFRESH.share(1))
    (tmp_path / "blocks").hardlink_to(tmp_path / "share.sealed")
    sealed = (tmp_path / "blocks").read_bytes()
    ceremony = CeremonyFile(tmp_path / "ceremony.sealed", STORE_KEY)
    Ceremony(
        council(1).id, ceremony, shares, tmp_path / "certificate", lambda: NEW, lambda *_: None
    ).step()
    assert shares.load() != BEFORE_A_REFRESH.share(1)
    assert (tmp_path / "blocks").read_bytes() != sealed


def test_new_shares_make_the_token(keyholders: Keyholders) -> None:
    """The control."""
    keyholders.directory = NEW
    assert evaluate(all_of(keyholders), NEW) == (token_of(INPUT), {})


@pytest.mark.parametrize("names_the_old_key", [False, True])
def test_t_old_shares_of_an_earlier_key_make_tokens_that_match_nothing(
    answering: AnsweringCouncil, names_the_old_key: bool
) -> None:
    answering.load([record(child())])
    keys = question_keys(child(), household=False)
    lookup = prepare(enquiry())
    stale = tuple(
        replace(keyed, token=token_under_the_old_key(key.oprf_input))
        for keyed, key in zip(lookup.tokens, keys, strict=True)
    )
    old = EARLIER_KEY.directory(NEW_GENERATION - 1).oprf_key
    change = {"oprf_key": old.key_id} if names_the_old_key and old is not None else {}
    answer = answering.answer(ask(replace(lookup, tokens=stale), change=change))
    expected = (
        (Outcome.CANNOT_ANSWER, Cause.OTHER_KEY)
        if names_the_old_key
        else (Outcome.NOT_KNOWN, Cause.NONE)
    )
    assert (answer.outcome, answer.cause) == expected
    assert not any(row.asker for row in rows_of(answering.ledger))


def token_under_the_old_key(oprf_input: bytes) -> bytes:
    """Return what t thieves make together of their old shares."""
    one = group.scalar_from_int(1)
    element = voprf.blind(oprf_input, one).blinded_element
    evaluated = group.multiply(EARLIER_KEY.coefficients[0], element)
    return voprf.finalize(Blinding(oprf_input, one, element), evaluated)[:TOKEN_BYTES]


def test_t_old_shares_do_not_come_back_by_the_certificate_of_their_session() -> None:
    content = CERTIFICATE.encode()
    Certificate.decode(content, PLAN).verify()  # the control
    with pytest.raises(MalformedError, match="another plan"):
        Certificate.decode(content, replace(PLAN, session=b"a later session, also fresh"))
