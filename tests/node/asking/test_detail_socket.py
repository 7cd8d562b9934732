"""One more detail of a child, handed from a terminal to the node that runs."""

import asyncio
import json
import socket
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from node.asking import detail_socket
from node.asking.detail_socket import MOST_BYTES, DetailSocket, hand_over, takes_details
from node.errors import AskError
from protocol.encoding import encode_base64url
from tests.node.asking.test_adding import CHECK, Beats, strings
from tests.node.small_federation import child

LARK = {"surname": "Lark", "forename": "Ann", "date_of_birth": "4/3/2015"}


class Serving:
    """A socket that is served in a folder whose path is longer than an address may be."""

    def __init__(self, folder: Path) -> None:
        self.beats = Beats()
        self.path = folder / ("long" * 30) / "detail.sock"
        self.path.parent.mkdir(parents=True)
        self.details = DetailSocket(self.path, self.beats.adding, self.beats.clock)

    def run(self, work: Callable[[], Awaitable[None]]) -> None:
        async def both() -> None:
            async with self.served():
                await work()

        asyncio.run(asyncio.wait_for(both(), 20))

    @asynccontextmanager
    async def served(self) -> AsyncIterator[None]:
        serving = asyncio.create_task(self.details.serve())
        # It listens before it waits for the first time.
        await asyncio.sleep(0)
        assert self.path.is_socket()
        yield
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)

    async def hand_over(self, entries: dict[str, str]) -> None:
        await asyncio.to_thread(hand_over, self.path, CHECK, entries)

    async def say(self, sent: bytes) -> bytes:
        """Send something else than `hand_over` does; return what is answered."""
        with detail_socket._address(self.path) as address:
            reader, writer = await asyncio.open_unix_connection(address)
        writer.write(sent)
        said = await reader.read()
        writer.close()
        return said


@pytest.fixture
def serving(tmp_path: Path) -> Serving:
    return Serving(tmp_path)


def test_what_is_handed_over_waits_for_the_beat(serving: Serving) -> None:
    entries = {"surname": "Smith", "forename": "Mary", "date_of_birth": "2015-03-04"}
    serving.run(lambda: serving.hand_over(entries))
    assert serving.beats.adding.is_waiting(CHECK)
    serving.beats.turn()
    expected = strings(child(postcode="", nhs_number="", upn=""))
    assert {*expected} <= {*serving.beats.evaluated[0]}
    assert [*serving.beats.sent] == [CHECK]


def test_nobody_else_can_reach_it_and_nothing_of_it_is_left(serving: Serving) -> None:
    async def look() -> None:
        assert stat.S_IMODE(serving.path.stat().st_mode) == 0o600

    serving.run(look)
    assert not serving.path.exists()
    assert [*serving.path.parent.iterdir()] == []


def test_what_a_killed_node_has_left_is_in_nobodys_way(serving: Serving) -> None:
    with socket.socket(socket.AF_UNIX) as left, detail_socket._address(serving.path) as address:
        left.bind(address)
    assert not takes_details(serving.path)
    serving.path.unlink()
    serving.path.write_bytes(b"")
    serving.run(lambda: serving.hand_over(LARK))
    assert serving.beats.adding.is_waiting(CHECK)


def test_where_nobody_takes_it_it_is_said(serving: Serving) -> None:
    assert not takes_details(serving.path)
    with pytest.raises(AskError, match="the node takes no details any more: ring them"):
        hand_over(serving.path, CHECK, LARK)


def test_that_it_is_taken_is_known_before_anything_is_typed(serving: Serving) -> None:
    async def look() -> None:
        assert await asyncio.to_thread(takes_details, serving.path)
        await serving.hand_over(LARK)

    serving.run(look)
    assert serving.beats.adding.is_waiting(CHECK)


def test_what_cannot_be_used_is_said_without_what_was_typed(serving: Serving) -> None:
    async def hand() -> None:
        with pytest.raises(AskError, match=r"not taken: date_of_birth: ") as refused:
            await serving.hand_over(LARK | {"date_of_birth": "31/2/2015 planted"})
        assert "planted" not in str(refused.value)

    serving.run(hand)
    assert not serving.beats.adding.is_waiting(CHECK)


WELL_FORMED = {"check": encode_base64url(CHECK), "child": LARK}


@pytest.mark.parametrize(
    "sent",
    [
        b"\n",
        b"planted\n",
        b"\xff\xff\n",
        b'["planted"]\n',
        b"[" * 10_000 + b"\n",
        json.dumps(WELL_FORMED | {"planted": 1}).encode() + b"\n",
        json.dumps(WELL_FORMED | {"check": "planted!"}).encode() + b"\n",
        json.dumps(WELL_FORMED | {"child": {"planted": "x"}}).encode() + b"\n",
    ],
    ids=lambda sent: sent[:20],
)
def test_what_is_malformed_is_refused_and_not_repeated(serving: Serving, sent: bytes) -> None:
    async def say() -> None:
        said = json.loads(await serving.say(sent))
        assert said["problem"]
        assert "planted" not in said["problem"]
        # The next one is served all the same.
        await serving.hand_over(LARK)

    serving.run(say)
    assert serving.beats.adding.is_waiting(CHECK)


def test_a_line_without_an_end_is_let_go(serving: Serving) -> None:
    async def say() -> None:
        assert await serving.say(b"x" * (2 * MOST_BYTES)) == b""
        await serving.hand_over(LARK)

    serving.run(say)


def test_who_says_nothing_is_let_go(serving: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detail_socket, "SECONDS", 0.05)

    async def say() -> None:
        assert await serving.say(b"") == b""

    serving.run(say)


def test_who_says_nothing_holds_up_nobody(serving: Serving) -> None:
    async def say() -> None:
        with detail_socket._address(serving.path) as address:
            _, silent = await asyncio.open_unix_connection(address)
        await serving.hand_over(LARK)
        silent.close()

    serving.run(say)
    assert serving.beats.adding.is_waiting(CHECK)


def test_a_defect_of_ours_is_logged_by_its_place_alone(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("planted")

    monkeypatch.setattr(serving.beats.adding, "add", fail)

    async def hand() -> None:
        with pytest.raises(AskError, match="did not take it: try again, or ring them"):
            await serving.hand_over(LARK)

    with capture_logs() as logs:
        serving.run(hand)
    (entry,) = logs
    assert (entry["event"], entry["reason"]) == ("detail not taken", "KeyError")
    assert "planted" not in str(logs)


def test_a_node_that_says_nothing_is_not_waited_for(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detail_socket, "SECONDS", 0.05)
    with socket.socket(socket.AF_UNIX) as silent, detail_socket._address(serving.path) as address:
        silent.bind(address)
        silent.listen()
        with pytest.raises(AskError, match="did not take it: try again, or ring them"):
            hand_over(serving.path, CHECK, LARK)
