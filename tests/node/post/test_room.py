"""Post that arrives: a row and a receipt for every cell, and no flood of them."""

import os
from dataclasses import replace

import pytest

from node.ledger.ledger import Ledger
from node.post.room import MOST_IN_AN_INTERVAL, PostRoom
from node.receiving.request import OpenedRequest
from protocol.identifiers import RoundId
from protocol.messages.post import PostMessage, PostType
from protocol.sealing.envelope import Header, Kind, parse_request, seal_request
from tests.node.small_federation import DIRECTORY, NOW_MS, STORE_KEY, council

INTERVAL_MS = DIRECTORY.post_interval_seconds * 1000


def cell(sender: int = 1, now_ms: int = NOW_MS) -> OpenedRequest:
    """Return one opened cell of noise from a council to council 2."""
    body = PostMessage(os.urandom(16), PostType.NOISE, b"").encode()
    asker, us = council(sender), council(2)
    header = Header(Kind.POST, RoundId(os.urandom(16)), asker.id, us.id, now_ms)
    sealing_key = DIRECTORY.member(us.id).sealing_key
    sent = seal_request(header, os.urandom(32), body, sealing_key, asker.keys.signing)
    sealed = parse_request(sent.envelope)
    member = DIRECTORY.member(asker.id)
    return OpenedRequest(sealed, member, body, DIRECTORY, now_ms, lambda salt, made: salt + made)


@pytest.fixture
def room(ledger: Ledger) -> PostRoom:
    return PostRoom(ledger, STORE_KEY)


def test_every_cell_gets_a_receipt_and_a_row_of_one_length(room: PostRoom, ledger: Ledger) -> None:
    said = PostMessage(bytes(16), PostType.CEREMONY_SIGNATURE, b"x" * 96).encode()
    receipts = [room.answer(cell()), room.answer(replace(cell(), body=said))]
    assert None not in receipts
    assert len({len(receipt or b"") for receipt in receipts}) == 1
    assert len({len(row.entry) for row in ledger.open_post(0, 10)}) == 1


def test_flood_of_one_member_is_declined_without_rows(room: PostRoom, ledger: Ledger) -> None:
    answers = [room.answer(cell()) for _ in range(MOST_IN_AN_INTERVAL + 3)]
    assert [answer is None for answer in answers] == [False] * MOST_IN_AN_INTERVAL + [True] * 3
    assert ledger.requests_received() == {Kind.POST: MOST_IN_AN_INTERVAL}
    assert room.answer(cell(sender=3)) is not None
    assert room.answer(cell(now_ms=NOW_MS + INTERVAL_MS)) is not None
