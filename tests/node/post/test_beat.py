import asyncio
import hashlib

import httpx
import pytest
import respx

from node.federation.rounds import RoundSender, make_client
from node.post.beat import Beat
from node.post.outbox import MemoryOutbox
from protocol.identifiers import MemberId
from protocol.messages.post import PostMessage, PostType, Receipt
from protocol.sealing.envelope import (
    Kind,
    open_request,
    parse_request,
    request_bytes,
    seal_reply,
)
from tests.node.small_federation import DIRECTORY, MEMBERS, NOW_MS, Council, FakeClock, council
from tests.node.small_hub import HUB, Receive, SmallHub, sender_over

US = council(1)
NO_SENDER = RoundSender(httpx.AsyncClient(), lambda: [])
MESSAGE = PostMessage(b"m" * 16, PostType.CEREMONY_SIGNATURE, b"something to say")


class Postbox:
    """A member that receipts every cell, or falsely."""

    def __init__(self, member: Council, false_receipt: bool = False) -> None:
        self.member = member
        self.false_receipt = false_receipt
        self.received: list[PostMessage] = []

    async def receive(self, envelope: bytes) -> bytes:
        sealed = parse_request(envelope)
        reply_secret, body = open_request(sealed, self.member.keys.sealing)
        message = PostMessage.decode(body)
        self.received.append(message)
        message_id = bytes(16) if self.false_receipt else message.message_id
        body = Receipt(message_id).encode()
        return seal_reply(sealed, reply_secret, bytes(32), body, self.member.keys.signing)


def postboxes() -> dict[int, Postbox]:
    return {number: Postbox(council(number)) for number in range(1, MEMBERS + 1)}


def receivers(boxes: dict[int, Postbox]) -> dict[MemberId, Receive]:
    return {council(number).id: box.receive for number, box in boxes.items()}


def beat_over(hub: SmallHub, outbox: MemoryOutbox, times: int = 1) -> None:
    async def run() -> None:
        async with sender_over(hub) as sender:
            beat = Beat(US.id, US.keys, [outbox], sender, FakeClock())
            for _ in range(times):
                await beat.send(DIRECTORY)

    asyncio.run(run())


def seconds_to_next(member: MemberId, now_ms: int, interval_seconds: int) -> float:
    beat = Beat(member, US.keys, [MemoryOutbox()], NO_SENDER, FakeClock(now_ms))
    return beat.seconds_to_next(interval_seconds)


@pytest.mark.parametrize("interval_seconds", [1, 300, 3600])
def test_offset_is_always_the_same_and_within_the_interval(interval_seconds: int) -> None:
    interval_ms = interval_seconds * 1000
    offsets = set()
    for now_ms in range(NOW_MS, NOW_MS + 3 * interval_ms, interval_ms // 7 + 1):
        wait = seconds_to_next(US.id, now_ms, interval_seconds)
        assert 0 < wait <= interval_seconds
        offsets.add((now_ms + round(wait * 1000)) % interval_ms)
    assert len(offsets) == 1


def test_members_have_offsets_of_their_own() -> None:
    waits = {seconds_to_next(council(number).id, NOW_MS, 300) for number in range(1, MEMBERS + 1)}
    assert len(waits) == MEMBERS


def test_at_the_beat_itself_the_next_is_a_whole_interval_away() -> None:
    wait = seconds_to_next(US.id, NOW_MS, 300)
    assert seconds_to_next(US.id, NOW_MS + round(wait * 1000), 300) == 300


def test_every_member_gets_a_cell_and_only_one_a_message() -> None:
    boxes, outbox = postboxes(), MemoryOutbox()
    outbox.put(council(3).id, MESSAGE)
    beat_over(SmallHub(receivers(boxes)), outbox)
    types = {number: [each.type for each in box.received] for number, box in boxes.items()}
    noise = {number: [PostType.NOISE] for number in boxes}
    assert types == noise | {3: [PostType.CEREMONY_SIGNATURE]}
    assert boxes[3].received[0].content == MESSAGE.content


def test_noise_and_message_cells_are_of_one_length_and_kind() -> None:
    outbox = MemoryOutbox()
    outbox.put(council(3).id, MESSAGE)
    hub = SmallHub(receivers(postboxes()))
    beat_over(hub, outbox)
    (bundle,) = hub.bundles
    assert {len(envelope) for envelope in bundle.envelopes.values()} == {request_bytes(Kind.POST)}
    assert set(bundle.envelopes) == set(DIRECTORY.members)


def test_receipted_message_does_not_go_again() -> None:
    boxes, outbox = postboxes(), MemoryOutbox()
    outbox.put(council(3).id, MESSAGE)
    beat_over(SmallHub(receivers(boxes)), outbox, times=2)
    assert [each.type for each in boxes[3].received] == [
        PostType.CEREMONY_SIGNATURE,
        PostType.NOISE,
    ]


def test_noise_is_never_twice_the_same() -> None:
    boxes = postboxes()
    beat_over(SmallHub(receivers(boxes)), MemoryOutbox(), times=2)
    ids = [each.message_id for box in boxes.values() for each in box.received]
    assert len(set(ids)) == len(ids) == 2 * MEMBERS


def test_message_to_a_member_that_is_away_goes_again_at_the_next_beat() -> None:
    boxes, outbox = postboxes(), MemoryOutbox()
    outbox.put(council(3).id, MESSAGE)
    hub = SmallHub(receivers(boxes))
    away = hub.members.pop(council(3).id)
    beat_over(hub, outbox)
    assert outbox.next_for(council(3).id) == MESSAGE
    hub.members[council(3).id] = away
    beat_over(hub, outbox)
    assert [each.message_id for each in boxes[3].received] == [MESSAGE.message_id]
    assert outbox.next_for(council(3).id) is None


def test_receipt_of_another_message_is_none() -> None:
    outbox = MemoryOutbox()
    outbox.put(council(3).id, MESSAGE)
    beat_over(SmallHub({council(3).id: Postbox(council(3), false_receipt=True).receive}), outbox)
    assert outbox.next_for(council(3).id) == MESSAGE


def test_receipt_that_a_hub_made_up_is_none() -> None:
    outbox = MemoryOutbox()
    outbox.put(council(3).id, MESSAGE)

    async def receive(envelope: bytes) -> bytes:
        reply = await Postbox(council(3)).receive(envelope)
        return reply[:-1] + bytes([reply[-1] ^ 1])

    beat_over(SmallHub({council(3).id: receive}), outbox)
    assert outbox.next_for(council(3).id) == MESSAGE


def test_message_waits_when_no_hub_is_there() -> None:
    outbox = MemoryOutbox()
    outbox.put(council(3).id, MESSAGE)

    async def run() -> None:
        with respx.mock() as router:
            router.post(f"{HUB}/v1/rounds").mock(side_effect=httpx.ConnectError)
            async with make_client() as client:
                sender = RoundSender(client, lambda: [HUB])
                await Beat(US.id, US.keys, [outbox], sender, FakeClock()).send(DIRECTORY)

    asyncio.run(run())
    assert outbox.next_for(council(3).id) == MESSAGE


def test_offset_comes_from_the_member_alone() -> None:
    digest = hashlib.sha256(US.id.encode()).digest()
    offset_ms = int.from_bytes(digest[:8], "big") % 300_000
    assert (NOW_MS + round(seconds_to_next(US.id, NOW_MS, 300) * 1000)) % 300_000 == offset_ms
