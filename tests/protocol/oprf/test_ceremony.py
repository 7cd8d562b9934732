import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol import limits
from protocol.errors import CeremonyError, MalformedError
from protocol.oprf import group
from protocol.oprf.ceremony import (
    Announcement,
    CeremonyPlan,
    CeremonySecrets,
    Certificate,
    Contribution,
    Outcome,
    certify,
    contribute,
    derive_secrets,
    receive,
    transcript,
    verification_share,
)
from protocol.oprf.certificate import aggregate
from protocol.oprf.group import Element, Scalar
from protocol.oprf.schnorr import Signature, sign
from protocol.oprf.share_encryption import decrypt_share, encrypt_share
from protocol.oprf.sharing import commit, evaluate_polynomial
from protocol.oprf.threshold import lagrange_coefficient
from tests.protocol.oprf.cocktail_vectors import NAMES, Vector, load_vectors

Contributions = Mapping[int, Contribution]

LIAR = 4
VICTIM = 2


def _scalar(label: str) -> Scalar:
    return group.scalar_from_wide(hashlib.sha512(label.encode()).digest())


def _seed(index: int) -> bytes:
    return hashlib.sha256(f"seed {index}".encode()).digest()


STATIC_SECRETS = tuple(_scalar(f"static {index}") for index in range(1, 6))
PLAN = CeremonyPlan(b"a session, unused before", 3, commit(STATIC_SECRETS))
SECRETS = tuple(derive_secrets(_seed(index), PLAN) for index in PLAN.indices)
SENT = tuple(
    contribute(PLAN, index, STATIC_SECRETS[index - 1], SECRETS[index - 1]) for index in PLAN.indices
)


def _addressed_to(recipient: int) -> dict[int, Contribution]:
    return {sender: SENT[sender - 1][recipient - 1] for sender in PLAN.indices}


OUTCOMES = tuple(
    receive(PLAN, index, STATIC_SECRETS[index - 1], _addressed_to(index)) for index in PLAN.indices
)
SIGNATURES = tuple(
    certify(outcome, secret) for outcome, secret in zip(OUTCOMES, STATIC_SECRETS, strict=True)
)
CERTIFICATE = Certificate(PLAN, OUTCOMES[0].announcements, SIGNATURES)
HONEST = SENT[LIAR - 1][VICTIM - 1]


# The vectors of C2SP.


@pytest.fixture(scope="module")
def vectors() -> dict[str, Vector]:
    return load_vectors()


@pytest.fixture(params=NAMES)
def vector(request: pytest.FixtureRequest, vectors: dict[str, Vector]) -> Vector:
    return vectors[request.param]


def _vector_sent(vector: Vector) -> tuple[tuple[Contribution, ...], ...]:
    return tuple(
        contribute(vector.plan, index, static_secret, secrets)
        for index, static_secret, secrets in zip(
            vector.plan.indices, vector.static_secrets, vector.secrets, strict=True
        )
    )


def _vector_outcomes(vector: Vector) -> list[Outcome]:
    sent = _vector_sent(vector)
    return [
        receive(
            vector.plan,
            index,
            vector.static_secrets[index - 1],
            {sender: sent[sender - 1][index - 1] for sender in vector.plan.indices},
        )
        for index in vector.plan.indices
    ]


def test_cocktail_vectors_setup(vector: Vector) -> None:
    assert vector.plan.context().hex() == vector.fields["context"]
    assert commit(vector.static_secrets) == vector.plan.static_keys


def test_cocktail_vectors_round_1(vector: Vector) -> None:
    for index, sent in enumerate(_vector_sent(vector)):
        expected = vector.fields["round1"][index]
        announcement = sent[0].announcement
        assert expected["participant_id"] == index + 1
        assert [point.hex() for point in announcement.commitments] == expected["vss_commitment"]
        assert announcement.proof.encode().hex() == expected["pop"]
        assert announcement.ephemeral_key.hex() == expected["ephemeral_public_key"]
        if not vector.payloads[index]:
            shares = [contribution.encrypted_share.hex() for contribution in sent]
            assert shares == expected["encrypted_shares"]


def test_cocktail_vectors_encrypted_shares_and_payloads(vector: Vector) -> None:
    for sender in vector.plan.indices:
        secrets = vector.secrets[sender - 1]
        expected = vector.fields["round1"][sender - 1]
        ephemeral_key = group.decode_element(bytes.fromhex(expected["ephemeral_public_key"]))
        for recipient in vector.plan.indices:
            ciphertext = bytes.fromhex(expected["encrypted_shares"][recipient - 1])
            plaintext = (
                evaluate_polynomial(secrets.coefficients, recipient) + vector.payloads[sender - 1]
            )
            static_secret = vector.static_secrets[sender - 1]
            assert ciphertext == encrypt_share(
                vector.plan, sender, recipient, static_secret, secrets.ephemeral_secret, plaintext
            )
            static_secret = vector.static_secrets[recipient - 1]
            assert plaintext == decrypt_share(
                vector.plan, sender, recipient, static_secret, ephemeral_key, ciphertext
            )


def test_cocktail_vectors_round_2(vector: Vector) -> None:
    for outcome, expected in zip(_vector_outcomes(vector), vector.fields["round2"], strict=True):
        assert outcome.index == expected["participant_id"]
        assert outcome.share.hex() == expected["secret_share"]
        assert outcome.verification_share(outcome.index).hex() == expected["verification_share"]
        assert outcome.group_key.hex() == vector.fields["group_public_key"]


def test_cocktail_vectors_round_3(vector: Vector) -> None:
    outcomes = _vector_outcomes(vector)
    expected = vector.fields["round3"]
    for outcome, static_secret, entry in zip(
        outcomes, vector.static_secrets, expected["signatures"], strict=True
    ):
        signed = transcript(outcome.plan, outcome.announcements)
        assert hashlib.sha512(signed).hexdigest() == expected["transcript_hash"]
        assert outcome.index == entry["signer_id"]
        assert certify(outcome, static_secret).encode().hex() == entry["signature"]


def test_cocktail_vectors_certificate(vector: Vector) -> None:
    signed = transcript(vector.plan, _vector_outcomes(vector)[0].announcements)
    signatures = [
        bytes.fromhex(entry["signature"]) for entry in vector.fields["round3"]["signatures"]
    ]
    certificate = Certificate.decode(signed + b"".join(signatures), vector.plan)
    certificate.verify()
    commitments = certificate.commitments()
    assert commitments[0].hex() == vector.fields["group_public_key"]
    for expected in vector.fields["round2"]:
        share = verification_share(commitments, expected["participant_id"])
        assert share.hex() == expected["verification_share"]


def test_cocktail_vectors_recovery(vector: Vector) -> None:
    recovery = vector.fields.get("recovery")
    if recovery is None:
        return
    index = recovery["participant_id"]
    announcements = [sent[0].announcement for sent in _vector_sent(vector)]
    shares = [
        decrypt_share(
            vector.plan,
            sender,
            index,
            vector.static_secrets[index - 1],
            announcement.ephemeral_key,
            bytes.fromhex(ciphertext),
        )
        for sender, announcement, ciphertext in zip(
            vector.plan.indices, announcements, recovery["ciphertexts"], strict=True
        )
    ]
    share = group.scalar_from_int(0)
    for plaintext in shares:
        share = group.scalar_add(share, group.decode_scalar(plaintext[:32]))
    assert share.hex() == recovery["recovered_secret_share"]
    assert group.multiply_base(share).hex() == recovery["recovered_verification_share"]


# A ceremony of 3 in 5.


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


def test_certificate_verifies_from_its_bytes_and_the_plan() -> None:
    certificate = Certificate.decode(CERTIFICATE.encode(), PLAN)
    certificate.verify()
    assert certificate.commitments() == OUTCOMES[0].commitments


def test_largest_certificate_is_within_its_limit() -> None:
    count = limits.KEYHOLDERS
    keys = commit([_scalar(f"key {index}") for index in range(count)])
    announcement = Announcement(keys, HONEST.announcement.proof, keys[0])
    signatures = (HONEST.announcement.proof,) * count
    largest = Certificate(CeremonyPlan(bytes(64), count, keys), (announcement,) * count, signatures)
    assert len(largest.encode()) <= limits.CERTIFICATE_BYTES


def test_a_restart_recomputes_the_same_contributions() -> None:
    secrets = derive_secrets(_seed(1), PLAN)
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
    mine, theirs = derive_secrets(_seed(1), PLAN), derive_secrets(_seed(1), other)
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
        lambda: receive(PLAN, 1, other, _addressed_to(1)),
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


def _bad_proof() -> Contribution:
    proof = replace(HONEST.announcement.proof, response=group.scalar_from_int(1))
    return replace(HONEST, announcement=replace(HONEST.announcement, proof=proof))


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
    return _lying_contribution(derive_secrets(_seed(LIAR), plan), plan)


def _lowered_threshold() -> Contribution:
    plan = replace(PLAN, threshold=2)
    return _lying_contribution(derive_secrets(_seed(LIAR), plan), plan)


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
    return _lying_contribution(CeremonySecrets(coefficients, _scalar("ephemeral")))


LIES = {
    "bad proof of possession": (_bad_proof, "proof of possession"),
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
    contributions = _addressed_to(VICTIM) | {LIAR: make()}
    with pytest.raises(CeremonyError, match=reason) as caught:
        receive(PLAN, VICTIM, STATIC_SECRETS[VICTIM - 1], contributions)
    assert caught.value.accused == LIAR


def test_names_who_has_not_contributed() -> None:
    contributions = _addressed_to(VICTIM)
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
    contributions = _addressed_to(VICTIM) | {LIAR: _lying_contribution(lying)}
    with pytest.raises(CeremonyError, match="identity") as caught:
        receive(PLAN, VICTIM, STATIC_SECRETS[VICTIM - 1], contributions)
    assert caught.value.accused == 0


# Lies in round 3, and in certificates.


def _certificate_with_signature(signature: Signature) -> Certificate:
    signatures = (*SIGNATURES[: LIAR - 1], signature, *SIGNATURES[LIAR:])
    return replace(CERTIFICATE, signatures=signatures)


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param(
            sign(STATIC_SECRETS[LIAR - 1], transcript(PLAN, OUTCOMES[0].announcements[::-1])),
            id="over another transcript",
        ),
        pytest.param(
            sign(
                STATIC_SECRETS[LIAR - 1],
                transcript(replace(PLAN, extension=b"x"), OUTCOMES[0].announcements),
            ),
            id="over another extension",
        ),
        pytest.param(SIGNATURES[0], id="by somebody else"),
    ],
)
def test_names_who_signed(signature: Signature) -> None:
    with pytest.raises(CeremonyError, match="has not signed") as caught:
        _certificate_with_signature(signature).verify()
    assert caught.value.accused == LIAR


def test_certificate_names_the_bad_proof_of_possession() -> None:
    announcements = tuple(
        _bad_proof().announcement if index == LIAR else announcement
        for index, announcement in zip(PLAN.indices, CERTIFICATE.announcements, strict=True)
    )
    with pytest.raises(CeremonyError, match="proof of possession") as caught:
        replace(CERTIFICATE, announcements=announcements).verify()
    assert caught.value.accused == LIAR


def test_a_split_view_ends_without_a_certificate() -> None:
    """Participant 4 shows two polynomials: each recipient alone is content, together they see."""
    other = derive_secrets(_seed(99), PLAN)
    lying = contribute(PLAN, LIAR, STATIC_SECRETS[LIAR - 1], other)
    deceived = receive(PLAN, 1, STATIC_SECRETS[0], _addressed_to(1) | {LIAR: lying[0]})
    signatures = (certify(deceived, STATIC_SECRETS[0]), *SIGNATURES[1:])
    for announcements in (deceived.announcements, CERTIFICATE.announcements):
        with pytest.raises(CeremonyError):
            Certificate(PLAN, announcements, signatures).verify()


def test_refuses_certificate_with_a_part_missing() -> None:
    with pytest.raises(CeremonyError):
        replace(CERTIFICATE, signatures=SIGNATURES[:-1])
    with pytest.raises(CeremonyError):
        replace(CERTIFICATE, announcements=CERTIFICATE.announcements[:-1])


def test_aggregate_refuses_the_identity() -> None:
    announcement = CERTIFICATE.announcements[0]
    opposite = tuple(
        group.multiply(group.scalar_from_int(-1), point) for point in announcement.commitments
    )
    with pytest.raises(CeremonyError) as caught:
        aggregate([announcement, replace(announcement, commitments=opposite)])
    assert caught.value.accused == 0


# Wire forms.


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


def _overwritten(content: bytes, at: int, part: bytes) -> bytes:
    return content[:at] + part + content[at + len(part) :]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(HONEST.encode()[:-1], id="too short"),
        pytest.param(HONEST.encode() + b"\0", id="a trailing byte"),
        pytest.param(HONEST.encode()[32:], id="a commitment less"),
        pytest.param(HONEST.encode()[:32] + HONEST.encode(), id="a commitment more"),
        pytest.param(_overwritten(HONEST.encode(), 32, bytes(32)), id="an identity commitment"),
        pytest.param(_overwritten(HONEST.encode(), 160, bytes(32)), id="an identity ephemeral key"),
        pytest.param(_overwritten(HONEST.encode(), 96, bytes(32)), id="an identity nonce"),
        pytest.param(_overwritten(HONEST.encode(), 0, b"\xff" * 32), id="a non-canonical element"),
        pytest.param(_overwritten(HONEST.encode(), 128, b"\xff" * 32), id="an unreduced response"),
        pytest.param(_overwritten(HONEST.encode(), 192, b"\0" * 7 + b"\x31"), id="another length"),
        pytest.param(_overwritten(HONEST.encode(), 192, b"\xff" * 8), id="an enormous length"),
    ],
)
def test_refuses_contribution_with(content: bytes) -> None:
    with pytest.raises(MalformedError):
        Contribution.decode(content, PLAN.threshold)


@pytest.mark.parametrize(
    "plan",
    [
        pytest.param(replace(PLAN, session=b"another session!"), id="another session"),
        pytest.param(replace(PLAN, threshold=2), id="another threshold"),
        pytest.param(replace(PLAN, static_keys=PLAN.static_keys[::-1]), id="another order"),
        pytest.param(replace(PLAN, static_keys=PLAN.static_keys[:4]), id="fewer participants"),
        pytest.param(replace(PLAN, extension=b"x"), id="another extension"),
    ],
)
def test_refuses_certificate_of(plan: CeremonyPlan) -> None:
    with pytest.raises(MalformedError):
        Certificate.decode(CERTIFICATE.encode(), plan)


def test_refuses_certificate_with_a_trailing_byte() -> None:
    with pytest.raises(MalformedError):
        Certificate.decode(CERTIFICATE.encode() + b"\0", PLAN)


def test_refuses_certificate_of_an_extension_of_equal_length() -> None:
    certificate = replace(CERTIFICATE, plan=replace(PLAN, extension=b"x"))
    with pytest.raises(MalformedError, match="extension"):
        Certificate.decode(certificate.encode(), replace(PLAN, extension=b"y"))


@pytest.mark.parametrize("part", [bytes(32), b"\xff" * 32])
def test_refuses_certificate_with_element(part: bytes) -> None:
    at = CERTIFICATE.encode().index(CERTIFICATE.announcements[2].commitments[1])
    with pytest.raises(MalformedError):
        Certificate.decode(_overwritten(CERTIFICATE.encode(), at, part), PLAN)


@given(st.binary(max_size=300) | st.binary(min_size=248, max_size=248))
def test_contribution_decoder_raises_only_our_errors(content: bytes) -> None:
    _decode_or_refuse(lambda: Contribution.decode(content, PLAN.threshold).encode(), content)


@given(st.binary(max_size=32), st.integers(0, 247))
def test_altered_contribution_raises_only_our_errors(part: bytes, at: int) -> None:
    content = _overwritten(HONEST.encode(), at, part)
    _decode_or_refuse(lambda: Contribution.decode(content, PLAN.threshold).encode(), content)


@given(st.binary(max_size=300) | st.integers(1, 2000).map(lambda cut: CERTIFICATE.encode()[:-cut]))
def test_certificate_decoder_raises_only_our_errors(content: bytes) -> None:
    with pytest.raises(MalformedError):
        Certificate.decode(content, PLAN)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(CERTIFICATE.encode()) - 1), st.integers(1, 255))
def test_no_altered_certificate_verifies(at: int, mask: int) -> None:
    content = CERTIFICATE.encode()
    altered = _overwritten(content, at, bytes([content[at] ^ mask]))
    with pytest.raises((MalformedError, CeremonyError)):
        Certificate.decode(altered, PLAN).verify()


def _decode_or_refuse(decode_and_encode: Callable[[], bytes], content: bytes) -> None:
    with suppress(MalformedError):
        assert decode_and_encode() == content


# Sharing.


@given(
    st.lists(st.integers(1, group.ORDER - 1), min_size=2, max_size=5),
    st.integers(1, limits.KEYHOLDERS),
)
def test_verification_share_fits_the_share(values: list[int], index: int) -> None:
    coefficients = [group.scalar_from_int(value) for value in values]
    share = evaluate_polynomial(coefficients, index)
    expected = sum(value * index**power for power, value in enumerate(values)) % group.ORDER
    assert int.from_bytes(share, "little") == expected
    public: Element = group.multiply_base(share) if expected else group.IDENTITY
    assert verification_share(commit(coefficients), index) == public
