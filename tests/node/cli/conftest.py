"""A node's folder made by `init`, and no network."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import respx

from tests.node.cli.commands import MEMBER, Ended, Init, run
from tests.node.small_federation import HUBS
from tests.node.small_signer import Signer


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer(tmp_path / "signer")


@pytest.fixture(autouse=True)
def no_network() -> Iterator[respx.MockRouter]:
    """Let every request fail that a test has not mocked."""
    with respx.mock(assert_all_called=False, assert_all_mocked=True) as router:
        router.route().mock(side_effect=httpx.ConnectError)
        yield router


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "node"


@pytest.fixture
def init(tmp_path: Path, folder: Path, signer: Signer) -> Init:
    root = tmp_path / "root.json"
    root.write_bytes(signer.root)

    def call(*flags: str, **changes: str | Path) -> Ended:
        options: dict[str, str | Path] = {
            "id": MEMBER,
            "name": "Leeds",
            "hub": HUBS[0].url,
            "root": root,
            "store-key": tmp_path / "mount" / "store-key",
            "duty-line": "0113 496 0000",
            "out-of-hours-line": "0113 496 0001",
            "supplier": "Own",
            "host": "Own host",
            "declared-records": "1000",
        }
        changed = {name.replace("_", "-"): value for name, value in changes.items()}
        parts = [
            part for name, value in (options | changed).items() for part in (f"--{name}", value)
        ]
        return run("init", folder, *parts, *flags)

    return call


@pytest.fixture
def node(init: Init, folder: Path) -> Path:
    assert init().code == 0
    return folder
