from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import CeremonyError, MalformedError
from protocol.oprf import group
from protocol.oprf.ceremony import (
    CeremonyPlan,
    CeremonySecrets,
    Contribution,
    certify,
    contribute,
    derive_secrets,
    receive,
    transcript,
)
from protocol.oprf.group import Scalar
from protocol.oprf.share_encryption import encrypt_share
from protocol.oprf.sharing import commit
from protocol.oprf.threshold import lagrange_coefficient
from tests.protocol.oprf.honest_ceremony import (
    HONEST,
    LIAR,
    OUTCOMES,
    PLAN,
    SECRETS,
    SENT,
    STATIC_SECRETS,
    VICTIM,
    addressed_to,
    bad_proof,
    overwritten,
    scalar_of,
    seed_of,
)


def test_all_participants_hold_one_public_side() -> None:
    assert len({outcome.commitments for outcome in OUTCOMES}) == 1
    assert len({transcript(PLAN, outcome.announcements) for outcome in OUTCOMES}) == 1


def test_verification_shares_are_the_shares_public_keys() -> None:
    for outcome in OUTCOMES:
        assert OUTCOMES[0].verification_share(outcome.index) == group.multiply_base(outcome.share)


@pytest.mark.parametrize("indices", list(combinations(range(1, 6), 3)))
def test_any_three_shares_recombine_to_the_group_secret(indices: tuple[int, ...]) -> None:
    assert group.multiply_base(_recombine(indices)) == OUTCOMES[0].group_key


def test_two_shares_do_not_recombine() -> None:
    assert group.multiply_base(_recombine((1, 2))) != OUTCOMES[0].group_key


def _recombine(indices: tuple[int, ...]) -> Scalar:
    secret = group.scalar_from_int(0)
    for index in indices:
        weight = lagrange_coefficient(index, indices)
        secret = group.scalar_add(secret, group.scalar_multiply(weight, OUTCOMES[index - 1].share))
    return secret


def test_a_restart_recomputes_the_same_contributions() -> None:
    secrets = derive_secrets(seed_of(1), PLAN)
    assert [
        contribution.encode() for contribution in contribute(PLAN, 1, STATIC_SECRETS[0], secrets)
    ] == [contribution.encode() for contribution in SENT[0]]


def test_seed_derivation_is_stable() -> None:
    plan = CeremonyPlan(bytes(32), 2, PLAN.static_keys[:2])
    secrets = derive_secrets(bytes(range(32)), plan)
    assert [scalar.hex() for scalar in (*secrets.coefficients, secrets.ephemeral_secret)] == [
        "125261a12013905870dd42c74950e9f8db6f3f092d7e3a5825fd28269d3d2f07",
        "fd5b95710819d5617bf6bf5dc2383f8e87f3acb2491459815b983c18d1bad705",
        "38f395a287a8eee040cad44e6c5cfd1da95222244c6f26b6fb7ecfb0022edc08",
    ]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(PLAN, session=b"another session!"), id="session"),
        pytest.param(replace(PLAN, threshold=2), id="threshold"),
        pytest.param(replace(PLAN, static_keys=PLAN.static_keys[::-1]), id="order"),
    ],
)
def test_one_seed_gives_unrelated_secrets_under_another(other: CeremonyPlan) -> None:
    mine, theirs = derive_secrets(seed_of(1), PLAN), derive_secrets(seed_of(1), other)
    assert mine.ephemeral_secret != theirs.ephemeral_secret
    assert not set(mine.coefficients) & set(theirs.coefficients)


def test_refuses_seed_of_another_length() -> None:
    with pytest.raises(MalformedError):
        derive_secrets(bytes(31), PLAN)


def test_reprs_hold_no_secrets() -> None:
    outcome, secrets = OUTCOMES[0], SECRETS[0]
    shown = repr(outcome) + repr(secrets) + repr(HONEST)
    for secret in (outcome.share, secrets.ephemeral_secret, *secrets.coefficients):
        assert secret.hex() not in shown
        assert repr(secret) not in shown


# Plans.


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"threshold": 1}, id="a threshold of one"),
        pytest.param({"threshold": 0}, id="a threshold of zero"),
        pytest.param({"threshold": 6}, id="more than all"),
        pytest.param({"session": b"short"}, id="a short session"),
        pytest.param({"session": bytes(65)}, id="a long session"),
        pytest.param({"static_keys": ()}, id="nobody"),
        pytest.param(
            {"static_keys": (*PLAN.static_keys, PLAN.static_keys[1])}, id="duplicate static keys"
        ),
        pytest.param(
            {"static_keys": commit([group.scalar_from_int(number) for number in range(1, 66)])},
            id="more participants than a directory holds",
        ),
    ],
)
def test_refuses_plan_with(change: dict[str, object]) -> None:
    with pytest.raises(CeremonyError) as caught:
        replace(PLAN, **change)  # type: ignore[arg-type]
    assert caught.value.accused == 0


def test_refuses_duplicate_static_keys_saying_whose() -> None:
    with pytest.raises(CeremonyError, match="participants 2 and 6: the same static key"):
        replace(PLAN, static_keys=(*PLAN.static_keys, PLAN.static_keys[1]))


@pytest.mark.parametrize("index", [0, 6, -1])
def test_refuses_participant_outside_the_plan(index: int) -> None:
    with pytest.raises(CeremonyError, match="not in the plan"):
        contribute(PLAN, index, STATIC_SECRETS[0], SECRETS[0])


def test_refuses_static_secret_of_another_participant() -> None:
    other = STATIC_SECRETS[2]
    attempts: tuple[Callable[[], object], ...] = (
        lambda: contribute(PLAN, 1, other, SECRETS[0]),
        lambda: receive(PLAN, 1, other, addressed_to(1)),
        lambda: certify(OUTCOMES[0], other),
        lambda: certify(OUTCOMES[0], group.scalar_from_int(0)),
    )
    for attempt in attempts:
        with pytest.raises(CeremonyError) as caught:
            attempt()
        assert caught.value.accused == 0


def test_refuses_to_contribute_another_number_of_coefficients() -> None:
    with pytest.raises(CeremonyError) as caught:
        contribute(replace(PLAN, threshold=2), 1, STATIC_SECRETS[0], SECRETS[0])
    assert caught.value.accused == 0


# Lies in round 1: each is refused and names the liar.


def _lying_contribution(secrets: CeremonySecrets, plan: CeremonyPlan = PLAN) -> Contribution:
    return contribute(plan, LIAR, STATIC_SECRETS[LIAR - 1], secrets)[VICTIM - 1]


def _with_plaintext(plaintext: bytes) -> Contribution:
    encrypted_share = encrypt_share(
        PLAN,
        LIAR,
        VICTIM,
        STATIC_SECRETS[LIAR - 1],
        SECRETS[LIAR - 1].ephemeral_secret,
        plaintext,
    )
    return replace(HONEST, encrypted_share=encrypted_share)


def _exchanged_ephemeral_key() -> Contribution:
    key = SENT[0][0].announcement.ephemeral_key
    return replace(HONEST, announcement=replace(HONEST.announcement, ephemeral_key=key))


def _rogue_commitment() -> Contribution:
    """Cancel another participant's key, without knowing the secret of the difference."""
    minus_one = group.scalar_from_int(-1)
    first = group.add(
        HONEST.announcement.commitments[0],
        group.multiply(minus_one, SENT[0][0].announcement.commitments[0]),
    )
    commitments = (first, *HONEST.announcement.commitments[1:])
    return replace(HONEST, announcement=replace(HONEST.announcement, commitments=commitments))


def _raised_threshold() -> Contribution:
    """The context does not bind t, so this proof of possession verifies."""
    plan = replace(PLAN, threshold=4)
    return _lying_contribution(derive_secrets(seed_of(LIAR), plan), plan)


def _lowered_threshold() -> Contribution:
    plan = replace(PLAN, threshold=2)
    return _lying_contribution(derive_secrets(seed_of(LIAR), plan), plan)


def _other_session() -> Contribution:
    plan = replace(PLAN, session=b"another session!")
    return _lying_contribution(SECRETS[LIAR - 1], plan)


def _share_off_the_polynomial() -> Contribution:
    return _with_plaintext(group.scalar_from_int(5))


def _unreduced_share() -> Contribution:
    return _with_plaintext(group.ORDER.to_bytes(32, "little"))


def _altered_ciphertext() -> Contribution:
    first, *rest = HONEST.encrypted_share
    return replace(HONEST, encrypted_share=bytes([first ^ 1, *rest]))


def _somebody_elses_share() -> Contribution:
    return SENT[LIAR - 1][0]


def _copied_contribution() -> Contribution:
    """The proof of possession names no index: only the share gives the copy away."""
    return SENT[0][VICTIM - 1]


def _zero_share() -> Contribution:
    """(x - 2)(x - 3): a polynomial with a root at the victim, whose share gives nothing."""
    coefficients = tuple(group.scalar_from_int(value) for value in (6, -5, 1))
    return _lying_contribution(CeremonySecrets(coefficients, scalar_of("ephemeral")))


LIES = {
    "bad proof of possession": (bad_proof, "proof of possession"),
    "exchanged ephemeral key": (_exchanged_ephemeral_key, "proof of possession"),
    "rogue commitment": (_rogue_commitment, "proof of possession"),
    "another session": (_other_session, "proof of possession"),
    "raised threshold": (_raised_threshold, "number of commitments"),
    "lowered threshold": (_lowered_threshold, "number of commitments"),
    "share off the polynomial": (_share_off_the_polynomial, "not on the committed polynomial"),
    "zero share": (_zero_share, "not on the committed polynomial"),
    "unreduced share": (_unreduced_share, "not a reduced scalar"),
    "short plaintext": (lambda: _with_plaintext(b"short"), "not a reduced scalar"),
    "payload": (lambda: _with_plaintext(bytes(33)), "not a reduced scalar"),
    "altered ciphertext": (_altered_ciphertext, "does not open"),
    "no ciphertext": (lambda: replace(HONEST, encrypted_share=b""), "does not open"),
    "somebody else's share": (_somebody_elses_share, "does not open"),
    "copied contribution": (_copied_contribution, "does not open"),
}


@pytest.mark.parametrize("lie", LIES)
def test_names_the_liar_of(lie: str) -> None:
    make, reason = LIES[lie]
    contributions = addressed_to(VICTIM) | {LIAR: make()}
    with pytest.raises(CeremonyError, match=reason) as caught:
        receive(PLAN, VICTIM, STATIC_SECRETS[VICTIM - 1], contributions)
    assert caught.value.accused == LIAR


def test_names_who_has_not_contributed() -> None:
    contributions = addressed_to(VICTIM)
    del contributions[LIAR]
    with pytest.raises(CeremonyError, match="has not contributed") as caught:
        receive(PLAN, VICTIM, STATIC_SECRETS[VICTIM - 1], contributions)
    assert caught.value.accused == LIAR


def test_refuses_commitments_that_cancel_out() -> None:
    """Four colluding participants know the fifth's polynomial and could lower the degree."""
    minus_one = group.scalar_from_int(-1)
    total = group.scalar_from_int(0)
    for secrets in SECRETS[: LIAR - 1] + SECRETS[LIAR:]:
        total = group.scalar_add(total, secrets.coefficients[2])
    cancelling = group.scalar_multiply(minus_one, total)
    lying = replace(
        SECRETS[LIAR - 1], coefficients=(*SECRETS[LIAR - 1].coefficients[:2], cancelling)
    )
    contributions = addressed_to(VICTIM) | {LIAR: _lying_contribution(lying)}
    with pytest.raises(CeremonyError, match="identity") as caught:
        receive(PLAN, VICTIM, STATIC_SECRETS[VICTIM - 1], contributions)
    assert caught.value.accused == 0


# The wire form of a contribution.


def test_contribution_wire_form() -> None:
    announcement = HONEST.announcement
    assert HONEST.encode().hex() == "".join(
        (
            *(point.hex() for point in announcement.commitments),  # C_j, t elements
            announcement.proof.nonce_commitment.hex(),  # PoP_j, R
            announcement.proof.response.hex(),  # PoP_j, z
            announcement.ephemeral_key.hex(),  # E_j
            "0000000000000030",  # length of c_j,i
            HONEST.encrypted_share.hex(),  # c_j,i
        )
    )
    assert len(HONEST.encode()) == 32 * PLAN.threshold + 152


@pytest.mark.parametrize("sender", PLAN.indices)
def test_contribution_decodes_what_it_encoded(sender: int) -> None:
    contribution = SENT[sender - 1][VICTIM - 1]
    assert Contribution.decode(contribution.encode(), PLAN.threshold) == contribution


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(HONEST.encode()[:-1], id="too short"),
        pytest.param(HONEST.encode() + b"\0", id="a trailing byte"),
        pytest.param(HONEST.encode()[32:], id="a commitment less"),
        pytest.param(HONEST.encode()[:32] + HONEST.encode(), id="a commitment more"),
        pytest.param(overwritten(HONEST.encode(), 32, bytes(32)), id="an identity commitment"),
        pytest.param(overwritten(HONEST.encode(), 160, bytes(32)), id="an identity ephemeral key"),
        pytest.param(overwritten(HONEST.encode(), 96, bytes(32)), id="an identity nonce"),
        pytest.param(overwritten(HONEST.encode(), 0, b"\xff" * 32), id="a non-canonical element"),
        pytest.param(overwritten(HONEST.encode(), 128, b"\xff" * 32), id="an unreduced response"),
        pytest.param(overwritten(HONEST.encode(), 192, b"\0" * 7 + b"\x31"), id="another length"),
        pytest.param(overwritten(HONEST.encode(), 192, b"\xff" * 8), id="an enormous length"),
    ],
)
def test_refuses_contribution_with(content: bytes) -> None:
    with pytest.raises(MalformedError):
        Contribution.decode(content, PLAN.threshold)


@given(st.binary(max_size=300) | st.binary(min_size=248, max_size=248))
def test_contribution_decoder_raises_only_our_errors(content: bytes) -> None:
    _decode_or_refuse(lambda: Contribution.decode(content, PLAN.threshold).encode(), content)


@given(st.binary(max_size=32), st.integers(0, 247))
def test_altered_contribution_raises_only_our_errors(part: bytes, at: int) -> None:
    content = overwritten(HONEST.encode(), at, part)
    _decode_or_refuse(lambda: Contribution.decode(content, PLAN.threshold).encode(), content)


def _decode_or_refuse(decode_and_encode: Callable[[], bytes], content: bytes) -> None:
    with suppress(MalformedError):
        assert decode_and_encode() == content
