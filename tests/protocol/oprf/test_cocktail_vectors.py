import hashlib

import pytest

from protocol.oprf import group
from protocol.oprf.ceremony import (
    Certificate,
    Contribution,
    Outcome,
    certify,
    contribute,
    receive,
    transcript,
    verification_share,
)
from protocol.oprf.share_encryption import decrypt_share, encrypt_share
from protocol.oprf.sharing import commit, evaluate_polynomial
from tests.protocol.oprf.cocktail_vectors import NAMES, Vector, load_vectors


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
