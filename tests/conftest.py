"""Settings for every test, and what the machine keeps from being shown."""

import os

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.end_of_run"]


def pytest_xdist_auto_num_workers() -> int:
    """Give one worker more than there are cores: tests wait for ticks, disks and processes."""
    return min(4, (os.cpu_count() or 1) + 1)


# How long an example takes says nothing on a machine that is busy.
settings.register_profile(
    "whoelse", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("whoelse")
