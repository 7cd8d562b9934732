from node.post.outbox import MemoryOutbox
from protocol.messages.post import PostMessage, PostType
from tests.node.small_federation import council

HERE, THERE = council(1).id, council(2).id


def message(number: int, content: bytes = b"") -> PostMessage:
    return PostMessage(bytes([number]) * 16, PostType.CEREMONY_SIGNATURE, content)


def test_nothing_waits_at_first() -> None:
    assert MemoryOutbox().next_for(HERE) is None


def test_messages_leave_in_the_order_they_came() -> None:
    outbox = MemoryOutbox()
    for number in (3, 1, 2):
        outbox.put(HERE, message(number))
    left = []
    while (following := outbox.next_for(HERE)) is not None:
        left.append(following.message_id[0])
        outbox.receipted(HERE, following.message_id)
    assert left == [3, 1, 2]


def test_message_stays_until_it_is_receipted() -> None:
    outbox = MemoryOutbox()
    outbox.put(HERE, message(1))
    assert outbox.next_for(HERE) == outbox.next_for(HERE)
    outbox.receipted(HERE, message(2).message_id)
    assert outbox.next_for(HERE) is not None
    outbox.receipted(HERE, message(1).message_id)
    outbox.receipted(HERE, message(1).message_id)
    assert outbox.next_for(HERE) is None


def test_same_message_id_again_changes_nothing() -> None:
    outbox = MemoryOutbox()
    outbox.put(HERE, message(1, b"first"))
    outbox.put(HERE, message(2))
    outbox.put(HERE, message(1, b"second"))
    following = outbox.next_for(HERE)
    assert following is not None
    assert following.content == b"first"


def test_members_wait_apart() -> None:
    outbox = MemoryOutbox()
    outbox.put(HERE, message(1))
    outbox.receipted(THERE, message(1).message_id)
    assert outbox.next_for(THERE) is None
    assert outbox.next_for(HERE) is not None
