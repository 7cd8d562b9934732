"""Settings for every test: how long an example takes says nothing on a machine that is busy."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "whoelse", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("whoelse")
