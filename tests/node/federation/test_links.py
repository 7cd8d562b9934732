import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from node.federation import links
from node.federation.links import LinkKeeper
from protocol import limits
from protocol.directory.document import HubEntry
from protocol.messages.link import WELCOME, Challenge, Frame, FrameType, Introduction
from tests.node.small_federation import DIRECTORY, NOW_MS, FakeClock, council

US = council(1)
ENVELOPE = b"an envelope"
SOON_SECONDS = 4.0

Serve = Callable[[ServerConnection], Awaitable[None]]


@dataclass
class FakeNode:
    """Answers every envelope with its bytes reversed, and keeps what it was given."""

    received: list[bytes] = field(default_factory=list)

    async def receive(self, envelope: bytes) -> bytes | None:
        self.received.append(envelope)
        if envelope == b"decline":
            return None
        if envelope == b"fail":
            raise RuntimeError("a defect")
        return envelope[::-1]


async def welcome(connection: ServerConnection, hub_id: str = "hub-a") -> Introduction:
    """Do what an honest hub does until a link is open."""
    challenge = Challenge(hub_id, bytes(32))
    await connection.send(challenge.encode())
    introduction = Introduction.decode(bytes(await connection.recv(decode=False)))
    introduction.verify(challenge, DIRECTORY.member(introduction.node_id).signing_key, NOW_MS)
    await connection.send(WELCOME)
    return introduction


async def deliver(connection: ServerConnection, content: bytes, number: int = 7) -> Frame:
    await connection.send(Frame(FrameType.DELIVER, number, content).encode())
    return Frame.decode(bytes(await connection.recv(decode=False)))


def dial(hub: Serve, times: int = 1) -> FakeNode:
    """Let a node dial a hub and return once the hub has served it so many times."""
    node = FakeNode()

    async def run() -> None:
        served: asyncio.Queue[BaseException | None] = asyncio.Queue()

        async def serve_one(connection: ServerConnection) -> None:
            problem: BaseException | None = None
            try:
                await hub(connection)
            except ConnectionClosed:
                pass
            except Exception as error:
                problem = error
            finally:
                served.put_nowait(problem)

        async with serve(serve_one, "127.0.0.1", 0) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            keeper = LinkKeeper(US.id, US.keys.signing, node.receive, FakeClock())
            keeper.set_hubs([HubEntry(id="hub-a", url=f"http://127.0.0.1:{port}")])
            try:
                for _ in range(times):
                    problem = await asyncio.wait_for(served.get(), SOON_SECONDS)
                    if problem is not None:
                        raise problem
            finally:
                await keeper.close()

    asyncio.run(run())
    return node


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "FIRST_WAIT_SECONDS", 0.01)
    monkeypatch.setattr(limits, "LINK_HANDSHAKE_SECONDS", 0.5)


async def wait_closed(connection: ServerConnection) -> None:
    await asyncio.wait_for(connection.wait_closed(), SOON_SECONDS)


def test_introduces_itself_and_answers_envelopes() -> None:
    async def hub(connection: ServerConnection) -> None:
        introduction = await welcome(connection)
        assert introduction.node_id == US.id
        reply = await deliver(connection, ENVELOPE)
        assert reply == Frame(FrameType.REPLY, 7, ENVELOPE[::-1])

    assert dial(hub).received == [ENVELOPE]


def test_says_that_it_declines() -> None:
    async def hub(connection: ServerConnection) -> None:
        await welcome(connection)
        assert await deliver(connection, b"decline", 9) == Frame(FrameType.DECLINED, 9)

    dial(hub)


def test_answers_many_at_once_each_under_its_number() -> None:
    async def hub(connection: ServerConnection) -> None:
        await welcome(connection)
        for number in range(200):
            await connection.send(Frame(FrameType.DELIVER, number, b"%d!" % number).encode())
        replies = [Frame.decode(bytes(await connection.recv(decode=False))) for _ in range(200)]
        assert {frame.delivery: frame.content for frame in replies} == {
            number: (b"%d!" % number)[::-1] for number in range(200)
        }

    assert len(dial(hub).received) == 200


def test_says_which_hubs_are_linked() -> None:
    async def run() -> None:
        node = FakeNode()
        keeper = LinkKeeper(US.id, US.keys.signing, node.receive, FakeClock())
        seen: asyncio.Queue[set[str]] = asyncio.Queue()

        async def hub(connection: ServerConnection) -> None:
            await welcome(connection)
            await deliver(connection, ENVELOPE)
            seen.put_nowait(set(keeper.linked))
            await connection.wait_closed()

        async with serve(hub, "127.0.0.1", 0) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            keeper.set_hubs([HubEntry(id="hub-a", url=f"http://127.0.0.1:{port}")])
            assert await asyncio.wait_for(seen.get(), SOON_SECONDS) == {"hub-a"}
            keeper.set_hubs([])
            await keeper.close()

    asyncio.run(run())


# A hub that lies: no envelope is ever answered there


def first_frames(*frames: bytes | str, challenge: bytes | str | None = None) -> Serve:
    """Send these, behind the introduction that answers a challenge if there is one."""

    async def hub(connection: ServerConnection) -> None:
        if challenge is not None:
            await connection.send(challenge)
            await connection.recv()
        for frame in frames:
            await connection.send(frame)
        await connection.send(Frame(FrameType.DELIVER, 1, ENVELOPE).encode())
        await wait_closed(connection)

    return hub


RIGHT = Challenge("hub-a", bytes(32)).encode()
OTHER_HUB = Challenge("hub-b", bytes(32)).encode()


@pytest.mark.parametrize(
    "hub",
    [
        pytest.param(first_frames(WELCOME, challenge=OTHER_HUB), id="another hub's id"),
        pytest.param(first_frames(WELCOME, challenge=RIGHT.decode("latin-1")), id="as text"),
        pytest.param(first_frames(WELCOME, challenge=b"\2" + RIGHT[1:]), id="another version"),
        pytest.param(first_frames(WELCOME, challenge=RIGHT + b"\0"), id="trailing bytes"),
        pytest.param(first_frames(), id="an envelope at once"),
        pytest.param(first_frames(challenge=RIGHT), id="no welcome but an envelope"),
        pytest.param(first_frames("welcome", challenge=RIGHT), id="a welcome as text"),
        pytest.param(first_frames(b"welcome!", challenge=RIGHT), id="another welcome"),
    ],
)
def test_false_hub_is_left_and_dialled_again_and_gets_no_answer(hub: Serve) -> None:
    assert dial(hub, times=2).received == []


def test_hub_without_a_welcome_is_left() -> None:
    async def hub(connection: ServerConnection) -> None:
        await connection.send(RIGHT)
        await connection.recv()
        await wait_closed(connection)

    assert dial(hub, times=2).received == []


def test_hub_that_says_nothing_is_left() -> None:
    assert dial(wait_closed, times=2).received == []


# A link that ends is dialled again


def test_dials_again_when_the_hub_closes_an_open_link() -> None:
    """A hub restarts; the node must come back by itself."""

    async def hub(connection: ServerConnection) -> None:
        await welcome(connection)
        await deliver(connection, ENVELOPE)
        await connection.close(1001)

    assert dial(hub, times=2).received == [ENVELOPE, ENVELOPE]


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param("text", id="text"),
        pytest.param(b"", id="empty"),
        pytest.param(b"\x09" + bytes(8), id="of an unknown type"),
        pytest.param(bytes([1]) + bytes(limits.LINK_FRAME_BYTES), id="too large"),
    ],
)
def test_dials_again_after_a_malformed_frame_on_an_open_link(frame: bytes | str) -> None:
    async def hub(connection: ServerConnection) -> None:
        await welcome(connection)
        await connection.send(frame)
        await wait_closed(connection)

    assert dial(hub, times=2).received == []


def test_defect_of_our_own_does_not_silence_the_node_for_good() -> None:
    """Whether the link stays or is dialled again, the next envelope is answered."""
    delivered: list[bytes] = []

    async def hub(connection: ServerConnection) -> None:
        await welcome(connection)
        contents = [ENVELOPE] if delivered else [b"fail", ENVELOPE]
        delivered.extend(contents)
        for number, content in enumerate(contents):
            await connection.send(Frame(FrameType.DELIVER, number, content).encode())
        while True:
            frame = Frame.decode(bytes(await connection.recv(decode=False)))
            if frame.content == ENVELOPE[::-1]:
                return

    assert ENVELOPE in dial(hub, times=2).received


def test_defect_of_our_own_declines_at_once_and_logs_a_place_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    answers: list[Frame] = []

    async def hub(connection: ServerConnection) -> None:
        await welcome(connection)
        await connection.send(Frame(FrameType.DELIVER, 7, b"fail").encode())
        answers.append(Frame.decode(bytes(await connection.recv(decode=False))))

    dial(hub)
    assert answers == [Frame(FrameType.DECLINED, 7)]
    logged = capsys.readouterr()
    assert "test_links.py:" in logged.out + logged.err
    assert "a defect" not in logged.out + logged.err


def test_does_not_go_where_a_hub_sends_it() -> None:
    """A redirect would let a hub reach into the council's own network."""

    async def run() -> None:
        asked: asyncio.Queue[str] = asyncio.Queue()
        visited: list[str] = []

        async def elsewhere(_connection: ServerConnection) -> None:
            visited.append("elsewhere")

        async with serve(elsewhere, "127.0.0.1", 0) as inside:
            inside_port = next(iter(inside.sockets)).getsockname()[1]

            def redirect(connection: ServerConnection, _request: Request) -> Response:
                response = connection.respond(302, "")
                response.headers["Location"] = f"ws://127.0.0.1:{inside_port}/internal"
                asked.put_nowait("once")
                return response

            async with serve(elsewhere, "127.0.0.1", 0, process_request=redirect) as outside:
                port = next(iter(outside.sockets)).getsockname()[1]
                keeper = LinkKeeper(US.id, US.keys.signing, FakeNode().receive, FakeClock())
                keeper.set_hubs([HubEntry(id="hub-a", url=f"http://127.0.0.1:{port}")])
                await asked.get()
                await asked.get()
                await keeper.close()
        assert visited == []

    asyncio.run(asyncio.wait_for(run(), 20))


def test_leaves_hubs_that_the_directory_no_longer_lists() -> None:
    async def run() -> None:
        opened: asyncio.Queue[str] = asyncio.Queue()
        closed = asyncio.Event()

        async def hub(connection: ServerConnection) -> None:
            await welcome(connection)
            opened.put_nowait("once")
            await connection.wait_closed()
            closed.set()

        async with serve(hub, "127.0.0.1", 0) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            keeper = LinkKeeper(US.id, US.keys.signing, FakeNode().receive, FakeClock())
            hubs: Sequence[HubEntry] = [HubEntry(id="hub-a", url=f"http://127.0.0.1:{port}")]
            keeper.set_hubs(hubs)
            keeper.set_hubs(hubs)
            await asyncio.wait_for(opened.get(), SOON_SECONDS)
            keeper.set_hubs([])
            await asyncio.wait_for(closed.wait(), SOON_SECONDS)
            assert opened.empty()
            await keeper.close()

    asyncio.run(run())
