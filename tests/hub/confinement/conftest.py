"""Says loudly what this machine's kernel, or this user, keeps from being shown."""

import os
from collections.abc import AsyncIterator

import pytest

from hub.confinement.landlock import landlock_abi
from hub.confinement.machines import this_machine
from hub.confinement.seccomp import has_seccomp
from tests.hub.confinement.process import HubProcess, hub_process
from tests.hub.federation import Federation

_not_shown: list[str] = []


def not_shown(what: str) -> None:
    """Add a line to what is said, last and in red, at the end of the run."""
    _not_shown.append(what)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _not_shown:
        terminalreporter.section("THE HUB'S CONFINEMENT: NOT SHOWN HERE", sep="!", red=True)
        for line in dict.fromkeys(_not_shown):
            terminalreporter.line(line, red=True)


@pytest.fixture(scope="session")
def _confining_kernel() -> None:
    """Skip, and say so, where the kernel has no Landlock or no seccomp."""
    machine = this_machine()
    lacks = [
        name
        for name, has in (
            ("Landlock (Linux 5.13)", landlock_abi() > 0),
            ("seccomp (x86_64 or aarch64)", machine is not None and has_seccomp(machine)),
        )
        if not has
    ]
    if lacks:
        not_shown(f"This kernel lacks {' and '.join(lacks)}: no test of a confined hub was run.")
        pytest.skip(f"the kernel lacks {' and '.join(lacks)}")


@pytest.fixture
def _readable_memory() -> None:
    """Skip, and say so, where another process's memory cannot be read: a hub is not dumpable."""
    if os.geteuid() != 0:
        not_shown("Only root reads a hub's memory: what stays in it was not looked for.")
        pytest.skip("only root reads a hub's memory")


@pytest.fixture(scope="package")
async def confined_hub(
    _confining_kernel: None, tmp_path_factory: pytest.TempPathFactory, federation: Federation
) -> AsyncIterator[HubProcess]:
    """One confined hub for every test that leaves it as it found it."""
    folder = tmp_path_factory.mktemp("confined") / "hub"
    async with hub_process(folder, federation) as process:
        yield process
