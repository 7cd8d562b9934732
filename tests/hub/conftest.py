"""What every test of the hub starts from: a federation, and a hub that nobody is linked to."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.hub.federation import Federation
from tests.hub.running import RunningHub, logged_to, running_hub, until


@pytest.fixture(scope="package")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="package")
def federation(tmp_path_factory: pytest.TempPathFactory) -> Federation:
    """One directory for every test that does not change it."""
    federation = Federation(tmp_path_factory.mktemp("directory"))
    federation.create()
    return federation


@pytest.fixture
def own_federation(tmp_path: Path) -> Federation:
    """A directory that the test may change."""
    federation = Federation(tmp_path / "directory")
    federation.create()
    return federation


@pytest.fixture(scope="package")
async def long_running_hub(federation: Federation) -> AsyncIterator[RunningHub]:
    async with running_hub(federation) as running:
        yield running


@pytest.fixture
async def hub(long_running_hub: RunningHub) -> AsyncIterator[RunningHub]:
    """One hub for every test that needs no other settings: each leaves it as it found it."""
    with logged_to(long_running_hub.log):
        yield long_running_hub
        long_running_hub.hang_up()
        await until(lambda: _is_left(long_running_hub))
    logged = list(long_running_hub.log)
    long_running_hub.log.clear()
    assert logged == []


async def _is_left(hub: RunningHub) -> bool:
    return await hub.members_linked() == 0
