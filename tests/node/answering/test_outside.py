"""The process that builds a table: what it hands over, and whatever else it may do."""

import os
import select
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from node.answering.building import BuiltTable, InsideBuilder
from node.answering.handing import Task
from node.answering.index import IndexKeeper
from node.answering.outside import COMMAND, OutsideBuilder
from node.answering.table import RecordMatches, TagMatch
from node.errors import TableError
from node.records.model import Record
from node.records.state import IndexState
from node.records.store import RecordStore
from node.records.tokens import KeyedToken, Tokens
from node.store_key import StoreKey
from protocol.identifiers import EPOCH_SECONDS, Epoch
from protocol.limits import QUESTION_SLOTS
from protocol.matching.key_ids import KeyId
from protocol.matching.keys import MATCHING_VERSION
from protocol.tags import tag, tag_context
from tests.durability.polling import poll
from tests.node.small_federation import (
    NOW_MS,
    STORE_KEY,
    TODAY,
    FakeClock,
    child,
    council,
    involvement,
    load,
    oprf_key,
    record,
)

HERE = council(2).id
EPOCH = Epoch(NOW_MS // 1000 // EPOCH_SECONDS)
MARY = record(child())
PATIENCE_SECONDS = 60.0


def outside_of(
    folder: Path,
    *,
    key: StoreKey = STORE_KEY,
    command: Sequence[str] = COMMAND,
) -> OutsideBuilder:
    return OutsideBuilder(folder / "records.db", key, HERE, PATIENCE_SECONDS, command)


def slot_tag(token: bytes) -> int:
    return int.from_bytes(tag(token, tag_context(EPOCH, HERE)), "big")


def said(matches: list[RecordMatches]) -> list[tuple[int, list[TagMatch]]]:
    return [(each.record_id, list(each)) for each in matches]


# What it hands over


TOKENS = st.integers(0, 30).map(lambda number: bytes([number]) * 32)
RECORDS = st.lists(st.lists(st.tuples(st.sampled_from(KeyId), TOKENS), max_size=8), max_size=12)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(held=RECORDS, asked=st.lists(TOKENS, min_size=1, max_size=QUESTION_SLOTS))
def test_table_matches_as_one_that_is_built_inside(
    store: RecordStore,
    tmp_path: Path,
    held: list[list[tuple[KeyId, bytes]]],
    asked: list[bytes],
) -> None:
    load(store, [_record(number, tokens) for number, tokens in enumerate(held)])
    theirs = outside_of(tmp_path).build(EPOCH, TODAY)
    ours = InsideBuilder(store, HERE).build(EPOCH, TODAY)
    assert theirs is not None
    assert ours is not None
    assert theirs.state == ours.state
    assert theirs.table.size == ours.table.size == sum(map(len, held))
    slots = [slot_tag(token) for token in asked]
    assert said(theirs.table.match(slots)) == said(ours.table.match(slots))


def _record(number: int, tokens: list[tuple[KeyId, bytes]]) -> Record:
    return Record(f"C-{number}", Tokens.of(KeyedToken(*keyed) for keyed in tokens), involvement())


def test_table_comes_with_the_state_of_the_records_it_is_of(
    store: RecordStore, tmp_path: Path
) -> None:
    number = load(store, [MARY])
    built = outside_of(tmp_path).build(EPOCH, TODAY)
    assert built is not None
    assert built.state == IndexState(oprf_key().key_id, MATCHING_VERSION, number)
    token = next(iter(MARY.tokens)).token
    assert len(built.table.match([slot_tag(token)])) == 1


def test_tables_of_one_context_are_built_in_one_process(
    store: RecordStore, tmp_path: Path, pipes: Path
) -> None:
    load(store, [MARY])
    noted = pipes / "noted"
    command = [sys.executable, "-c", _NOTED, str(noted)]
    builder = outside_of(tmp_path, command=command)
    with builder.at_work():
        tables = [builder.build(Epoch(EPOCH + hour), TODAY) for hour in range(3)]
    assert builder.build(EPOCH, TODAY) is not None
    assert [built is not None and built.table.size for built in tables] == [len(MARY.tokens)] * 3
    first, second = (int(line) for line in noted.read_text().split())
    assert not Path(f"/proc/{first}").exists()
    assert not Path(f"/proc/{second}").exists()


_NOTED = """
import os, sys
from node.answering import table_process
with open(sys.argv[1], "a") as noted:
    noted.write(f"{os.getpid()} ")
sys.exit(table_process.main())
"""


def test_what_has_expired_is_not_in_it(store: RecordStore, tmp_path: Path) -> None:
    load(store, [MARY])
    built = outside_of(tmp_path).build(EPOCH, date.max - timedelta(days=1))
    assert built is not None
    assert built.table.size == 0


def test_nothing_is_built_before_the_first_load(store: RecordStore, tmp_path: Path) -> None:
    assert store.index_state() is None
    assert outside_of(tmp_path).build(EPOCH, TODAY) is None


def test_load_that_ends_meanwhile_is_in_the_next_tables(
    store: RecordStore, tmp_path: Path, clock: FakeClock
) -> None:
    """Tables of one load under another's number would miss its children until the next load."""
    load(store, [])
    builder = _LoadsAfter(outside_of(tmp_path), lambda: load(store, [MARY]))
    keeper = IndexKeeper(store, HERE, clock, builder)
    keeper.refresh()
    index = keeper.current()
    assert index is not None
    assert index.state.load_number == 2
    assert {table.size for table in index.tables.values()} == {len(MARY.tokens)}


class _LoadsAfter:
    """Builds outside, and once does something before it hands the table on."""

    def __init__(self, builder: OutsideBuilder, work: Callable[[], object]) -> None:
        self._builder = builder
        self._work = [work]

    def at_work(self) -> AbstractContextManager[None]:
        return self._builder.at_work()

    def build(self, epoch: Epoch, today: date) -> BuiltTable | None:
        built = self._builder.build(epoch, today)
        if self._work:
            self._work.pop()()
        return built

    def stop(self) -> None:
        self._builder.stop()


# Whatever else it does


_RECEIVE = "import os, socket, sys; node = socket.socket(fileno=0); task = node.recv(8192); "
_STATE = "state = bytes(8) + (2).to_bytes(4, 'big') + (1).to_bytes(8, 'big'); "
_FILES = "files = [os.memfd_create('made up') for _ in range(4)]; "

_TABLE = """
import numpy as np
from node.answering.columns import write_columns
files = write_columns(np.zeros(0, np.uint64), np.zeros(0, np.uint8), np.zeros(0, np.int64))
"""

FAULTS = {
    "it hands over a table of another load": f"{_RECEIVE}\n{_STATE}\n{_TABLE}"
    "socket.send_fds(node, [state], files)",
    "it finds nothing where there is something": _RECEIVE + "sys.exit(4)",
    "it ends at once": "pass",
    "it ends when it has the task": _RECEIVE,
    "it is killed": _RECEIVE + "os.kill(os.getpid(), 9)",
    "it fails": _RECEIVE + "raise ValueError",
    "it does not end in time": _RECEIVE + "node.recv(1)",
    "it says nonsense": _RECEIVE + "node.send(b'nonsense')",
    "it says too much": _RECEIVE + "node.send(bytes(9000))",
    "it says nonsense with files": _RECEIVE + _FILES + "socket.send_fds(node, [b'x'], files)",
    "it hands over no file": _RECEIVE + _STATE + "node.send(state)",
    "it hands over one file": _RECEIVE
    + _STATE
    + _FILES
    + "socket.send_fds(node, [state], files[:1])",
    "it hands over files that are empty": _RECEIVE
    + _STATE
    + _FILES
    + "socket.send_fds(node, [state], files)",
    "it hands over too many files": _RECEIVE
    + _STATE
    + _FILES
    + "socket.send_fds(node, [state], files + files)",
    "it hands over what is no file": _RECEIVE
    + _STATE
    + "socket.send_fds(node, [state], [0, 0, 0, 0])",
}


@pytest.mark.parametrize("script", FAULTS.values(), ids=FAULTS)
def test_old_tables_stay_whatever_the_process_does(
    store: RecordStore,
    tmp_path: Path,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    script: str,
) -> None:
    load(store, [])
    builder = outside_of(tmp_path)
    keeper = IndexKeeper(store, HERE, clock, builder)
    keeper.refresh()
    before = keeper.current()
    load(store, [MARY])
    open_before = len(os.listdir("/proc/self/fd"))
    monkeypatch.setattr(builder, "_command", [sys.executable, "-c", script])
    if "recv(1)" in script:
        monkeypatch.setattr(builder, "_seconds", 0.5)
    with pytest.raises(TableError):
        keeper.refresh()
    assert keeper.current() is before
    assert len(os.listdir("/proc/self/fd")) == open_before
    monkeypatch.undo()
    assert keeper.refresh()


def test_another_nodes_store_key_builds_nothing_and_says_so(
    store: RecordStore, tmp_path: Path
) -> None:
    load(store, [MARY])
    with pytest.raises(TableError, match="do not open with the store key"):
        outside_of(tmp_path, key=StoreKey(bytes(32))).build(EPOCH, TODAY)


def test_file_that_is_not_there_builds_nothing_and_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="cannot be read"):
        outside_of(tmp_path).build(EPOCH, TODAY)
    assert list(tmp_path.iterdir()) == []


def test_stop_ends_what_is_being_built(store: RecordStore, tmp_path: Path) -> None:
    load(store, [MARY])
    started = tmp_path / "started"
    os.mkfifo(started)
    hangs = f"{_RECEIVE} open({str(started)!r}, 'w').close(); node.recv(1)"
    builder = outside_of(tmp_path, command=[sys.executable, "-c", hangs])
    failures: list[TableError] = []
    building = threading.Thread(target=_build_and_note, args=[builder, failures])
    building.start()
    started.read_bytes()
    builder.stop()
    building.join(PATIENCE_SECONDS)
    assert len(failures) == 1
    with pytest.raises(TableError, match="about to end"):
        builder.build(EPOCH, TODAY)


def _build_and_note(builder: OutsideBuilder, failures: list[TableError]) -> None:
    try:
        builder.build(EPOCH, TODAY)
    except TableError as error:
        failures.append(error)


# What it leaves


class Held:
    """The process, held where it would hand over the table: all is read, and its key is known."""

    def __init__(self, folder: Path) -> None:
        self._here, self._gate = folder / "here", folder / "gate"
        os.mkfifo(self._here)
        os.mkfifo(self._gate)
        self.command = [sys.executable, "-c", _HELD, str(self._here), str(self._gate)]

    def wait(self) -> int:
        """Return its id once it is there."""
        return int(self._here.read_text())

    def let_go(self) -> None:
        self._gate.write_text("")


_HELD = """
import os, socket, sys
from node.answering import table_process

hand_over = socket.send_fds

def wait(*arguments):
    with open(sys.argv[1], "w") as here:
        here.write(str(os.getpid()))
    open(sys.argv[2]).close()
    hand_over(*arguments)

socket.send_fds = wait
sys.exit(table_process.main())
"""


@pytest.fixture
def pipes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pipes")


def test_leaves_nothing_on_a_disk_and_dumps_no_core(
    store: RecordStore, tmp_path: Path, pipes: Path
) -> None:
    load(store, [MARY])
    before = _content(tmp_path)
    held = Held(pipes)
    building = threading.Thread(
        target=outside_of(tmp_path, command=held.command).build, args=[EPOCH, TODAY]
    )
    building.start()
    process = Path(f"/proc/{held.wait()}")
    opened = {os.readlink(each) for each in (process / "fd").iterdir()}
    limits = (process / "limits").read_text()
    environment = (process / "environ").read_bytes()
    held.let_go()
    building.join(PATIENCE_SECONDS)
    on_disk = {name for name in opened if name.startswith("/") and not name.startswith(_NO_DISK)}
    assert {Path(name).name.split("-")[0] for name in on_disk} == {"records.db"}
    assert "Max core file size        0                    0" in limits
    assert not any(secret in environment for secret in _secrets())
    assert _content(tmp_path) == before


_NO_DISK = ("/dev/null", "/memfd:", "/dev/random", "/dev/urandom", "/proc/")


def _content(folder: Path) -> dict[str, bytes]:
    """Return what is in a folder, but for the locks that all who read the file share."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".db-shm"}


def _secrets() -> list[bytes]:
    key = STORE_KEY.hand_over()
    tokens = [keyed.token for keyed in MARY.tokens]
    plain = [key, *tokens, MARY.case_reference.encode()]
    return [*plain, *(secret.hex().encode() for secret in plain)]


def test_command_line_and_environment_say_nothing_of_a_child_or_a_key(
    store: RecordStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(store, [MARY])
    seen: list[bytes] = []
    encode = Task.encode

    def look_and_encode(task: Task) -> bytes:
        poll("the process to begin", lambda: any(b"table_process" in each for each in _said()))
        seen.extend(_said())
        return encode(task)

    monkeypatch.setattr(Task, "encode", look_and_encode)
    assert outside_of(tmp_path).build(EPOCH, TODAY) is not None
    assert any(b"OPENBLAS_NUM_THREADS" in each for each in seen)
    assert not any(secret in each for secret in _secrets() for each in seen)


def _said() -> list[bytes]:
    """Return command line and environment of every process that this one has started."""
    return [
        Path(f"/proc/{pid}/{name}").read_bytes()
        for children in Path("/proc/self/task").glob("*/children")
        for pid in children.read_text().split()
        for name in ("environ", "cmdline")
    ]


_SILENT_NODE = """
import socket, subprocess, sys
from tests.node.answering.test_outside import COMMAND, task_of
ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
process = subprocess.Popen(COMMAND, stdin=theirs.fileno())
theirs.close()
ours.send(task_of(sys.argv[1]).encode())
ours.recv(1, socket.MSG_PEEK)
print(process.pid, flush=True)
sys.stdin.read()
"""


def task_of(folder: str) -> Task:
    return Task(Path(folder) / "records.db", STORE_KEY, HERE, EPOCH, TODAY)


def test_ends_with_a_node_that_is_killed_before_it_takes_the_table(
    store: RecordStore, tmp_path: Path
) -> None:
    """The socket is reset then, and not closed."""
    load(store, [MARY])
    with subprocess.Popen(
        [sys.executable, "-c", _SILENT_NODE, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as node:
        assert node.stdout is not None
        process = os.pidfd_open(int(node.stdout.readline()))
        node.kill()
    ended, _, _ = select.select([process], [], [], PATIENCE_SECONDS)
    os.close(process)
    assert ended


_NODE = """
import sys
from datetime import date
from pathlib import Path
from node.answering.outside import OutsideBuilder
from node.store_key import StoreKey
from protocol.identifiers import Epoch, MemberId

key = StoreKey(bytes.fromhex(sys.stdin.readline()))
folder, member, *command = sys.argv[1:]
builder = OutsideBuilder(Path(folder), key, MemberId(member), 60.0, command)
builder.build(Epoch(1), date(2025, 6, 15))
"""


def test_ends_with_the_node_though_that_is_killed(
    store: RecordStore, tmp_path: Path, pipes: Path
) -> None:
    load(store, [MARY])
    held = Held(pipes)
    with subprocess.Popen(
        [sys.executable, "-c", _NODE, str(tmp_path / "records.db"), HERE, *held.command],
        stdin=subprocess.PIPE,
        text=True,
    ) as node:
        assert node.stdin is not None
        node.stdin.write(STORE_KEY.hand_over().hex() + "\n")
        node.stdin.flush()
        process = os.pidfd_open(held.wait())
        node.kill()
    ended, _, _ = select.select([process], [], [], PATIENCE_SECONDS)
    os.close(process)
    assert ended
