from contextlib import suppress
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.records.model import PAD_BYTES, Record, expiry
from node.records.tokens import KeyedToken, Tokens
from protocol import limits
from protocol.errors import MalformedError, ProtocolError
from protocol.matching.key_ids import KeyId
from protocol.messages.involvement import Involvement
from protocol.messages.vocabulary import InvolvementKind
from tests.node.small_federation import child, involvement, record

MARY = record(child())


def test_record_round_trips() -> None:
    decoded = Record.decode(MARY.encode())
    assert (decoded.case_reference, decoded.tokens) == (MARY.case_reference, MARY.tokens)
    assert decoded.encode() == MARY.encode()


def test_record_with_every_key_fits() -> None:
    tokens = Tokens.of(KeyedToken(KeyId.A3, bytes([n]) * 32) for n in range(limits.RECORD_KEYS))
    assert Record.decode(replace(MARY, tokens=tokens).encode()).tokens == tokens


def test_tokens_alone_are_those_of_the_record() -> None:
    assert Record.decode_tokens(MARY.encode()) == MARY.tokens


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(MARY.encode()[:600], id="cut"),
        pytest.param(MARY.encode()[:-1] + b"x", id="padding that is not zero"),
        pytest.param(b"\xff" * PAD_BYTES, id="ones"),
    ],
)
def test_tokens_alone_are_refused_where_the_record_is(content: bytes) -> None:
    with pytest.raises(MalformedError):
        Record.decode_tokens(content)
    with pytest.raises(MalformedError):
        Record.decode(content)


def test_length_is_a_multiple_whatever_is_known() -> None:
    first = list(MARY.tokens)
    lengths = {len(replace(MARY, tokens=Tokens.of(first[:n])).encode()) for n in range(7)}
    assert lengths == {PAD_BYTES}


@pytest.mark.parametrize(
    ("involved", "born_on", "expires_on"),
    [
        pytest.param(involvement(), date(2015, 3, 14), date(2033, 3, 14), id="18 years old"),
        pytest.param(
            involvement(kind=InvolvementKind.CARE_LEAVER),
            date(2015, 3, 14),
            date(2040, 3, 14),
            id="a care leaver: 25 years old",
        ),
        pytest.param(
            involvement(kind=InvolvementKind.EHC_PLAN),
            date(2015, 3, 14),
            date(2040, 3, 14),
            id="special needs: 25 years old",
        ),
        pytest.param(
            involvement(),
            date(2015, 3, 4),
            date(2033, 4, 3),
            id="day and month may be the wrong way round: the later reading",
        ),
        pytest.param(involvement(), date(2016, 2, 29), date(2034, 3, 1), id="born on 29 February"),
        pytest.param(
            involvement(updated_on=date(2025, 6, 1)),
            None,
            date(2043, 6, 1),
            id="unborn: the update",
        ),
        pytest.param(
            involvement(closed_on=date(2024, 2, 29)),
            date(2015, 3, 14),
            date(2025, 2, 28),
            id="a year after closing",
        ),
        pytest.param(
            involvement(closed_on=date(2032, 12, 31)),
            date(2015, 3, 14),
            date(2033, 3, 14),
            id="closed shortly before 18",
        ),
    ],
)
def test_expiry(involved: Involvement, born_on: date | None, expires_on: date) -> None:
    assert expiry(involved, born_on) == expires_on


@pytest.mark.parametrize("length", [0, 1, 400, 600])
def test_refuses_a_record_cut_off(length: int) -> None:
    with pytest.raises(MalformedError):
        Record.decode(MARY.encode()[:length])


def test_refuses_an_unknown_key_id() -> None:
    content = MARY.encode()
    position = content.index(next(iter(MARY.tokens)).token) - 1
    with pytest.raises(MalformedError, match="unknown key id"):
        Record.decode(content[:position] + b"\xff" + content[position + 1 :])


@given(st.binary(max_size=1200))
def test_raises_only_our_errors(content: bytes) -> None:
    with suppress(ProtocolError):
        Record.decode(content)
