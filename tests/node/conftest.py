"""Real files in the test's own folder, and a clock that stands still."""

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
