"""A council in the attacker's way: real rooms over real files, and a clock that stands still."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from node.ledger.ledger import Ledger
from tests.attacks.keyholders import Keyholders
from tests.node.small_federation import AnsweringCouncil, FakeClock, child, new_ledger, record


@pytest.fixture
def answering(tmp_path: Path) -> Iterator[AnsweringCouncil]:
    """Council 2 before it has loaded anything."""
    folder = tmp_path / "council-2"
    folder.mkdir()
    opened = AnsweringCouncil(folder, FakeClock())
    yield opened
    opened.close()


@pytest.fixture
def holder(answering: AnsweringCouncil) -> AnsweringCouncil:
    """Council 2, which holds Mary."""
    answering.load([record(child())])
    return answering


@pytest.fixture
def keyholders(tmp_path: Path) -> Iterator[Keyholders]:
    made = Keyholders(tmp_path)
    with made.open:
        yield made


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """The asker's."""
    opened = new_ledger(tmp_path / "asker.db")
    yield opened
    opened.close()
