"""Real files in the test's own folder, and a clock that stands still."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.ledger.ledger import Ledger
from node.records.store import RecordStore
from tests.node.small_federation import AnsweringCouncil, FakeClock, new_ledger, new_store


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def london(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose time is that of London, by the rule itself: not every one knows the city."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "GMT0BST,M3.5.0/1,M10.5.0/2")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = new_ledger(tmp_path / "ledger.db")
    yield opened
    opened.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RecordStore]:
    opened = new_store(tmp_path / "records.db")
    yield opened
    opened.close()


@pytest.fixture
def answering(tmp_path: Path, clock: FakeClock) -> Iterator[AnsweringCouncil]:
    """Council 2 before it has loaded anything but an empty file."""
    folder = tmp_path / "council-2"
    folder.mkdir()
    opened = AnsweringCouncil(folder, clock)
    yield opened
    opened.close()
