"""A node whose disk is full to the last byte: it says nothing that it cannot write down."""

import asyncio
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from node.federation.directory import DirectoryKeeper
from protocol.messages.stream import FailureReason
from protocol.messages.vocabulary import Outcome
from protocol.sealing.envelope import Kind
from protocol.signer.repository import utc_now
from tests.durability.asking import US, Exchange, asker_at, evaluation, lookup, post
from tests.durability.disk import NODE, SmallDisk, small_disk
from tests.durability.files import NEW_FILE, OLD_FILE, case_references, write_enquiry, write_file
from tests.durability.measuring import assert_alike, send_pairs
from tests.durability.polling import PATIENCE_SECONDS, poll
from tests.durability.processes import Running, start
from tests.durability.remains import Remains, questions_got
from tests.durability.traffic import answer_of
from tests.durability.world import World, copy_node, make_world
from tests.node.small_federation import council

TICK_MS = 100
PAIRS = 20
PEERS = (3, 4, 5)
DISK_MEBIBYTES = 4


@dataclass(frozen=True, slots=True)
class Council:
    """A node in a folder on a small disk, with a file of ours loaded."""

    world: World
    disk: SmallDisk
    process: "subprocess.Popen[bytes]"
    scratch: Path
    peers: tuple[Path, ...]
    _copies: "count[int]"

    def remains(self) -> Remains:
        """Return a copy of the folder as it is now."""
        return Remains(
            copy_node(self.disk.seen / "node", self.scratch / f"copy-{next(self._copies)}")
        )

    def ask(self, asked: Sequence[Exchange]) -> list[bytes | FailureReason]:
        """Send requests one after the other."""

        async def send_all() -> list[bytes | FailureReason]:
            async with asker_at(self.world.hub_url) as asker:
                return [await asker.send_when_linked(each, PATIENCE_SECONDS) for each in asked]

        return asyncio.run(send_all())

    def command(self, *arguments: str | Path) -> tuple[int, str]:
        """Run `whoelse-node` beside the node; return its status and what it said."""
        return self.disk.node_command(
            self.scratch / f"command-{next(self._copies)}.log", *arguments
        )


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Council]:
    folder = tmp_path_factory.mktemp("full-disk")
    world = make_world(folder, tick_ms=TICK_MS)
    running: list[Running] = []
    try:
        peers = tuple(world.make_node(folder / str(each), council(each)) for each in PEERS)
        for peer in peers:
            running.append(start(peer.with_suffix(".log"), "run", peer))
        template = world.make_node(folder / "template", US, refresh_seconds=1)
        old = write_file(folder / "old.csv", OLD_FILE)
        for loaded in (template, peers[0]):
            loading = start(folder / f"loading-{loaded.name}.log", "import", loaded, old)
            assert loading.wait() == 0, loading.said()
        with (
            small_disk(folder / "disk", DISK_MEBIBYTES) as disk,
            (folder / "log").open("wb") as log,
        ):
            copy_node(template, disk.seen / "node")
            process = disk.start(log, *NODE, "run", disk.path / "node")
            try:
                yield Council(world, disk, process, folder, peers, count())
            finally:
                process.kill()
                process.wait()
    finally:
        for peer_process in running:
            peer_process.stop()
        world.stop()


@pytest.fixture
def full(ours: Council) -> Iterator[Council]:
    """The council once it has answered, with no byte left on its disk."""
    assert isinstance(ours.ask([lookup(1, is_hit=True)])[0], bytes)
    ours.disk.fill()
    yield ours
    if (ours.disk.seen / "filler").exists():
        ours.disk.free()


def requests() -> list[Exchange]:
    return [
        lookup(1, is_hit=True),
        lookup(3, is_hit=False),
        evaluation(4),
        evaluation(5, Kind.IMPORT_EVALUATION),
        post(6),
    ]


def test_nothing_is_answered_evaluated_or_receipted_without_its_row(full: Council) -> None:
    before = full.remains()
    asked = requests()
    assert full.ask(asked) == [FailureReason.DECLINED] * len(asked)
    after = full.remains()
    after.assert_whole()
    assert {row.digest for row in after.rows()} == {row.digest for row in before.rows()}
    assert after.elements() == before.elements()


def test_same_bytes_are_answered_once_there_is_room_without_a_restart(full: Council) -> None:
    asked = requests()
    full.ask(asked)
    full.disk.free()
    for made, reply in zip(asked, full.ask(asked), strict=True):
        assert isinstance(reply, bytes)
        made.reply = reply
    told = [answer_of(made, made.reply or b"").outcome for made in asked[:2]]
    assert told == [Outcome.KNOWN, Outcome.NOT_KNOWN]
    rows = {row.digest: row.reply for row in full.remains().rows()}
    assert all(rows[made.sent.digest] == made.reply for made in asked)
    assert full.process.poll() is None


def test_hit_and_miss_are_declined_on_the_tick_alike(full: Council) -> None:
    pairs = asyncio.run(send_pairs(full.world.hub_url, PAIRS))
    said = {said.outcome for pair in pairs for said in (pair.hit, pair.miss)}
    assert said == {FailureReason.DECLINED}
    assert_alike(pairs, TICK_MS)


def test_import_says_that_the_disk_is_full_and_changes_nothing(
    full: Council, tmp_path: Path
) -> None:
    command = "import", full.disk.path / "node", write_file(tmp_path / "new.csv", NEW_FILE)
    status, said = full.command(*command)
    assert (status, "Loaded" in said) == (2, False)
    assert "the disk is full" in said
    remains = full.remains()
    remains.assert_whole()
    assert remains.case_references() == case_references(OLD_FILE)


def test_command_that_cannot_open_a_store_says_that_the_disk_is_full(
    ours: Council, tmp_path: Path
) -> None:
    """No process has the store open: what SQLite puts beside it finds no room."""
    copy_node(ours.disk.seen / "node", ours.disk.seen / "closed")
    ours.disk.fill()
    try:
        enquiry = write_enquiry(tmp_path / "enquiry.json")
        status, said = ours.command("ask", ours.disk.path / "closed", "--file", enquiry)
    finally:
        ours.disk.free()
    assert (status, "the disk is full" in said) == (2, True), said


def test_question_of_ours_does_not_leave_and_the_numbers_to_ring_are_given(
    full: Council, tmp_path: Path
) -> None:
    command = "ask", full.disk.path / "node", "--file", write_enquiry(tmp_path / "enquiry.json")
    asked, got = full.remains().questions_asked(), questions_got(full.peers)
    status, said = full.command(*command)
    assert status == 2, said
    assert "the disk is full" in said
    assert "Nobody was heard from. Ring" in said
    assert full.remains().questions_asked() == asked
    assert questions_got(full.peers) == got

    full.disk.free()
    status, said = full.command(*command)
    assert (status, "Nobody was heard from" in said) == (0, False)
    assert full.remains().questions_asked() == asked + 1
    assert questions_got(full.peers) == got + 1


def test_node_that_starts_on_a_full_disk_is_there_for_when_there_is_room(
    ours: Council, tmp_path: Path
) -> None:
    copy_node(ours.disk.seen / "node", ours.disk.seen / "second")
    ours.disk.fill()
    with (tmp_path / "log").open("wb") as said:
        second = ours.disk.start(said, *NODE, "run", ours.disk.path / "second")
    try:
        poll("its link", lambda: b"event='linked'" in (tmp_path / "log").read_bytes())
        assert second.poll() is None
    finally:
        second.kill()
        second.wait()
        ours.disk.free()
    assert b"defect" not in (tmp_path / "log").read_bytes()


def test_directory_that_cannot_be_replaced_stays_valid(full: Council) -> None:
    """And the newer one is there once there is room."""
    held = _held(full)
    full.world.signer.repository.renew_timestamp(utc_now())
    poll("a refresh that fails", lambda: b"directory not fetched" in _log(full))
    assert _held(full) == held
    keeper = DirectoryKeeper(full.remains().folder.path / "directory", full.world.signer.root)
    assert keeper.current().version == 1
    full.disk.free()
    poll("the newer one", lambda: _held(full) != held)
    # Each second the node fetches again, into a draft of its own.
    poll("no draft left", lambda: _names(full) == {"held", "lock", _held(full)})


def _names(ours: Council) -> set[str]:
    return {path.name for path in (ours.disk.seen / "node" / "directory").iterdir()}


def _held(ours: Council) -> str:
    return (ours.disk.seen / "node" / "directory" / "held").readlink().name


def _log(ours: Council) -> bytes:
    return (ours.scratch / "log").read_bytes()
