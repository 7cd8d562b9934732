from datetime import date
from pathlib import Path

import pytest

from node.answering.handing import TASK_BYTES, Task, decode_built, encode_built
from node.records.state import IndexState
from node.store_key import StoreKey
from protocol.errors import MalformedError
from protocol.identifiers import Epoch, MemberId

TASK = Task(
    Path("/somewhere/records.db"),
    StoreKey(bytes(range(32))),
    MemberId("E08000035"),
    Epoch(486_111),
    date(2025, 6, 15),
)
STATE = IndexState(bytes(range(8)), 2, 7)


def test_task_round_trips() -> None:
    decoded = Task.decode(TASK.encode())
    assert decoded.encode() == TASK.encode()
    assert (decoded.records, decoded.member, decoded.epoch, decoded.today) == (
        TASK.records,
        TASK.member,
        TASK.epoch,
        TASK.today,
    )


def test_task_of_the_longest_path_fits_its_packet() -> None:
    longest = Path("/" + "a" * 4095)
    content = Task(longest, TASK.key, TASK.member, TASK.epoch, TASK.today).encode()
    assert len(content) <= TASK_BYTES
    assert Task.decode(content).records == longest


def test_task_shows_no_key() -> None:
    assert TASK.key.hand_over().hex() not in repr(TASK)


def test_state_round_trips() -> None:
    assert decode_built(encode_built(STATE)) == STATE


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(TASK.encode()[:-1], id="cut"),
        pytest.param(TASK.encode() + b"x", id="more"),
        pytest.param(TASK.encode()[:52] + bytes(4) + TASK.encode()[56:], id="no day"),
    ],
)
def test_what_is_no_task_is_refused(content: bytes) -> None:
    with pytest.raises(MalformedError):
        Task.decode(content)


@pytest.mark.parametrize("length", [0, 19, 21])
def test_state_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(MalformedError):
        decode_built(bytes(length))
