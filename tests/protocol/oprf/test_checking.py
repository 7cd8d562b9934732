from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import MalformedError, ProofError
from protocol.oprf import group
from protocol.oprf.checking import BatchCheck
from protocol.oprf.group import Element, Scalar
from tests.protocol.oprf.rfc9497_vectors import PUBLIC, SECRET

SENT = tuple(group.multiply_base(group.scalar_from_int(number)) for number in (11, 12, 13))
CHECK = BatchCheck(
    group.scalar_from_int(1001), tuple(map(group.scalar_from_int, (1002, 1003, 1004)))
)
OTHER_CHECK = BatchCheck(
    group.scalar_from_int(2001), tuple(map(group.scalar_from_int, (2002, 2003, 2004)))
)
SOMETHING = group.multiply_base(group.scalar_from_int(77))
NOTHING_OF_IT = group.multiply_base(group.scalar_from_int(group.ORDER - 77))

Batch = list[Element]


def evaluated(secret: Scalar = SECRET, check: BatchCheck = CHECK) -> Batch:
    """Return the evaluations of what was sent, that of the check element last."""
    return [group.multiply(secret, element) for element in (*SENT, check.element(SENT))]


def verify(answer: Sequence[Element]) -> None:
    CHECK.verify(PUBLIC, answer[:-1], answer[-1])


def add(answer: Batch, *changes: Element | None) -> Batch:
    return [
        element if change is None else group.add(element, change)
        for element, change in zip(answer, changes, strict=True)
    ]


def test_right_evaluations_pass() -> None:
    verify(evaluated())


def test_nothing_to_check_passes() -> None:
    check = BatchCheck(group.scalar_from_int(1001), ())
    check.verify(PUBLIC, (), group.multiply(SECRET, check.element(())))


WRONG: dict[str, Callable[[Batch], Batch]] = {
    "the first altered": lambda right: add(right, SOMETHING, None, None, None),
    "the last altered": lambda right: add(right, None, None, SOMETHING, None),
    "the check altered": lambda right: add(right, None, None, None, SOMETHING),
    "one altered and the check as much": lambda right: add(right, SOMETHING, None, None, SOMETHING),
    "two altered to the same sum": lambda right: add(right, SOMETHING, NOTHING_OF_IT, None, None),
    "two swapped": lambda right: [right[1], right[0], *right[2:]],
    "one twice": lambda right: [right[0], right[0], *right[2:]],
    "under another key": lambda _: evaluated(group.scalar_from_int(5)),
    "all of it twice as much": lambda right: [group.add(each, each) for each in right],
    "the identity": lambda right: [group.IDENTITY, *right[1:]],
    "all the identity": lambda right: [group.IDENTITY] * len(right),
    "the check of another batch": lambda _: evaluated(check=OTHER_CHECK),
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_refuses(change: Callable[[Batch], Batch]) -> None:
    with pytest.raises(ProofError):
        verify(change(evaluated()))


@pytest.mark.parametrize("check", [CHECK, BatchCheck(CHECK.offset, ())])
def test_check_decodes_what_it_encoded(check: BatchCheck) -> None:
    assert BatchCheck.decode(check.encode()) == check


NOT_REDUCED = group.ORDER.to_bytes(32, "little")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(CHECK.encode()[:-1], id="a byte less"),
        pytest.param(CHECK.encode() + b"\0", id="a byte more"),
        pytest.param(NOT_REDUCED + CHECK.encode(), id="an offset not reduced"),
        pytest.param(CHECK.encode() + NOT_REDUCED, id="a weight not reduced"),
    ],
)
def test_refuses_a_check_that_is(content: bytes) -> None:
    with pytest.raises(MalformedError):
        BatchCheck.decode(content)


@given(st.binary(max_size=100))
def test_decoding_a_check_raises_only_our_error(content: bytes) -> None:
    with suppress(MalformedError):
        assert BatchCheck.decode(content).encode() == content


def test_check_element_shows_nothing_of_its_weights() -> None:
    """For any weights there is an offset under which the same element comes out."""
    element = CHECK.element(SENT)
    logarithms, others = (11, 12, 13), (5, 6, 7)
    total = 1001 + sum(w * x for w, x in zip((1002, 1003, 1004), logarithms, strict=True))
    offset = total - sum(w * x for w, x in zip(others, logarithms, strict=True))
    other = BatchCheck(group.scalar_from_int(offset), tuple(map(group.scalar_from_int, others)))
    assert other.element(SENT) == element
