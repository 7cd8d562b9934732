from contextlib import suppress
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol import limits
from protocol.encoding import Writer
from protocol.errors import MalformedError, OpenError, ProtocolError
from protocol.messages.lookup import Answer, Question, Slot, Slots, Who
from protocol.messages.vocabulary import LAST_WIRE_OUTCOME, Cause, MemberKind, Outcome, Role
from protocol.sealing.envelope import Kind, reply_body_bytes, request_body_bytes
from tests.protocol.samples import EPOCH, INVOLVEMENT, WHO, involvements, questions, whos

KEY = bytes(range(32))
WHO_CELL = WHO.seal(KEY)
QUESTION = Question(
    oprf_key=bytes(8),
    matching_version=1,
    epoch=EPOCH,
    directory_version=5,
    directory_hash=bytes(32),
    asker_kind=MemberKind.COUNCIL,
    role=Role.PRACTITIONER,
    purpose=1,
    slots=Slots.of([Slot(b"t" * 8, b"s" * 16)] * limits.QUESTION_SLOTS),
    who_cell=WHO_CELL,
)
QUESTION_BODY = QUESTION.encode()
WIRE_OUTCOMES = [outcome for outcome in Outcome if outcome <= LAST_WIRE_OUTCOME]
HITS = (Outcome.KNOWN, Outcome.MAY_BE_KNOWN, Outcome.BEING_CHECKED)
PROOF = bytes(range(1, 33))
KNOWN = Answer(Outcome.KNOWN, Cause.NONE, 63, PROOF, (INVOLVEMENT,))
KNOWN_BODY = KNOWN.encode()
NOT_KNOWN_BODY = Answer(Outcome.NOT_KNOWN).encode()


@given(whos)
def test_who_opens_to_what_was_sealed(who: Who) -> None:
    sealed = who.seal(KEY)
    assert len(sealed) == 232
    assert Who.open(sealed, KEY) == who


def test_refuses_who_block_under_another_key() -> None:
    with pytest.raises(OpenError):
        Who.open(WHO_CELL, bytes(32))


@pytest.mark.parametrize(
    "who_cell",
    [
        pytest.param(b"", id="empty"),
        pytest.param(WHO_CELL[:15], id="shorter than a tag"),
        pytest.param(WHO_CELL[:-1], id="truncated"),
        pytest.param(WHO_CELL + b"\0", id="trailing byte"),
        pytest.param(bytes([WHO_CELL[0] ^ 1]) + WHO_CELL[1:], id="altered"),
    ],
)
def test_refuses_who_block(who_cell: bytes) -> None:
    with pytest.raises(OpenError):
        Who.open(who_cell, KEY)


@pytest.mark.parametrize(
    "who",
    [
        pytest.param(replace(WHO, name="x" * 61), id="name"),
        pytest.param(replace(WHO, telephone="x" * 25), id="telephone"),
        pytest.param(replace(WHO, team="x" * 81), id="team"),
        pytest.param(replace(WHO, reference="x" * 41), id="reference"),
        pytest.param(replace(WHO, name="é" * 31), id="name of 31 letters and 62 bytes"),
    ],
)
def test_refuses_to_seal_oversize(who: Who) -> None:
    with pytest.raises(MalformedError, match="longer than"):
        who.seal(KEY)


def _sealed(content: bytes) -> bytes:
    return ChaCha20Poly1305(KEY).encrypt(bytes(12), content, None)


PLAIN_WHO = ChaCha20Poly1305(KEY).decrypt(bytes(12), WHO_CELL, None)
MARK = len(WHO.name + WHO.telephone + WHO.team + WHO.reference) + 8


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing in it"),
        pytest.param(PLAIN_WHO[:MARK] + b"\2" + PLAIN_WHO[MARK + 1 :], id="mark neither 0 nor 1"),
        pytest.param(PLAIN_WHO[:-1] + b"\1", id="padding not zero"),
        pytest.param(b"\0\1\xff" + bytes(213), id="name not UTF-8"),
        pytest.param(b"\0\1\n" + bytes(213), id="line end in the name"),
        pytest.param(b"\0\x3d" + b"x" * 61 + bytes(153), id="oversize name"),
    ],
)
def test_refuses_who_block_sealed_with(content: bytes) -> None:
    """Only who holds a matching token opens it, and may be lied to by the asker."""
    with pytest.raises(MalformedError):
        Who.open(_sealed(content), KEY)


@given(st.binary(max_size=300))
def test_opening_who_blocks_raises_only_our_errors(content: bytes) -> None:
    for who_cell in (content, _sealed(content)):
        with suppress(ProtocolError):
            Who.open(who_cell, KEY)


@settings(max_examples=30)
@given(questions)
def test_question_decodes_what_it_encoded(question: Question) -> None:
    body = question.encode()
    assert len(body) == request_body_bytes(Kind.LOOKUP)
    assert Question.decode(body) == question


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(QUESTION_BODY[:-1], id="truncated"),
        pytest.param(QUESTION_BODY + b"\0", id="trailing byte"),
        pytest.param(QUESTION_BODY[:-24], id="a slot too few"),
        pytest.param(QUESTION_BODY[:50] + b"\0" + QUESTION_BODY[51:], id="kind of member 0"),
        pytest.param(QUESTION_BODY[:50] + b"\3" + QUESTION_BODY[51:], id="unknown kind of member"),
        pytest.param(QUESTION_BODY[:51] + b"\0" + QUESTION_BODY[52:], id="role 0"),
        pytest.param(QUESTION_BODY[:51] + b"\4" + QUESTION_BODY[52:], id="unknown role"),
    ],
)
def test_refuses_question_with(body: bytes) -> None:
    with pytest.raises(MalformedError):
        Question.decode(body)


@settings(max_examples=50)
@given(st.binary(max_size=100))
def test_question_decoder_raises_only_our_errors(content: bytes) -> None:
    for body in (content, content + QUESTION_BODY[len(content) :]):
        with suppress(MalformedError):
            assert Question.decode(body).encode() == body


hits = st.builds(
    Answer,
    outcome=st.sampled_from([Outcome.MAY_BE_KNOWN, Outcome.BEING_CHECKED]),
    slot=st.integers(0, 63),
    proof=st.binary(min_size=32, max_size=32),
)
knowns = st.builds(
    Answer,
    outcome=st.just(Outcome.KNOWN),
    slot=st.integers(0, 63),
    proof=st.binary(min_size=32, max_size=32),
    involvements=st.lists(involvements, min_size=1, max_size=3).map(tuple),
)
misses = st.builds(Answer, outcome=st.sampled_from([Outcome.ADD_A_FIELD, Outcome.NOT_KNOWN]))
CAUSES: dict[Outcome, tuple[Cause, ...]] = {
    Outcome.REFUSED: (Cause.PURPOSE_NOT_ALLOWED, Cause.ROLE_NOT_ALLOWED, Cause.DAILY_LIMIT),
    Outcome.CANNOT_ANSWER: (
        Cause.NO_COMPLETE_INDEX,
        Cause.NO_VALID_POLICY,
        Cause.OTHER_KEY,
        Cause.OTHER_MATCHING_VERSION,
        Cause.OTHER_EPOCH,
    ),
}
failures = st.sampled_from(
    [Answer(outcome, cause) for outcome, causes in CAUSES.items() for cause in causes]
    + [Answer(Outcome.BUSY)]
)


@settings(max_examples=60)
@given(knowns | hits | misses | failures)
def test_answer_decodes_what_it_encoded(answer: Answer) -> None:
    body = answer.encode()
    assert len(body) == reply_body_bytes(Kind.LOOKUP)
    assert Answer.decode(body) == answer


def test_every_wire_outcome_travels_in_one_size() -> None:
    sizes = {
        len(Answer(outcome, involvements=(INVOLVEMENT,) * (outcome is Outcome.KNOWN)).encode())
        for outcome in WIRE_OUTCOMES
    }
    assert sizes == {reply_body_bytes(Kind.LOOKUP)}


def _answer(
    outcome: int = Outcome.KNOWN,
    cause: int = 0,
    slot: int = 0,
    number: int = 1,
    proof: bytes = PROOF,
) -> bytes:
    return (
        Writer()
        .integer(outcome, 1)
        .integer(cause, 1)
        .integer(slot, 1)
        .integer(number, 1)
        .raw(proof)
        .raw(INVOLVEMENT.encode() * min(number, 3))
        .padded(reply_body_bytes(Kind.LOOKUP))
    )


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(_answer(outcome=0, number=0), id="outcome 0"),
        pytest.param(_answer(outcome=9, number=0), id="an outcome between the known ones"),
        pytest.param(_answer(outcome=Outcome.UNREACHABLE, number=0), id="unreachable"),
        pytest.param(_answer(outcome=Outcome.TIMED_OUT, number=0), id="timed out"),
        pytest.param(_answer(outcome=Outcome.MISBEHAVED, number=0), id="misbehaved"),
        pytest.param(_answer(outcome=255, number=0), id="outcome 255"),
        pytest.param(_answer(cause=len(Cause)), id="unknown cause"),
        pytest.param(_answer(slot=64), id="slot out of range"),
        pytest.param(_answer(slot=255), id="slot 255"),
        pytest.param(_answer(number=0), id="known without an involvement"),
        pytest.param(_answer(number=4), id="four involvements"),
        pytest.param(_answer(outcome=Outcome.NOT_KNOWN), id="an involvement on a not-known"),
        pytest.param(_answer(outcome=Outcome.MAY_BE_KNOWN), id="an involvement on a may-be"),
        pytest.param(_answer(outcome=Outcome.BEING_CHECKED), id="an involvement on a check"),
        pytest.param(_answer(outcome=Outcome.ADD_A_FIELD), id="an involvement on add-a-field"),
        pytest.param(_answer(outcome=Outcome.REFUSED), id="an involvement on a refusal"),
        pytest.param(_answer(number=2)[: 36 + 496] + bytes(992), id="an involvement of zeros"),
        pytest.param(KNOWN_BODY[:-1] + b"\1", id="padding not zero"),
        pytest.param(NOT_KNOWN_BODY[:36] + b"\1" + NOT_KNOWN_BODY[37:], id="text behind a miss"),
        pytest.param(KNOWN_BODY[:36], id="cut off before its involvement"),
        pytest.param(KNOWN_BODY[:35], id="cut off within its proof"),
    ],
)
def test_refuses_answer_with(body: bytes) -> None:
    with pytest.raises(MalformedError):
        Answer.decode(body)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(NOT_KNOWN_BODY[:-1], id="a byte less"),
        pytest.param(NOT_KNOWN_BODY[:36], id="no padding"),
        pytest.param(NOT_KNOWN_BODY + b"\0", id="a byte more"),
    ],
)
def test_refuses_answer_of_another_size(body: bytes) -> None:
    with pytest.raises(MalformedError):
        Answer.decode(body)


MISSES = [outcome for outcome in WIRE_OUTCOMES if outcome not in HITS]


@pytest.mark.parametrize("outcome", MISSES, ids=lambda outcome: outcome.name)
def test_refuses_a_slot_on_a_miss(outcome: Outcome) -> None:
    """There is one way to say not-known: what else it says would tell apart who says it."""
    with pytest.raises(MalformedError):
        Answer.decode(_answer(outcome=outcome, number=0, slot=5, proof=bytes(32)))


@pytest.mark.parametrize("outcome", MISSES, ids=lambda outcome: outcome.name)
def test_refuses_a_proof_on_a_miss(outcome: Outcome) -> None:
    with pytest.raises(MalformedError):
        Answer.decode(_answer(outcome=outcome, number=0))


@pytest.mark.parametrize(
    ("outcome", "cause"),
    [
        pytest.param(Outcome.KNOWN, Cause.DAILY_LIMIT, id="a cause on a hit"),
        pytest.param(Outcome.ADD_A_FIELD, Cause.DAILY_LIMIT, id="a cause on add-a-field"),
        pytest.param(Outcome.NOT_KNOWN, Cause.DAILY_LIMIT, id="a cause on a not-known"),
        pytest.param(Outcome.REFUSED, Cause.NO_COMPLETE_INDEX, id="refused for its index"),
        pytest.param(Outcome.CANNOT_ANSWER, Cause.DAILY_LIMIT, id="cannot answer for a limit"),
    ],
)
def test_refuses_a_cause_that_is_not_of_its_outcome(outcome: Outcome, cause: Cause) -> None:
    """Spec 50 §2.1: a second way to say not-known would tell apart who says it."""
    number = int(outcome is Outcome.KNOWN)
    proof = PROOF if outcome in HITS else bytes(32)
    with pytest.raises(MalformedError):
        Answer.decode(_answer(outcome=outcome, cause=cause, number=number, proof=proof))


@given(st.binary(max_size=100))
def test_answer_decoder_raises_only_our_errors(content: bytes) -> None:
    for body in (content, content + KNOWN_BODY[len(content) :], content.ljust(1524, b"\0")):
        with suppress(MalformedError):
            Answer.decode(body)


def test_nothing_about_a_person_shows_in_a_repr() -> None:
    for thing in (WHO, QUESTION, QUESTION.slots, QUESTION.slots[0], KNOWN):
        assert "Sam" not in repr(thing)
        assert "tttt" not in repr(thing)


def test_only_what_a_member_said_of_its_records_is_an_answer() -> None:
    answers = {outcome for outcome in Outcome if outcome.is_answer}
    assert answers == {*HITS, Outcome.ADD_A_FIELD, Outcome.NOT_KNOWN}
