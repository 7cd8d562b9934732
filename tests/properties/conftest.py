"""One federation of real processes for all properties: two hubs, five councils, every byte kept.

Eastvale asks. Northmoor holds the planted child and a pupil, Southmere 64 others and two
namesakes, Westbrook some of its own, Midshire nothing. A test that breaks something puts it back;
when all is done, nothing of a child may be in what the processes have written or said (P1, P12).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.demo.federation import memory_folder
from tests.end_to_end.conftest import plans
from tests.properties.at_rest import PUPIL, identifying
from tests.properties.holdings import HOLDINGS
from tests.properties.observed import ObservedFederation
from tests.properties.planted import KNOWN, OTHER_GROUNDS, UNKNOWN, write_csv
from tests.properties.questions import PassedQuestion, passed_question
from tests.properties.remains import found_in_remains, logs_without_a_start


@pytest.fixture(scope="package")
def federation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObservedFederation]:
    folder = tmp_path_factory.mktemp("observed")
    made = ObservedFederation(folder, memory_folder(f"whoelse-{folder.name}"), plans())
    try:
        made.make(post_interval_seconds=3)
        made.start()
        made.hold_ceremony()
        for name, (children, same) in HOLDINGS.items():
            file = tmp_path_factory.mktemp("loaded") / "children.csv"
            write_csv(file, children, **same)
            made.load(made.plan(name), file, made.said.append)
        yield made
        assert not found_in_remains(made, identifying())
        assert not logs_without_a_start(made)
    finally:
        made.stop()


@pytest.fixture(scope="package")
def loaded_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that Northmoor loaded, which is the council's own and not the system's."""
    file = tmp_path_factory.mktemp("typed") / "children.csv"
    write_csv(file, [KNOWN, PUPIL])
    return file


@pytest.fixture(scope="package")
def asked_thrice(federation: ObservedFederation) -> dict[str, PassedQuestion]:
    """A known child, an unknown one, and the known one again, as they passed the hubs."""
    children = {"known": KNOWN, "unknown": UNKNOWN, "known again": KNOWN}
    return {name: passed_question(federation, child) for name, child in children.items()}


@pytest.fixture(scope="package")
def asked_on_other_grounds(federation: ObservedFederation) -> PassedQuestion:
    """The known child, asked about in another role, for another purpose, by somebody else."""
    return passed_question(federation, KNOWN, OTHER_GROUNDS)
