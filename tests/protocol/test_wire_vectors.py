"""Our own wire vectors, both ways: any change in these bytes is a new version of the protocol.

`tests/vectors/write.py` makes them without `protocol`.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol import labels
from protocol.errors import MalformedError
from protocol.identifiers import Epoch, MemberId, RoundId, parse_member_id
from protocol.messages.evaluation import (
    Evaluated,
    EvaluationReply,
    EvaluationRequest,
    EvaluationStatus,
)
from protocol.messages.involvement import ContactDetails, Involvement
from protocol.messages.link import Challenge, Introduction
from protocol.messages.lookup import Answer, Question, Slot, Slots, Who
from protocol.messages.post import PostMessage, PostType, Receipt
from protocol.messages.vocabulary import Cause, InvolvementKind, MemberKind, Outcome, Role
from protocol.oprf.dleq import Proof
from protocol.oprf.group import decode_element
from protocol.sealing.bundle import encode_bundle, parse_bundle, verify_bundle
from protocol.sealing.cell import sealing_key_from_seed
from protocol.sealing.envelope import (
    Header,
    Kind,
    SentRequest,
    open_reply,
    open_request,
    parse_request,
    seal_reply,
    verify_request,
)
from protocol.sealing.signing import sign
from protocol.tags import hit_proof, mask_seed, tag, tag_context, who_key

FOLDER = Path(__file__).parents[1] / "vectors"


@dataclass(frozen=True)
class Vector:
    """One scenario: what is given, and the wire bytes field by field."""

    given: dict[str, Any]
    fields: tuple[tuple[str, bytes], ...]

    @property
    def wire(self) -> bytes:
        return b"".join(content for _, content in self.fields)

    def field(self, comment: str) -> bytes:
        """Return the bytes of the first field with this comment."""
        return next(content for name, content in self.fields if name == comment)

    def bytes(self, name: str) -> bytes:
        return bytes.fromhex(self.given[name])

    def member(self, name: str) -> MemberId:
        return parse_member_id(self.given[name])

    def signing_key(self, name: str) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.bytes(name))


def _load(name: str, expect: str = "accepted") -> Vector:
    content = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    assert content["expect"] == expect
    fields = tuple(
        (field["comment"], bytes.fromhex(field["hex"]) * field.get("times", 1))
        for field in content["wire"]
    )
    return Vector(content["given"], fields)


WHO = Who("Sam Practitioner", "0113 496 0001", "Duty and Advice", "CASE-1", True)
INVOLVEMENT = Involvement(
    InvolvementKind.CHILD_IN_NEED,
    None,
    True,
    date(2025, 6, 1),
    "since 2019",
    ContactDetails(
        "Bradford Council",
        "Référent",
        "Social worker",
        "",
        "01274 496 000",
        "01274 496 001",
        "duty@bradford.invalid",
    ),
)


def _exchange(vector: Vector) -> tuple[RoundId, MemberId, MemberId]:
    return RoundId(vector.bytes("round")), vector.member("asker"), vector.member("answerer")


def _question() -> Question:
    vector = _load("lookup_question")
    return Question(
        oprf_key=bytes.fromhex("0123456789abcdef"),
        matching_version=1,
        epoch=Epoch(vector.given["epoch"]),
        directory_version=5,
        directory_hash=b"\xdd" * 32,
        asker_kind=MemberKind.COUNCIL,
        role=Role.TEAM_MANAGER,
        purpose=1,
        slots=Slots.of(
            [
                Slot(vector.field("tag of slot 0"), vector.field("masked seed of slot 0")),
                *(Slot(b"\xee" * 8, b"\xee" * 16) for _ in range(63)),
            ]
        ),
        who_cell=_load("lookup_who_block").bytes("sealed"),
    )


def test_question_body() -> None:
    vector = _load("lookup_question")
    assert _question().encode() == vector.wire
    assert Question.decode(vector.wire) == _question()


def test_tag() -> None:
    vector = _load("lookup_question")
    context = tag_context(Epoch(vector.given["epoch"]), vector.member("answerer"))
    assert tag(vector.bytes("token"), context) == vector.field("tag of slot 0")


def test_masked_seed() -> None:
    vector = _load("lookup_question")
    token, seed, masked = vector.bytes("token"), vector.bytes("seed"), vector.fields[9][1]
    assert mask_seed(token, seed, *_exchange(vector)) == masked
    assert mask_seed(token, masked, *_exchange(vector)) == seed
    assert mask_seed(token, bytes(16), *_exchange(vector)) == vector.bytes("mask")


def test_who_block() -> None:
    vector = _load("lookup_who_block")
    key = who_key(vector.bytes("seed"), *_exchange(vector))
    assert key == vector.bytes("who_key")
    assert WHO.seal(key) == vector.bytes("sealed")
    assert Who.open(vector.bytes("sealed"), key) == WHO


def _header() -> Header:
    question, request = _load("lookup_question"), _load("lookup_request")
    return Header(Kind.LOOKUP, *_exchange(question), request.given["time_ms"])


def test_request_header() -> None:
    assert _header().encode() == b"".join(
        content for _, content in _load("lookup_request").fields[:6]
    )


def test_request_envelope() -> None:
    vector = _load("lookup_request")
    asker = vector.signing_key("asker_signing_seed").public_key()
    sealing_key, _ = sealing_key_from_seed(vector.bytes("answerer_sealing_seed"))
    request = parse_request(vector.wire)
    verify_request(request, _header().recipient, asker, vector.given["time_ms"])
    assert request.header == _header()
    assert request.digest == vector.bytes("digest")
    assert open_request(request, sealing_key) == (
        vector.bytes("reply_secret"),
        _load("lookup_question").wire,
    )


def test_request_signature() -> None:
    vector = _load("lookup_request")
    key = vector.signing_key("asker_signing_seed")
    signed = sign(key, labels.ENVELOPE, parse_request(vector.wire).content)
    assert signed == vector.field("signature")


def _known() -> Answer:
    vector = _load("lookup_answer_known")
    return Answer(Outcome.KNOWN, Cause.NONE, 0, vector.field("hit proof"), (INVOLVEMENT,))


def test_hit_proof() -> None:
    vector = _load("lookup_answer_known")
    proof = hit_proof(vector.bytes("token"), *_exchange(vector), vector.bytes("digest"))
    assert proof == vector.field("hit proof")
    assert vector.bytes("digest") == _load("lookup_request").bytes("digest")


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("lookup_answer_known", _known),
        ("lookup_answer_not_known", lambda: Answer(Outcome.NOT_KNOWN)),
    ],
)
def test_answer_body(name: str, answer: Callable[[], Answer]) -> None:
    vector = _load(name)
    assert answer().encode() == vector.wire
    assert Answer.decode(vector.wire) == answer()


def test_reply_envelope() -> None:
    request, vector = _load("lookup_request"), _load("lookup_reply")
    key, secret = vector.signing_key("answerer_signing_seed"), vector.bytes("reply_secret")
    body = _load("lookup_answer_known").wire
    sealed = seal_reply(parse_request(request.wire), secret, vector.bytes("salt"), body, key)
    assert sealed == vector.wire
    sent = SentRequest(_header(), request.wire, request.bytes("digest"), secret)
    assert open_reply(vector.wire, sent, key.public_key()) == body


def test_bundle() -> None:
    request, vector = _load("lookup_request"), _load("bundle")
    key = vector.signing_key("asker_signing_seed")
    sent = SentRequest(_header(), request.wire, request.bytes("digest"), b"")
    assert encode_bundle([sent], key) == vector.wire
    bundle = parse_bundle(vector.wire)
    verify_bundle(bundle, key.public_key(), vector.given["time_ms"])
    assert bundle.envelopes == {_header().recipient: request.wire}


def _challenge() -> Challenge:
    vector = _load("link_challenge")
    return Challenge(vector.given["hub_id"], vector.field("hub nonce"))


def test_link_challenge() -> None:
    vector = _load("link_challenge")
    assert _challenge().encode() == vector.wire
    assert Challenge.decode(vector.wire) == _challenge()


def test_link_introduction() -> None:
    vector = _load("link_introduction")
    key, time_ms = vector.signing_key("node_signing_seed"), vector.given["time_ms"]
    nonce = vector.field("node nonce")
    made = Introduction.make(_challenge(), vector.member("node_id"), nonce, time_ms, key)
    assert made.encode() == vector.wire
    assert Introduction.decode(vector.wire) == made
    made.verify(_challenge(), key.public_key(), time_ms)


def test_link_introduction_signs_hub_node_nonces_and_time() -> None:
    vector = _load("link_introduction")
    key = vector.signing_key("node_signing_seed")
    signed = sign(key, labels.LINK, vector.bytes("signed_content"))
    assert signed == vector.field("signature")


def test_post_message() -> None:
    vector = _load("post_message")
    content = vector.bytes("content")
    message = PostMessage(vector.field("message id"), PostType.CEREMONY_SIGNATURE, content)
    assert message.encode() == vector.wire
    assert PostMessage.decode(vector.wire) == message


def test_post_receipt() -> None:
    vector = _load("post_receipt")
    receipt = Receipt(vector.field("message id"))
    assert receipt.encode() == vector.wire
    assert Receipt.decode(vector.wire) == receipt


def test_evaluation_request() -> None:
    vector = _load("evaluation_request")
    element = decode_element(vector.field("blinded elements")[:32])
    request = EvaluationRequest(7, 1, (element,) * 64)
    assert request.encode() == vector.wire
    assert EvaluationRequest.decode(vector.wire, Kind.EVALUATION) == request


def test_import_evaluation_request() -> None:
    vector = _load("import_evaluation_request")
    element = decode_element(vector.field("blinded elements")[:32])
    request = EvaluationRequest(7, 1, (element,) * 1024, (1, 3, 4))
    assert request.encode() == vector.wire
    assert EvaluationRequest.decode(vector.wire, Kind.IMPORT_EVALUATION) == request


def test_evaluation_reply() -> None:
    vector = _load("evaluation_reply")
    element = decode_element(vector.field("evaluated elements")[:32])
    proof = Proof.decode(vector.field("proof: challenge") + vector.field("proof: response"))
    evaluated = Evaluated((element,) * 64, proof)
    reply = EvaluationReply(EvaluationStatus.EVALUATED, 7, 123_456, evaluated)
    assert reply.encode(Kind.EVALUATION) == vector.wire
    assert EvaluationReply.decode(vector.wire, Kind.EVALUATION) == reply


def test_evaluation_refusal() -> None:
    vector = _load("evaluation_refusal")
    reply = EvaluationReply(EvaluationStatus.ALLOWANCE_USED, 7, 0, None)
    assert reply.encode(Kind.EVALUATION) == vector.wire
    assert EvaluationReply.decode(vector.wire, Kind.EVALUATION) == reply


REFUSED: dict[str, Callable[[bytes], object]] = {
    "lookup_answer_involvement_on_not_known": Answer.decode,
    "lookup_answer_slot_out_of_range": Answer.decode,
    "lookup_answer_unreachable": Answer.decode,
    "post_padding_not_zero": PostMessage.decode,
    "import_evaluation_request_to_nobody": lambda body: EvaluationRequest.decode(
        body, Kind.IMPORT_EVALUATION
    ),
    "evaluation_request_identity": lambda body: EvaluationRequest.decode(body, Kind.EVALUATION),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses(name: str) -> None:
    vector = _load(name, "malformed")
    with pytest.raises(MalformedError):
        REFUSED[name](vector.wire)


def test_every_vector_is_tested() -> None:
    tested = Path(__file__).read_text("utf-8")
    names = {path.stem for path in FOLDER.glob("*.json")} - {"match_keys"}
    assert {name for name in names if f'"{name}"' not in tested} == set()
