"""An import killed three times ends as one that was not, and nothing is evaluated twice."""

import pytest

from protocol import limits
from tests.durability.conftest import Federation
from tests.durability.files import OLD_FILE, case_references
from tests.durability.resuming import Ending, Imports, kills_of, rows_of
from tests.node.small_federation import THRESHOLD

ROWS = 120
BATCHES = 4


@pytest.fixture(scope="module")
def imports(federation: Federation, tmp_path_factory: pytest.TempPathFactory) -> Imports:
    folder = tmp_path_factory.mktemp("imports")
    return Imports(folder, federation.template, [*federation.peers.values()], rows_of(ROWS))


@pytest.fixture(scope="module")
def whole(imports: Imports) -> Ending:
    ending = imports.run("whole", [])
    assert ending.elements == BATCHES * THRESHOLD * limits.IMPORT_BATCH
    return ending


def test_import_killed_three_times_ends_as_one_that_was_not(
    imports: Imports, whole: Ending
) -> None:
    killed = imports.run("killed", kills_of(BATCHES))
    assert len(killed.held.records) == ROWS + len(OLD_FILE)
    assert killed.held.closed_on.keys() == case_references(OLD_FILE)
    assert killed.held == whole.held
    assert killed.held.left_behind == 0
    assert killed.elements == whole.elements
    assert "Going on with an import that was interrupted" in killed.said
