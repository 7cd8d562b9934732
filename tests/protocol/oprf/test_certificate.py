from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol import limits
from protocol.errors import CeremonyError, MalformedError
from protocol.oprf import group
from protocol.oprf.ceremony import certify, contribute, derive_secrets, receive
from protocol.oprf.certificate import Certificate, aggregate, transcript
from protocol.oprf.contribution import Announcement, CeremonyPlan
from protocol.oprf.schnorr import Signature, sign
from protocol.oprf.sharing import commit
from tests.protocol.oprf.honest_ceremony import (
    CERTIFICATE,
    HONEST,
    LIAR,
    OUTCOMES,
    PLAN,
    SIGNATURES,
    STATIC_SECRETS,
    addressed_to,
    bad_proof,
    overwritten,
    scalar_of,
    seed_of,
)


def test_certificate_verifies_from_its_bytes_and_the_plan() -> None:
    certificate = Certificate.decode(CERTIFICATE.encode(), PLAN)
    certificate.verify()
    assert certificate.commitments() == OUTCOMES[0].commitments


def test_largest_certificate_is_within_its_limit() -> None:
    count = limits.KEYHOLDERS
    keys = commit([scalar_of(f"key {index}") for index in range(count)])
    announcement = Announcement(keys, HONEST.announcement.proof, keys[0])
    signatures = (HONEST.announcement.proof,) * count
    largest = Certificate(CeremonyPlan(bytes(64), count, keys), (announcement,) * count, signatures)
    assert len(largest.encode()) <= limits.CERTIFICATE_BYTES


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
        bad_proof().announcement if index == LIAR else announcement
        for index, announcement in zip(PLAN.indices, CERTIFICATE.announcements, strict=True)
    )
    with pytest.raises(CeremonyError, match="proof of possession") as caught:
        replace(CERTIFICATE, announcements=announcements).verify()
    assert caught.value.accused == LIAR


def test_a_split_view_ends_without_a_certificate() -> None:
    """Participant 4 shows two polynomials: each recipient alone is content, together they see."""
    other = derive_secrets(seed_of(99), PLAN)
    lying = contribute(PLAN, LIAR, STATIC_SECRETS[LIAR - 1], other)
    deceived = receive(PLAN, 1, STATIC_SECRETS[0], addressed_to(1) | {LIAR: lying[0]})
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


# The wire form.


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
        Certificate.decode(overwritten(CERTIFICATE.encode(), at, part), PLAN)


@given(st.binary(max_size=300) | st.integers(1, 2000).map(lambda cut: CERTIFICATE.encode()[:-cut]))
def test_certificate_decoder_raises_only_our_errors(content: bytes) -> None:
    with pytest.raises(MalformedError):
        Certificate.decode(content, PLAN)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(CERTIFICATE.encode()) - 1), st.integers(1, 255))
def test_no_altered_certificate_verifies(at: int, mask: int) -> None:
    content = CERTIFICATE.encode()
    altered = overwritten(content, at, bytes([content[at] ^ mask]))
    with pytest.raises((MalformedError, CeremonyError)):
        Certificate.decode(altered, PLAN).verify()
