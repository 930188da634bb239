"""What all tests share."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# A time limit for one example tells how busy the machine is, not what is wrong; pytest-timeout
# ends what hangs.
settings.register_profile(
    "quick", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=50
)
settings.register_profile("thorough", settings.get_profile("quick"), max_examples=500)
# SONDE_TESTS=thorough tries ten times as many examples, each time others in either case.
settings.load_profile(os.environ.get("SONDE_TESTS", "quick"))
