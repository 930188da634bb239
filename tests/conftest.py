"""What all tests share."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# A time limit for one example tells how busy the machine is, not what is wrong; pytest-timeout
# ends what hangs.
settings.register_profile("sonde", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("sonde")
