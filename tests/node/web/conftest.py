from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.node.web.visiting import Town, Visitor


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path)
    with made.open:
        yield made


@pytest.fixture
def pat(town: Town) -> Visitor:
    """A practitioner who is signed in."""
    return town.visitor("pat")
