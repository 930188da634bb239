"""The state machine of the archive's tests, with more steps and other cases each time."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.core.history.test_archive import TwoAtOneFile

from .report import Result

_STEPS = 50


def machine(scale: float = 1.0, seed: int = 0) -> Result:
    """Run it; Hypothesis chooses the cases, whatever the seed."""
    result = Result("state machine with crashes at any byte")
    result.cases = max(5, int(400 * scale))
    steps = settings(
        max_examples=result.cases,
        stateful_step_count=_STEPS,
        deadline=None,
        database=None,
        derandomize=False,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        phases=(Phase.generate, Phase.shrink),
    )
    with result.timed():
        try:
            run_state_machine_as_test(TwoAtOneFile, settings=steps)
        except Exception as error:  # noqa: BLE001 - a fault like any other
            result.faults.append(f"{error!r}")
    return result
