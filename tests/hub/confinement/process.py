"""A hub as a process of its own, confined as in service."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import uvicorn

from deploy.demo.ports import free_port
from tests.hub.federation import HUB_ID, Federation
from tests.hub.running import RunningHub

ROOT = Path(__file__).parents[3]
PYTHON = (sys.executable, "-c", "from hub.cli import main; main()")

PROCESS_SECONDS = 120.0
"""How long a process may take to start or to end: the machine may be busy, and strace slows it."""


@dataclass(frozen=True, slots=True)
class HubProcess:
    """A hub that serves, and the process that it is."""

    hub: RunningHub
    process: asyncio.subprocess.Process

    @property
    def pid(self) -> int:
        return self.process.pid

    async def end(self, by: signal.Signals = signal.SIGTERM) -> tuple[int | None, str]:
        """Tell it to end; return its status, and what it said since it started to listen."""
        self.process.send_signal(by)
        async with asyncio.timeout(PROCESS_SECONDS):
            output, _ = await self.process.communicate()
        return self.process.returncode, output.decode()


@asynccontextmanager
async def hub_process(
    folder: Path, federation: Federation, under: Sequence[str] = (), settings: str = ""
) -> AsyncIterator[HubProcess]:
    """Run a hub of this federation until the block ends, by the command `under` if there is one."""
    port = write_settings(folder, federation, settings)
    process = await start(folder, under)
    try:
        assert (await first_line(process)).startswith(f"Hub {HUB_ID} listens on ")
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}",
            timeout=PROCESS_SECONDS,
            limits=httpx.Limits(max_keepalive_connections=0),
            trust_env=False,
        ) as client:
            hub = RunningHub(port, client, uvicorn.Server(uvicorn.Config(lambda: None)), [])
            await hub.health()
            yield HubProcess(hub, process)
            hub.hang_up()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def write_settings(folder: Path, federation: Federation, settings: str = "") -> int:
    """Make a hub's folder; return the port that it is to listen on."""
    port = free_port()
    folder.mkdir()
    (folder / "hub.toml").write_text(
        f'hub_id = "{HUB_ID}"\nport = {port}\nrounds_per_second = 1000.0\n'
        f'directory = "{federation.published}"\nroot = "{federation.root}"\n{settings}'
    )
    return port


async def start(folder: Path, under: Sequence[str] = ()) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *under, *PYTHON, "run", str(folder),
        cwd=ROOT, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT, env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip


async def first_line(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    async with asyncio.timeout(PROCESS_SECONDS):
        return (await process.stdout.readline()).decode()
