"""P7: what is recorded today stays sealed against a quantum computer: the KEM is a hybrid."""

import os
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from deploy.demo.councils import COUNCILS
from protocol import labels
from protocol.encoding import Writer
from protocol.errors import OpenError
from protocol.messages.link import FrameType
from protocol.messages.post import PostMessage, PostType
from protocol.sealing.cell import SealingPrivateKey, sealing_key_from_seed
from protocol.sealing.envelope import (
    HEADER_BYTES,
    Kind,
    SealedRequest,
    open_request,
    parse_request,
)
from protocol.sealing.signing import sign
from tests.properties.asking import ASKER
from tests.properties.insiders import prepared, sealing_seed
from tests.properties.messages import sealed_message
from tests.properties.observed import ObservedFederation
from tests.properties.planted import KNOWN

LATTICE_BYTES = 64


@pytest.fixture
def seed(federation: ObservedFederation) -> bytes:
    """Northmoor's sealing seed: ML-KEM-768's 64 bytes, then X25519's 32."""
    with federation.inside("Northmoor") as opened:
        return sealing_seed(opened)


@pytest.fixture
def recorded(federation: ObservedFederation) -> list[SealedRequest]:
    """Everything that ever went to Northmoor, as a hub might have kept it: of every kind."""
    holder = federation.member("Northmoor")
    return [
        parse_request(passed.bundle.envelopes[holder])
        for passed in federation.rounds(*Kind).values()
        if holder in passed.bundle.envelopes
    ]


@pytest.mark.usefixtures("asked_thrice")
def test_p07_recorded_cells_open_with_both_halves_of_the_key(
    recorded: list[SealedRequest], seed: bytes
) -> None:
    """The control. Shares of the ceremony are among them: with t of these, one has the key."""
    opened = [(each.header, open_request(each, _key(seed))[1]) for each in recorded]
    assert {header.kind for header, _ in opened} == set(Kind)
    post = [
        (PostMessage.decode(body).type, header.sender)
        for header, body in opened
        if header.kind is Kind.POST
    ]
    contributed = {sender for type_, sender in post if type_ is PostType.CEREMONY_CONTRIBUTION}
    assert len(contributed) == len(COUNCILS) - 1


@pytest.mark.usefixtures("asked_thrice")
def test_p07_breaking_the_curve_alone_opens_nothing(
    recorded: list[SealedRequest], seed: bytes
) -> None:
    curve_alone = os.urandom(LATTICE_BYTES) + seed[LATTICE_BYTES:]
    for request in recorded:
        with pytest.raises(OpenError):
            open_request(request, _key(curve_alone))


@pytest.mark.usefixtures("asked_thrice")
def test_p07_breaking_the_lattice_alone_opens_nothing(
    recorded: list[SealedRequest], seed: bytes
) -> None:
    lattice_alone = seed[:LATTICE_BYTES] + os.urandom(32)
    for request in recorded:
        with pytest.raises(OpenError):
            open_request(request, _key(lattice_alone))


Encrypt = Callable[[bytes, bytes, bytes], bytes]
"""Takes a sealing seed, plaintext and info."""


def _hybrid(suite: Suite) -> Encrypt:
    return lambda seed, plain, info: suite.encrypt(plain, _key(seed).public_key(), info=info)


def _curve(seed: bytes, plain: bytes, info: bytes) -> bytes:
    key = X25519PrivateKey.from_private_bytes(seed[LATTICE_BYTES:]).public_key()
    return Suite(KEM.X25519, *_REST).encrypt(plain, key, info=info)


def _lattice(seed: bytes, plain: bytes, info: bytes) -> bytes:
    key = MLKEM768PrivateKey.from_seed_bytes(seed[:LATTICE_BYTES]).public_key()
    return Suite(KEM.MLKEM768, *_REST).encrypt(plain, key, info=info)


_REST = (KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
OURS = _hybrid(Suite(KEM.MLKEM768_X25519, *_REST))
OTHERS: dict[str, Encrypt] = {
    "X25519 alone": _curve,
    "ML-KEM-768 alone": _lattice,
    "AES-GCM": _hybrid(Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)),
    "HKDF-SHA512": _hybrid(Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA512, AEAD.CHACHA20_POLY1305)),
}


@pytest.mark.parametrize("name", OTHERS)
def test_p07_a_node_opens_cells_of_the_hybrid_suite_and_of_no_other(
    federation: ObservedFederation, seed: bytes, name: str
) -> None:
    assert _is_answered(federation, seed, OURS), "the control"
    assert not _is_answered(federation, seed, OTHERS[name])


def _is_answered(federation: ObservedFederation, seed: bytes, encrypt: Encrypt) -> bool:
    """Seal a good question again by another suite, sign it, and bring it to Northmoor."""
    holder = federation.member("Northmoor")
    with federation.inside(ASKER) as opened:
        sent = sealed_message(opened, prepared(opened, KNOWN), Kind.LOOKUP, holder)
        request = parse_request(sent.envelope)
        secret, body = open_request(request, _key(seed))
        header = request.content[:HEADER_BYTES]
        info = Writer().prefixed(labels.REQUEST_CELL).prefixed(header).done()
        room = len(request.cell)
        cell = encrypt(seed, secret + body, info)[:room].ljust(room, b"\0")
        content = header + cell
        envelope = content + sign(opened.keys.signing, labels.ENVELOPE, content)
    return federation.relays["hub-1"].inject(holder, envelope).type is FrameType.REPLY


def _key(seed: bytes) -> SealingPrivateKey:
    return sealing_key_from_seed(seed)[0]
