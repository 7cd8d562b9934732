import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.answering.lookup import LookupRoom
from node.ledger.ledger import Ledger
from node.receiving import receiver as receiving
from node.receiving.receiver import Receiver, seconds_to_tick
from node.receiving.request import Answering, OpenedRequest
from protocol.directory.members import Directory
from protocol.errors import DirectoryError, ExpiredError
from protocol.identifiers import MemberId
from protocol.messages.vocabulary import Outcome
from protocol.sealing.envelope import Header, Kind, SentRequest, request_body_bytes
from tests.node.small_federation import (
    DIRECTORY,
    NOW_MS,
    STRANGER_ENTRIES,
    AnsweringCouncil,
    AskedQuestion,
    FakeClock,
    ask,
    child,
    council,
    enquiry,
    make_directory,
    make_header,
    prepare,
    record,
    seal,
)

US = council(2)
OTHERS = prepare(enquiry(child(**STRANGER_ENTRIES)))
FRESH_MS = 120_000


class Counting:
    """Passes requests on to a room and counts them."""

    on_tick = True

    def __init__(self, room: Answering) -> None:
        self._room = room
        self.answered = 0

    def answer(self, request: OpenedRequest) -> bytes | None:
        self.answered += 1
        return self._room.answer(request)


class Blocking:
    """Answers nobody until it is told to."""

    on_tick = False

    def __init__(self) -> None:
        self.go = Event()
        self.at_work = 0

    def answer(self, request: OpenedRequest) -> bytes | None:
        del request
        self.at_work += 1
        self.go.wait()
        return b"reply"


class Failing:
    on_tick = False

    def answer(self, request: OpenedRequest) -> bytes | None:
        del request
        raise OSError("disk full")


def make_receiver(
    ledger: Ledger,
    room: Answering,
    clock: Callable[[], int],
    directory: Callable[[], Directory] = lambda: DIRECTORY,
    evaluating: Answering | None = None,
) -> Receiver:
    rooms = dict.fromkeys(Kind, room) | {Kind.IMPORT_EVALUATION: evaluating or room}
    return Receiver(US.id, US.keys.signing, US.keys.sealing, ledger, directory, rooms, clock)


@pytest.fixture
def room(answering: AnsweringCouncil) -> Counting:
    answering.load([record(child())])
    return Counting(answering.room)


@pytest.fixture
def receiver(answering: AnsweringCouncil, room: Counting, clock: FakeClock) -> Receiver:
    return make_receiver(answering.ledger, room, clock)


def receive(receiver: Receiver, *envelopes: bytes) -> list[bytes | None]:
    """Give the replies to envelopes that come at once."""

    async def all_at_once() -> list[bytes | None]:
        waiting: list[Awaitable[bytes | None]] = [receiver.receive(each) for each in envelopes]
        return list(await asyncio.gather(*waiting))

    return asyncio.run(all_at_once())


def receive_one(receiver: Receiver, envelope: bytes) -> bytes | None:
    return receive(receiver, envelope)[0]


def question(header: Header, **keys: int) -> SentRequest:
    return seal(header, ask().opened().body, **keys)


def import_batch() -> SentRequest:
    header = make_header(Kind.IMPORT_EVALUATION, council(1), US, NOW_MS)
    return seal(header, bytes(request_body_bytes(Kind.IMPORT_EVALUATION)))


def lookup_header(sender: int = 1, recipient: int = 2, now_ms: int = NOW_MS) -> Header:
    return make_header(Kind.LOOKUP, council(sender), council(recipient), now_ms)


def test_answers_a_question(receiver: Receiver, room: Counting) -> None:
    asked = ask()
    reply = receive_one(receiver, asked.sent.envelope)
    assert asked.read(reply).outcome is Outcome.KNOWN
    assert room.answered == 1


@pytest.mark.parametrize(
    ("late_ms", "is_answered"),
    [
        pytest.param(FRESH_MS, True, id="120 s old"),
        pytest.param(FRESH_MS + 1, False, id="120.001 s old"),
        pytest.param(-FRESH_MS, True, id="120 s ahead"),
        pytest.param(-FRESH_MS - 1, False, id="120.001 s ahead"),
    ],
)
def test_declines_what_is_stale(
    receiver: Receiver, clock: FakeClock, late_ms: int, is_answered: bool
) -> None:
    envelope = question(lookup_header(now_ms=clock.now_ms - late_ms)).envelope
    assert (receive_one(receiver, envelope) is not None) is is_answered


def unknown_sender() -> bytes:
    header = Header(Kind.LOOKUP, lookup_header().round_id, MemberId("E09999999"), US.id, NOW_MS)
    return question(header, signer=1).envelope


def altered(position: int) -> bytes:
    envelope = bytearray(question(lookup_header()).envelope)
    envelope[position] ^= 1
    return bytes(envelope)


@pytest.mark.parametrize(
    "envelope",
    [
        pytest.param(question(lookup_header(recipient=3)).envelope, id="for another member"),
        pytest.param(unknown_sender(), id="from a stranger"),
        pytest.param(question(lookup_header(), signer=3).envelope, id="signed by another member"),
        pytest.param(question(lookup_header(), cell_for=3).envelope, id="sealed to another key"),
        pytest.param(altered(-1), id="an altered signature"),
        pytest.param(altered(20), id="an altered header"),
        pytest.param(altered(200), id="an altered cell"),
        pytest.param(question(lookup_header()).envelope[:-1], id="cut off"),
        pytest.param(question(lookup_header()).envelope + b"\0", id="too long"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"\1\3" + bytes(4000), id="zeros"),
        pytest.param(
            seal(lookup_header(), bytes(len(ask().opened().body))).envelope, id="no question in it"
        ),
    ],
)
def test_declines_without_a_row(
    receiver: Receiver, answering: AnsweringCouncil, envelope: bytes
) -> None:
    assert receive_one(receiver, envelope) is None
    assert answering.ledger.requests_received() == {}


@given(st.binary(max_size=300))
def test_garbage_is_declined(content: bytes) -> None:
    class NoLedger(Ledger):
        def __init__(self) -> None:
            pass

    receiver = make_receiver(NoLedger(), Failing(), FakeClock())
    assert receiver._answer(content) == (None, None)


def test_declines_a_question_forwarded_to_another_member(receiver: Receiver) -> None:
    """A member passes on what it was asked, under its own name (PROTOCOL P6)."""
    forwarded = ask(asker=1, answerer=3)
    header = forwarded.sent.header
    again = seal(
        Header(header.kind, header.round_id, council(3).id, US.id, header.time_ms),
        forwarded.opened().body,
    )
    answer = AskedQuestion(again, forwarded.prepared, council(3), US)
    assert answer.read(receive_one(receiver, again.envelope)).outcome is Outcome.NOT_KNOWN


@pytest.mark.parametrize(
    "error",
    [DirectoryError("none is held yet"), ExpiredError("expired")],
    ids=["no directory", "expired"],
)
def test_declines_all_without_a_valid_directory(
    answering: AnsweringCouncil, room: Counting, clock: FakeClock, error: DirectoryError
) -> None:
    def no_directory() -> Directory:
        raise error

    receiver = make_receiver(answering.ledger, room, clock, no_directory)
    assert receive_one(receiver, ask().sent.envelope) is None


def test_declines_a_member_that_has_left(
    answering: AnsweringCouncil, room: Counting, clock: FakeClock
) -> None:
    left = make_directory()
    members = {key: member for key, member in left.members.items() if key != council(1).id}
    object.__setattr__(left, "members", members)
    receiver = make_receiver(answering.ledger, room, clock, lambda: left)
    assert receive_one(receiver, ask().sent.envelope) is None


def test_same_bytes_again_get_the_stored_reply_and_are_answered_once(
    receiver: Receiver, room: Counting, answering: AnsweringCouncil, clock: FakeClock
) -> None:
    envelope = ask().sent.envelope
    first = receive_one(receiver, envelope)
    clock.now_ms += FRESH_MS
    assert receive_one(receiver, envelope) == first
    assert first is not None
    assert room.answered == 1
    assert answering.ledger.requests_received() == {Kind.LOOKUP: 1}


def test_same_bytes_at_once_over_several_hubs_get_one_reply(
    receiver: Receiver, answering: AnsweringCouncil
) -> None:
    replies = receive(receiver, *[ask().sent.envelope] * 8)
    assert len(set(replies)) == 1
    assert replies[0] is not None
    assert answering.ledger.requests_received() == {Kind.LOOKUP: 1}


def test_other_bytes_under_a_used_round_are_declined(
    receiver: Receiver, answering: AnsweringCouncil, room: Counting
) -> None:
    first = ask()
    other = seal(first.sent.header, ask(OTHERS).opened().body)
    receive(receiver, first.sent.envelope)
    assert receive_one(receiver, other.envelope) is None
    assert room.answered == 1
    assert answering.ledger.requests_received() == {Kind.LOOKUP: 1}


def test_same_bytes_after_the_reply_is_forgotten_are_declined_and_not_counted_again(
    receiver: Receiver, answering: AnsweringCouncil
) -> None:
    envelope = ask().sent.envelope
    receive(receiver, envelope)
    answering.ledger.forget(NOW_MS + 1)
    assert receive_one(receiver, envelope) is None
    assert answering.ledger.requests_received() == {Kind.LOOKUP: 1}


def test_cannot_answer_is_not_stored_and_the_same_bytes_may_be_answered_later(
    answering: AnsweringCouncil, receiver: Receiver
) -> None:
    index, answering.index._index = answering.index._index, None
    asked = ask()
    first = asked.read(receive_one(receiver, asked.sent.envelope))
    answering.index._index = index
    second = asked.read(receive_one(receiver, asked.sent.envelope))
    assert (first.outcome, second.outcome) == (Outcome.CANNOT_ANSWER, Outcome.KNOWN)


def test_declines_where_a_room_fails(answering: AnsweringCouncil, clock: FakeClock) -> None:
    receiver = make_receiver(answering.ledger, Failing(), clock)
    assert receive_one(receiver, ask().sent.envelope) is None


def test_declines_when_the_ledger_cannot_be_used(receiver: Receiver, tmp_path: Path) -> None:
    """No row, no answer: and an error that reaches the link would end it (PROTOCOL §4)."""
    connection = sqlite3.connect(tmp_path / "council-2" / "ledger.db")
    connection.execute("ALTER TABLE received RENAME TO gone")
    connection.close()
    assert receive_one(receiver, ask().sent.envelope) is None


def test_declines_a_row_that_cannot_be_written(receiver: Receiver, tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "council-2" / "ledger.db")
    connection.execute(
        "CREATE TRIGGER full BEFORE INSERT ON received BEGIN SELECT RAISE(ABORT, 'full'); END"
    )
    connection.close()
    assert receive_one(receiver, ask().sent.envelope) is None


def test_declines_what_comes_while_too_many_wait(
    answering: AnsweringCouncil, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "MOST_WAITING", 2)
    blocking = Blocking()
    receiver = make_receiver(answering.ledger, blocking, clock)

    async def three() -> tuple[bytes | None, list[bytes | None]]:
        first = [
            asyncio.create_task(receiver.receive(question(lookup_header()).envelope))
            for _ in range(2)
        ]
        await asyncio.sleep(0)
        try:
            async with asyncio.timeout(10):
                third = await receiver.receive(question(lookup_header()).envelope)
        finally:
            blocking.go.set()
        return third, list(await asyncio.gather(*first))

    assert asyncio.run(three()) == (None, [b"reply", b"reply"])
    assert receive_one(receiver, question(lookup_header()).envelope) == b"reply"


def test_questions_do_not_wait_for_batches_of_imports(
    answering: AnsweringCouncil, clock: FakeClock
) -> None:
    evaluating, answers = Blocking(), Blocking()
    answers.go.set()
    receiver = make_receiver(answering.ledger, answers, clock, evaluating=evaluating)

    async def many() -> tuple[bytes | None, int, list[bytes | None]]:
        imports = [
            asyncio.create_task(receiver.receive(import_batch().envelope))
            for _ in range(2 * receiving.WORKERS)
        ]
        await asyncio.sleep(0)
        try:
            async with asyncio.timeout(10):
                answer = await receiver.receive(question(lookup_header()).envelope)
        finally:
            at_work = evaluating.at_work
            evaluating.go.set()
        return answer, at_work, list(await asyncio.gather(*imports))

    answer, at_work, replies = asyncio.run(many())
    assert answer == b"reply"
    assert at_work <= receiving.IMPORT_WORKERS
    assert replies == [b"reply"] * 2 * receiving.WORKERS


def test_questions_are_answered_while_too_many_imports_wait(
    answering: AnsweringCouncil, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "MOST_WAITING", 2)
    evaluating, answers = Blocking(), Blocking()
    answers.go.set()
    receiver = make_receiver(answering.ledger, answers, clock, evaluating=evaluating)

    async def many() -> tuple[bytes | None, list[bytes | None]]:
        imports = [asyncio.create_task(receiver.receive(import_batch().envelope)) for _ in range(3)]
        await asyncio.sleep(0)
        try:
            async with asyncio.timeout(10):
                answer = await receiver.receive(question(lookup_header()).envelope)
        finally:
            evaluating.go.set()
        return answer, list(await asyncio.gather(*imports))

    assert asyncio.run(many()) == (b"reply", [b"reply", b"reply", None])


# The tick


@pytest.mark.parametrize(
    ("elapsed", "tick_ms", "expected"),
    [
        pytest.param(0.0, 100, 0.1, id="at arrival"),
        pytest.param(0.03, 100, 0.07, id="within the first tick"),
        pytest.param(0.125, 100, 0.075, id="late: the next multiple"),
        pytest.param(1.75, 500, 0.25, id="far too late"),
    ],
)
def test_waits_for_the_next_whole_tick(elapsed: float, tick_ms: int, expected: float) -> None:
    assert seconds_to_tick(elapsed, tick_ms) == pytest.approx(expected)


@given(st.floats(0, 1000), st.integers(10, 10_000))
def test_answer_leaves_on_a_multiple_of_the_tick(elapsed: float, tick_ms: int) -> None:
    wait = seconds_to_tick(elapsed, tick_ms)
    ticks = (elapsed + wait) / (tick_ms / 1000)
    assert 0 < wait <= tick_ms / 1000
    assert ticks == pytest.approx(round(ticks), abs=1e-6)


def test_answers_and_refusals_wait_for_the_tick_alike(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    async def instead(seconds: float) -> None:
        waited.append(seconds)

    first = ask()
    other = seal(first.sent.header, ask(OTHERS).opened().body)
    for envelope in (first.sent.envelope, ask(OTHERS).sent.envelope, other.envelope):
        with monkeypatch.context() as patch:
            patch.setattr("node.receiving.receiver.asyncio.sleep", instead)
            receive(receiver, envelope)
    assert len(waited) == 3
    assert all(0 < seconds <= DIRECTORY.tick_ms / 1000 for seconds in waited)


def test_lookup_room_is_on_the_tick() -> None:
    assert LookupRoom.on_tick
