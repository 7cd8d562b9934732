"""What every test of the hub starts from: a federation, and a hub."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.hub.federation import Federation
from tests.hub.running import RunningHub, running_hub


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def shared_federation(tmp_path_factory: pytest.TempPathFactory) -> Federation:
    """One directory for every test that does not change it."""
    federation = Federation(tmp_path_factory.mktemp("directory"))
    federation.create()
    return federation


@pytest.fixture
def federation(shared_federation: Federation) -> Federation:
    return shared_federation


@pytest.fixture
def own_federation(tmp_path: Path) -> Federation:
    """A directory that the test may change."""
    federation = Federation(tmp_path / "directory")
    federation.create()
    return federation


@pytest.fixture
async def hub(federation: Federation) -> AsyncIterator[RunningHub]:
    async with running_hub(federation) as running:
        yield running
