"""A hub watched from outside while it works: what it did not do, and what it did not try."""

import asyncio
from pathlib import Path

import pytest

from hub.confinement.landlock import landlock_abi
from tests.hub.confinement.process import hub_process
from tests.hub.confinement.strace import Call, confined_at, read_calls, strace
from tests.hub.confinement.traffic import (
    Cells,
    all_linked,
    change_directory,
    look_around,
    run_rounds,
    trouble,
)
from tests.hub.federation import Federation
from tests.hub.running import RunningHub

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("_seccomp")]

SECONDS = 60.0
BETWEEN_ROUNDS_SECONDS = 0.5
"""A minute of traffic, and most of it left to what else the machine does."""

WRITES = {
    "write", "writev", "pwrite64", "pwritev", "pwritev2", "sendfile", "splice", "tee", "vmsplice",
    "copy_file_range", "ftruncate", "truncate", "fallocate", "rename", "renameat", "renameat2",
    "unlink", "unlinkat", "mkdir", "mkdirat", "link", "linkat", "symlink", "symlinkat", "mknod",
    "mknodat", "creat", "open", "memfd_create",
}  # fmt: skip

ELSEWHERE = {"socket", "socketpair", "connect", "bind", "listen", "execve", "execveat", "fork"} | {
    "vfork", "kill", "ptrace", "io_uring_setup"
}  # fmt: skip

SENDS = {"sendto", "sendmsg"}


async def test_working_hub_writes_to_nothing_but_sockets_and_does_not_try(
    tmp_path: Path, own_federation: Federation
) -> None:
    log = tmp_path / "calls"
    async with hub_process(tmp_path / "hub", own_federation, strace(log)) as process:
        missing = (await process.hub.health())["confinement_missing"]
        await _use(process.hub, own_federation)
        status, _ = await process.end()
    assert status == 0
    calls = read_calls(log)
    place = confined_at(calls)
    before, after = calls[:place], calls[place + 1 :]
    restricted = [call.result for call in before if call.name == "landlock_restrict_self"]
    assert restricted == (["0"] if landlock_abi() else [])
    # What is looked for can be seen: the hub did it while it was free.
    assert {call.name for call in before} >= {"execve", "socket", "bind", "listen", "openat"}
    assert sum(call.name in SENDS for call in after) > 100
    # The one line at the start, to its operator, of what this machine lacks.
    told = [("write", "2, ")] if missing else []
    assert [
        (call.name, call.arguments[:3]) for call in after if call.name in WRITES | ELSEWHERE
    ] == told
    assert [call for call in after if call.name == "openat" and not _only_reads(call)] == []
    assert [call for call in after if call.name == "clone" and "THREAD" not in call.arguments] == []
    assert [call for call in after if call.error in {"EPERM", "EACCES"}] == []
    assert {call.name for call in after if call.error == "ENOSYS"} <= {"clone3"}


async def _use(hub: RunningHub, federation: Federation) -> None:
    """Do everything once, and go on with rounds until the time is over."""
    loop = asyncio.get_running_loop()
    end = loop.time() + SECONDS
    cells = Cells()
    await look_around(hub, federation)
    async with all_linked(hub, federation) as links:
        await run_rounds(hub, federation, links, cells)
        await trouble(hub, federation, cells)
        await change_directory(hub, federation)
        while loop.time() < end:
            await asyncio.sleep(BETWEEN_ROUNDS_SECONDS)
            await run_rounds(hub, federation, links, cells)
        await look_around(hub, federation)


def _only_reads(call: Call) -> bool:
    return call.arguments.endswith((", O_RDONLY", ", O_RDONLY|O_CLOEXEC"))
