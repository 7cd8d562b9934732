from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol import limits
from protocol.errors import MalformedError
from protocol.messages.evaluation import (
    Evaluated,
    EvaluationReply,
    EvaluationRequest,
    EvaluationStatus,
    batch_size,
)
from protocol.oprf import group
from protocol.oprf.dleq import Proof
from protocol.sealing.envelope import Kind, reply_body_bytes, request_body_bytes

KINDS = (Kind.EVALUATION, Kind.IMPORT_EVALUATION)
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)

ELEMENT = group.multiply_base(group.scalar_from_int(7))
PROOF = Proof(group.scalar_from_int(1), group.scalar_from_int(2))
SUBSETS = {Kind.EVALUATION: (), Kind.IMPORT_EVALUATION: (1, 3, 64)}
REQUEST = EvaluationRequest(3, 1, (ELEMENT,) * limits.LOOKUP_BATCH)
IMPORT = EvaluationRequest(3, 1, (ELEMENT,) * limits.IMPORT_BATCH, (1, 2, 3))
REQUEST_BODY = REQUEST.encode()
REPLY = EvaluationReply(
    EvaluationStatus.EVALUATED, 3, 500, Evaluated((ELEMENT,) * limits.LOOKUP_BATCH, PROOF)
)
REPLY_BODY = REPLY.encode(Kind.EVALUATION)
REFUSAL = EvaluationReply(EvaluationStatus.ALLOWANCE_USED, 3, 0, None)
REFUSAL_BODY = REFUSAL.encode(Kind.EVALUATION)

elements = st.integers(1, 50).map(lambda n: group.multiply_base(group.scalar_from_int(n)))
scalars = st.integers(0, group.ORDER - 1).map(group.scalar_from_int)
batches = st.lists(elements, min_size=64, max_size=64).map(tuple)
evaluated_batches = st.builds(Evaluated, batches, st.builds(Proof, scalars, scalars))
counts = st.integers(0, 2**32 - 1)


@settings(max_examples=10)
@given(st.builds(EvaluationRequest, counts, st.integers(0, 2**16 - 1), batches))
def test_request_decodes_what_it_encoded(request: EvaluationRequest) -> None:
    body = request.encode()
    assert len(body) == request_body_bytes(Kind.EVALUATION)
    assert EvaluationRequest.decode(body, Kind.EVALUATION) == request


@settings(max_examples=10)
@given(
    st.builds(
        EvaluationReply, st.just(EvaluationStatus.EVALUATED), counts, counts, evaluated_batches
    )
    | st.builds(
        EvaluationReply,
        st.sampled_from(EvaluationStatus).filter(lambda s: s is not EvaluationStatus.EVALUATED),
        counts,
        counts,
        st.none(),
    )
)
def test_reply_decodes_what_it_encoded(reply: EvaluationReply) -> None:
    body = reply.encode(Kind.EVALUATION)
    assert len(body) == reply_body_bytes(Kind.EVALUATION)
    assert EvaluationReply.decode(body, Kind.EVALUATION) == reply


@every_kind
def test_every_batch_has_the_size_of_its_kind(kind: Kind) -> None:
    request = EvaluationRequest(1, 1, (ELEMENT,) * batch_size(kind), SUBSETS[kind])
    proof = PROOF if kind is Kind.EVALUATION else None
    evaluated = Evaluated(request.blinded_elements, proof)
    reply = EvaluationReply(EvaluationStatus.EVALUATED, 1, 0, evaluated)
    assert len(request.encode()) == request_body_bytes(kind)
    assert EvaluationRequest.decode(request.encode(), kind) == request
    assert EvaluationReply.decode(reply.encode(kind), kind) == reply


@settings(max_examples=10)
@given(st.sets(st.integers(1, limits.KEYHOLDERS), min_size=1))
def test_import_says_whom_it_asks(indices: set[int]) -> None:
    subset = tuple(sorted(indices))
    body = replace(IMPORT, subset=subset).encode()
    assert EvaluationRequest.decode(body, Kind.IMPORT_EVALUATION).subset == subset


def test_refuses_an_import_that_asks_nobody() -> None:
    body = IMPORT.encode()
    with pytest.raises(MalformedError, match="names no keyholder"):
        EvaluationRequest.decode(body[:6] + bytes(8) + body[14:], Kind.IMPORT_EVALUATION)


@every_kind
def test_refusal_has_the_size_of_an_evaluation(kind: Kind) -> None:
    """The hub must not see from the size who has used up an allowance."""
    assert len(REFUSAL.encode(kind)) == reply_body_bytes(kind)


def test_allowance_beyond_the_field_reads_as_its_most() -> None:
    reply = EvaluationReply(EvaluationStatus.ALLOWANCE_USED, 3, 2**40, None)
    decoded = EvaluationReply.decode(reply.encode(Kind.EVALUATION), Kind.EVALUATION)
    assert decoded.allowance_left == 2**32 - 1


NOT_CANONICAL = b"\xff" * 32


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(REQUEST_BODY[:-1], id="truncated"),
        pytest.param(REQUEST_BODY[:-32], id="an element too few"),
        pytest.param(REQUEST_BODY + ELEMENT, id="an element too many"),
        pytest.param(REQUEST_BODY + b"\0", id="trailing byte"),
        pytest.param(REQUEST_BODY[:-32] + bytes(32), id="the identity"),
        pytest.param(REQUEST_BODY[:-32] + NOT_CANONICAL, id="element not canonical"),
    ],
)
def test_refuses_request_with(body: bytes) -> None:
    with pytest.raises(MalformedError):
        EvaluationRequest.decode(body, Kind.EVALUATION)


def test_refuses_request_of_another_kind() -> None:
    with pytest.raises(MalformedError):
        EvaluationRequest.decode(REQUEST_BODY, Kind.IMPORT_EVALUATION)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\0" + REPLY_BODY[1:], id="status 0"),
        pytest.param(b"\6" + REPLY_BODY[1:], id="unknown status"),
        pytest.param(b"\2" + REPLY_BODY[1:], id="elements behind a refusal"),
        pytest.param(b"\1" + REFUSAL_BODY[1:], id="no elements in an evaluation"),
        pytest.param(REPLY_BODY[:-1], id="truncated"),
        pytest.param(REPLY_BODY + b"\0", id="trailing byte"),
        pytest.param(REPLY_BODY[:9] + bytes(32) + REPLY_BODY[41:], id="the identity"),
        pytest.param(REPLY_BODY[:9] + NOT_CANONICAL + REPLY_BODY[41:], id="not canonical"),
        pytest.param(REPLY_BODY[:-32] + NOT_CANONICAL, id="proof not reduced"),
        pytest.param(REFUSAL_BODY[:-1] + b"\1", id="padding of a refusal not zero"),
    ],
)
def test_refuses_reply_with(body: bytes) -> None:
    with pytest.raises(MalformedError):
        EvaluationReply.decode(body, Kind.EVALUATION)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(REFUSAL_BODY[:-1], id="a byte less"),
        pytest.param(REFUSAL_BODY[:9], id="no padding"),
        pytest.param(REFUSAL_BODY + b"\0", id="a byte more"),
    ],
)
def test_refuses_refusal_of_another_size(body: bytes) -> None:
    with pytest.raises(MalformedError):
        EvaluationReply.decode(body, Kind.EVALUATION)


@given(st.binary(max_size=100))
def test_request_decoder_raises_only_our_errors(content: bytes) -> None:
    for body in (content, content + REQUEST_BODY[len(content) :]):
        with suppress(MalformedError):
            assert EvaluationRequest.decode(body, Kind.EVALUATION).encode() == body


@given(st.binary(max_size=100))
def test_reply_decoder_raises_only_our_errors(content: bytes) -> None:
    for body in (content, content + REPLY_BODY[len(content) :]):
        with suppress(MalformedError):
            EvaluationReply.decode(body, Kind.EVALUATION)
