import sqlite3
from collections.abc import Mapping
from pathlib import Path

import pytest

from node.errors import StoreError
from node.ledger.ledger import Ledger
from node.post import inbox as module
from node.post.inbox import Handler, Inbox
from node.post.room import PostRoom
from protocol import limits
from protocol.errors import ExpiredError, MalformedError
from protocol.identifiers import MemberId
from protocol.messages.post import PostMessage, PostType, Receipt
from protocol.sealing.envelope import Kind, SentRequest, open_reply
from tests.node.small_federation import (
    DIRECTORY,
    NOW_MS,
    STORE_KEY,
    FakeClock,
    council,
    make_header,
    open_request_of,
    seal,
)

US = council(2)
REPLAY_MS = limits.REPLAY_SECONDS * 1000


class Recorder:
    """Takes messages, or shows them back."""

    def __init__(self, takes: bool = True) -> None:
        self.takes = takes
        self.seen: list[tuple[MemberId, bytes]] = []

    def __call__(self, sender: MemberId, content: bytes) -> bool:
        self.seen.append((sender, content))
        return self.takes


@pytest.fixture
def room(ledger: Ledger) -> PostRoom:
    return PostRoom(ledger, STORE_KEY)


def message(content: bytes, post_type: PostType = PostType.CEREMONY_SIGNATURE) -> PostMessage:
    return PostMessage(content.ljust(16)[:16], post_type, content)


def sent(posted: PostMessage, sender: int = 1) -> SentRequest:
    return seal(make_header(Kind.POST, council(sender), US), posted.encode())


def post(room: PostRoom, posted: PostMessage, sender: int = 1) -> bytes | None:
    return room.answer(open_request_of(sent(posted, sender), US, DIRECTORY, NOW_MS))


def make_inbox(ledger: Ledger, clock: FakeClock, handlers: Mapping[PostType, Handler]) -> Inbox:
    return Inbox(ledger, STORE_KEY, handlers, clock)


def signatures(handler: Handler) -> Mapping[PostType, Handler]:
    return {PostType.CEREMONY_SIGNATURE: handler}


# The room


def test_cell_gets_a_receipt_and_a_row(room: PostRoom, ledger: Ledger) -> None:
    request = sent(message(b"x"))
    reply = room.answer(open_request_of(request, US, DIRECTORY, NOW_MS))
    assert reply is not None
    body = open_reply(reply, request, DIRECTORY.member(US.id).signing_key)
    assert Receipt.decode(body) == Receipt(message(b"x").message_id)
    assert ledger.requests_received() == {Kind.POST: 1}


def test_noise_gets_the_same_row_and_receipt(
    room: PostRoom, ledger: Ledger, tmp_path: Path
) -> None:
    post(room, message(b"", PostType.NOISE))
    post(room, message(b"x" * 900))
    connection = sqlite3.connect(tmp_path / "ledger.db")
    columns = "length(reply), length(entry), open, kind"
    rows = connection.execute(f"SELECT {columns} FROM received").fetchall()  # noqa: S608
    connection.close()
    assert len(rows) == 2
    assert rows[0] == rows[1]
    assert ledger.requests_received() == {Kind.POST: 2}


def test_same_cell_again_gets_the_same_receipt(room: PostRoom, ledger: Ledger) -> None:
    opened = open_request_of(sent(message(b"x")), US, DIRECTORY, NOW_MS)
    assert room.answer(opened) == room.answer(opened)
    assert ledger.requests_received() == {Kind.POST: 1}


def test_content_is_sealed_on_the_disk(room: PostRoom, tmp_path: Path) -> None:
    post(room, message(b"Planted content of a message"))
    disk = b"".join(path.read_bytes() for path in tmp_path.glob("ledger.db*"))
    assert b"Planted content" not in disk


def test_unknown_type_is_refused_without_a_row(room: PostRoom, ledger: Ledger) -> None:
    body = bytearray(message(b"x").encode())
    body[16] = 200
    request = seal(make_header(Kind.POST, council(1), US), bytes(body))
    with pytest.raises(MalformedError):
        room.answer(open_request_of(request, US, DIRECTORY, NOW_MS))
    assert ledger.requests_received() == {}


# The inbox


def test_hands_each_message_to_its_handler_once(
    room: PostRoom, ledger: Ledger, clock: FakeClock
) -> None:
    post(room, message(b"one"), sender=1)
    post(room, message(b"two"), sender=3)
    recorder = Recorder()
    inbox = make_inbox(ledger, clock, signatures(recorder))
    inbox.work()
    inbox.work()
    assert recorder.seen == [(council(1).id, b"one"), (council(3).id, b"two")]


def test_noise_and_types_without_a_handler_are_done_with(
    room: PostRoom, ledger: Ledger, clock: FakeClock
) -> None:
    post(room, message(b"", PostType.NOISE))
    post(room, message(b"x", PostType.CEREMONY_CONTRIBUTION))
    make_inbox(ledger, clock, {}).work()
    assert ledger.open_post(0, 10) == []


def test_keeps_what_a_handler_does_not_take_yet(
    room: PostRoom, ledger: Ledger, clock: FakeClock
) -> None:
    post(room, message(b"early"))
    recorder = Recorder(takes=False)
    inbox = make_inbox(ledger, clock, signatures(recorder))
    inbox.work()
    recorder.takes = True
    inbox.work()
    inbox.work()
    assert [content for _, content in recorder.seen] == [b"early", b"early"]


def test_another_process_takes_what_this_one_left(
    room: PostRoom, ledger: Ledger, clock: FakeClock
) -> None:
    post(room, message(b"x"))
    make_inbox(ledger, clock, signatures(Recorder(takes=False))).work()
    recorder = Recorder()
    make_inbox(ledger, clock, signatures(recorder)).work()
    assert len(recorder.seen) == 1


def test_messages_that_are_never_taken_do_not_hold_up_the_others(
    room: PostRoom, ledger: Ledger, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A member that posts for sessions that never come could else silence the inbox."""
    monkeypatch.setattr(module, "MOST_AT_ONCE", 2)
    for number in range(5):
        post(room, message(b"stuck %d" % number, PostType.CEREMONY_CONTRIBUTION))
    post(room, message(b"wanted"))
    recorder = Recorder()
    handlers = {
        PostType.CEREMONY_CONTRIBUTION: Recorder(takes=False),
        PostType.CEREMONY_SIGNATURE: recorder,
    }
    make_inbox(ledger, clock, handlers).work()
    assert [content for _, content in recorder.seen] == [b"wanted"]


def test_message_whose_handler_cannot_read_or_keep_waits_alone(
    room: PostRoom, ledger: Ledger, clock: FakeClock
) -> None:
    """What is behind it is done; it is itself, once there is room on the disk."""
    is_full = True
    done: list[bytes] = []

    def handler(_sender: MemberId, content: bytes) -> bool:
        if content == b"first" and is_full:
            raise StoreError("the disk is full")
        done.append(content)
        return True

    for content in (b"first", b"second"):
        post(room, message(content))
    inbox = make_inbox(ledger, clock, signatures(handler))
    inbox.work()
    assert done == [b"second"]
    is_full = False
    inbox.work()
    assert done == [b"second", b"first"]


def test_message_that_its_handler_refuses_is_done_with(
    room: PostRoom, ledger: Ledger, clock: FakeClock
) -> None:
    def refuse(_sender: MemberId, _content: bytes) -> bool:
        raise MalformedError("malformed")

    post(room, message(b"x"))
    post(room, message(b"y", PostType.CEREMONY_CONTRIBUTION))
    recorder = Recorder()
    handlers: Mapping[PostType, Handler] = {
        PostType.CEREMONY_SIGNATURE: refuse,
        PostType.CEREMONY_CONTRIBUTION: recorder,
    }
    make_inbox(ledger, clock, handlers).work()
    assert ledger.open_post(0, 10) == []
    assert len(recorder.seen) == 1


def test_message_that_meets_no_valid_directory_is_kept(
    room: PostRoom, ledger: Ledger, clock: FakeClock
) -> None:
    """Its sender has the receipt and will not send it again: the ceremony would never end."""

    def expired(_sender: MemberId, _content: bytes) -> bool:
        raise ExpiredError("directory: the timestamp expired")

    post(room, message(b"x"))
    make_inbox(ledger, clock, signatures(expired)).work()
    assert len(ledger.open_post(0, 10)) == 1


def test_forgets_what_is_old(room: PostRoom, ledger: Ledger, clock: FakeClock) -> None:
    post(room, message(b"x"))
    inbox = make_inbox(ledger, clock, signatures(Recorder()))
    clock.now_ms = NOW_MS + REPLAY_MS
    inbox.work()
    assert ledger.requests_received() == {Kind.POST: 1}
    clock.now_ms += 1
    inbox.work()
    assert ledger.requests_received() == {}


@pytest.mark.parametrize(
    ("post_type", "waits_ms"),
    [
        (PostType.CEREMONY_SIGNATURE, module.CEREMONY_WAITS_MS),
        (PostType.CALL_BACK_REQUEST, module.WAITS_MS),
    ],
)
@pytest.mark.parametrize(
    "error",
    [None, StoreError("disk full"), ExpiredError("expired"), ValueError("a defect")],
)
def test_what_cannot_be_taken_waits_as_long_as_it_is_good_for(
    room: PostRoom,
    ledger: Ledger,
    clock: FakeClock,
    post_type: PostType,
    waits_ms: int,
    error: Exception | None,
) -> None:
    """Its sender has a receipt: a call-back that was let go after hours would be lost to both."""

    def fail(_sender: MemberId, _content: bytes) -> bool:
        if error is not None:
            raise error
        return False

    post(room, message(b"x", post_type))
    inbox = make_inbox(ledger, clock, {post_type: fail})
    clock.now_ms = NOW_MS + waits_ms
    inbox.work()
    assert len(ledger.open_post(0, 10)) == 1
    clock.now_ms += 1
    inbox.work()
    assert ledger.open_post(0, 10) == []
