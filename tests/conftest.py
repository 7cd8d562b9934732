"""Settings for every test, and what the machine keeps from being shown."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.not_shown"]

# How long an example takes says nothing on a machine that is busy.
settings.register_profile(
    "whoelse", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("whoelse")
