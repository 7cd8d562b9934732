"""Which parts of a confinement this machine can show, and a hub that is confined by them."""

import os
import subprocess
from collections.abc import AsyncIterator

import pytest

from hub.confinement.landlock import landlock_abi
from hub.confinement.machines import this_machine
from hub.confinement.seccomp import has_seccomp
from tests.end_of_run import skip_loudly
from tests.hub.confinement.process import HubProcess, hub_process
from tests.hub.federation import Federation


@pytest.fixture
def _landlock() -> None:
    if landlock_abi() == 0:
        skip_loudly("This kernel lacks Landlock (Linux 5.13): what it refuses was not tried.")


@pytest.fixture
def _seccomp() -> None:
    machine = this_machine()
    if machine is None or not has_seccomp(machine):
        skip_loudly("This kernel lacks seccomp (x86_64, aarch64): what it refuses was not tried.")


@pytest.fixture(scope="package")
def _readable_memory() -> tuple[str, ...]:
    """Return the command under which a process that is not dumpable is readable: a user's
    namespace, but for root."""
    under = () if os.geteuid() == 0 else ("unshare", "--map-root-user")
    if subprocess.run([*under, "true"], check=False).returncode != 0:
        skip_loudly(
            "This user may neither read a hub's memory nor have a namespace (unshare -r): what "
            "stays of cells in memory was not looked for."
        )
    return under


@pytest.fixture(scope="package")
async def confined_hub(
    _readable_memory: tuple[str, ...],
    tmp_path_factory: pytest.TempPathFactory,
    federation: Federation,
) -> AsyncIterator[HubProcess]:
    """One confined hub for every test that leaves it as it found it."""
    folder = tmp_path_factory.mktemp("confined") / "hub"
    async with hub_process(folder, federation, _readable_memory) as process:
        yield process
