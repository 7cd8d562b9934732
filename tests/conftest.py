"""Settings for every test, and what the machine keeps from being shown."""

import os

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadFileScheduling

pytest_plugins = ["tests.end_of_run"]


def pytest_xdist_auto_num_workers() -> int:
    """Give one worker more than there are cores: tests wait for ticks, disks and processes."""
    return min(4, (os.cpu_count() or 1) + 1)


ONE_FEDERATION = ("tests/browser/", "tests/end_to_end/", "tests/properties/")
"""Rooms whose tests share one federation of real processes: a minute of one worker to set up."""


class ByWhatIsSharedScheduling(LoadFileScheduling):  # type: ignore[misc]
    """Gives the tests of one file to one worker, and those of a room that shares a federation."""

    def _split_scope(self, nodeid: str) -> str:
        shared = (room for room in ONE_FEDERATION if nodeid.startswith(room))
        file: str = super()._split_scope(nodeid)
        return next(shared, file)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with those rooms: what is begun last is short, and no worker goes on by itself."""
    items.sort(key=lambda item: not item.nodeid.startswith(ONE_FEDERATION))


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadFileScheduling:
    return ByWhatIsSharedScheduling(config, log)


# How long an example takes says nothing on a machine that is busy.
settings.register_profile(
    "whoelse", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("whoelse")
