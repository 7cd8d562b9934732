from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.records.model import PAD_BYTES, KeyedToken, Record
from protocol import limits
from protocol.errors import MalformedError, ProtocolError
from protocol.matching.keys import KeyId
from tests.node.small_federation import child, involvement, record

MARY = record(child())


def test_record_round_trips() -> None:
    decoded = Record.decode(MARY.encode())
    assert (decoded.case_reference, decoded.tokens) == (MARY.case_reference, MARY.tokens)
    assert decoded.encode() == MARY.encode()


def test_record_with_every_key_fits() -> None:
    tokens = tuple(KeyedToken(KeyId.A3, bytes([n]) * 32) for n in range(limits.RECORD_KEYS))
    assert Record.decode(replace(MARY, tokens=tokens).encode()).tokens == tokens


def test_length_is_a_multiple_whatever_is_known() -> None:
    lengths = {len(replace(MARY, tokens=MARY.tokens[:number]).encode()) for number in range(7)}
    assert lengths == {PAD_BYTES}


def test_closed_case_expires_a_year_after_closing() -> None:
    closed = record(child(), involved=involvement(closed_on=date(2024, 2, 29)))
    assert closed.expires_on == date(2025, 2, 28)


@pytest.mark.parametrize("length", [0, 1, 400, 600])
def test_refuses_a_record_cut_off(length: int) -> None:
    with pytest.raises(MalformedError):
        Record.decode(MARY.encode()[:length])


def test_refuses_an_unknown_key_id() -> None:
    content = MARY.encode()
    position = content.index(MARY.tokens[0].token) - 1
    with pytest.raises(MalformedError, match="unknown key id"):
        Record.decode(content[:position] + b"\xff" + content[position + 1 :])


@given(st.binary(max_size=1200))
def test_raises_only_our_errors(content: bytes) -> None:
    try:
        Record.decode(content)
    except ProtocolError:
        pass
