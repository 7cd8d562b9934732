"""t old shares: all of a generation that is no longer the directory's."""

from dataclasses import replace

import pytest

from deploy.demo.federation import run_command
from node.errors import AskError
from node.keyholding.share import KeyShare
from protocol.directory.document import OprfEntry, OprfKeyEntry
from protocol.directory.members import Directory
from protocol.encoding import encode_base64url
from protocol.errors import MalformedError
from protocol.matching.keys import question_keys
from protocol.messages.vocabulary import Cause, Outcome
from protocol.oprf import group, voprf
from protocol.oprf.certificate import Certificate
from protocol.oprf.sharing import commit, evaluate_polynomial
from protocol.oprf.voprf import TOKEN_BYTES, Blinding
from tests.attacks.arena import rows_of
from tests.attacks.keyholders import INPUT, Keyholders, evaluate
from tests.node.small_federation import (
    COMMITMENTS,
    KEYHOLDERS,
    THRESHOLD,
    AnsweringCouncil,
    ask,
    child,
    enquiry,
    make_directory,
    prepare,
    record,
    secret_scalar,
    token_of,
)
from tests.node.small_hub import SmallHub
from tests.protocol.oprf.honest_ceremony import CERTIFICATE, PLAN

OLD_COEFFICIENTS = tuple(secret_scalar(f"old {power}") for power in range(THRESHOLD))


def old_share(index: int) -> KeyShare:
    share = evaluate_polynomial(OLD_COEFFICIENTS, index)
    return KeyShare(index, share, group.multiply_base(share))


def directory_of(generation: int, commitments: tuple[bytes, ...]) -> Directory:
    key = OprfKeyEntry(generation=generation, commitments=tuple(map(encode_base64url, commitments)))
    return make_directory(oprf=OprfEntry(threshold=THRESHOLD, key=key))


OLD = directory_of(1, commit(OLD_COEFFICIENTS))
NEW = directory_of(2, COMMITMENTS)


def all_of(keyholders: Keyholders) -> list[SmallHub]:
    return [SmallHub(keyholders.members)]


def test_t_old_shares_of_honest_keyholders_evaluate_nothing(keyholders: Keyholders) -> None:
    keyholders.directory = NEW
    keyholders.shares = {index: old_share(index) for index in keyholders.shares}
    with pytest.raises(AskError, match="has no share of the key yet"):
        evaluate(all_of(keyholders), NEW)


def test_t_old_shares_are_not_asked_for_again_by_naming_their_generation(
    keyholders: Keyholders,
) -> None:
    keyholders.directory = NEW
    with pytest.raises(AskError, match="is of another share generation"):
        evaluate(all_of(keyholders), OLD)


def test_t_old_shares_in_a_thiefs_hands_convince_no_asker(keyholders: Keyholders) -> None:
    """He runs t nodes on them, under a directory of his own that calls them current."""
    keyholders.directory = directory_of(2, commit(OLD_COEFFICIENTS))
    keyholders.shares = {index: old_share(index) for index in keyholders.shares}
    with pytest.raises(AskError) as raised:
        evaluate(all_of(keyholders), NEW)
    assert str(raised.value).count("gave an invalid reply (ProofError)") == KEYHOLDERS


def test_new_shares_make_the_token(keyholders: Keyholders) -> None:
    """The control."""
    keyholders.directory = NEW
    assert evaluate(all_of(keyholders), NEW) == (token_of(INPUT), {})


@pytest.mark.parametrize("names_the_old_key", [False, True])
def test_t_old_shares_of_an_earlier_key_make_tokens_that_match_nothing(
    answering: AnsweringCouncil, names_the_old_key: bool
) -> None:
    answering.load([record(child())])
    keys = question_keys(child())
    lookup = prepare(enquiry())
    stale = tuple(
        replace(keyed, token=token_under_the_old_key(key.oprf_input))
        for keyed, key in zip(lookup.tokens, keys, strict=True)
    )
    old = OLD.oprf_key
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
    evaluated = group.multiply(OLD_COEFFICIENTS[0], element)
    return voprf.finalize(Blinding(oprf_input, one, element), evaluated)[:TOKEN_BYTES]


def test_t_old_shares_do_not_come_back_by_the_certificate_of_their_session() -> None:
    content = CERTIFICATE.encode()
    Certificate.decode(content, PLAN).verify()  # the control
    with pytest.raises(MalformedError, match="another plan"):
        Certificate.decode(content, replace(PLAN, session=b"a later session, also fresh"))


@pytest.mark.xfail(reason="comes with the order on the directory: share refresh", strict=True)
def test_t_old_shares_are_worthless_once_the_shares_are_refreshed() -> None:
    assert "refresh" in run_command("whoelse-directory", "--help")
