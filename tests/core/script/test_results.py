from __future__ import annotations

import pytest

from sonde_core.safetext import line
from sonde_core.script.results import StepResult, Verdict, all_fine, is_cut_off, is_late, summary
from sonde_core.steps import ExpectStep, SendStep


@pytest.mark.parametrize(
    ("then", "now", "late"),
    [
        (0.0, 0.2, False),
        (0.0, 0.3, True),
        (1.0, 1.9, False),
        (1.0, 2.1, True),
        (None, 9.0, False),
        (1.0, None, False),
    ],
)
def test_late_is_twice_as_long_and_a_quarter_of_a_second_more(
    then: float | None, now: float | None, late: bool
) -> None:
    assert is_late(then, now) is late


def test_a_result_is_one_safe_line() -> None:
    result = StepResult(
        ExpectStep("equal", b"a\x1b[31m\nb"),
        Verdict.DIFFERS,
        line("at byte 0"),
        0.01,
        0.5,
    )
    shown = result.line(width=30)
    assert shown.isprintable()
    assert shown.startswith('~ expect equal "a\\x1b[31m\\nb"')
    assert shown.endswith("differs  10.0 ms → 500 ms  at byte 0")


def test_all_is_fine_when_nothing_differs_however_late() -> None:
    fine = [StepResult(SendStep(b"a"), Verdict.SAME), StepResult(SendStep(b"b"), Verdict.LATER)]
    assert all_fine(fine)
    assert summary(fine) == "2 of 2 steps as expected, 1 later"
    odd = [StepResult(SendStep(b"c"), verdict) for verdict in (Verdict.EXTRA, Verdict.SKIPPED)]
    assert not all_fine([*fine, *odd])
    cut = [StepResult(SendStep(b"c"), verdict) for verdict in (Verdict.STOPPED, Verdict.UNDONE)]
    assert is_cut_off(cut)
    assert not is_cut_off([*fine, *odd])
    assert summary([*fine, *cut]) == "stopped after 2 of 4 steps, 2 as expected, 1 later"
    assert summary([*fine, *odd]) == "2 of 4 steps as expected, 1 later; 1 extra, 1 skipped"
