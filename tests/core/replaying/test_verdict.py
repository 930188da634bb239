from __future__ import annotations

from dataclasses import replace

import pytest

from sonde_core.comparing.change import Change
from sonde_core.difference import Difference
from sonde_core.model import Event, EventKind, Outcome, Problem
from sonde_core.replaying.verdict import Grounds, Verdict
from sonde_core.safetext import line
from sonde_core.script.results import StepResult
from sonde_core.script.results import Verdict as Step
from sonde_core.steps import ExpectStep
from tests.histories import session

SAME = Difference(True, line("Same: done"))
OTHER = Difference(False, line("Differs: 1 place"), (Change("received", "line 1", "a", "b"),))
OUTCOME = Difference(False, line("Differs: outcome"), (Change("outcome", "", "done", "failed"),))
RULED = replace(SAME, ignored=(Change("received", "line 1", "a", "b"),))
DONE = session()
FAILED = replace(
    DONE, outcome=Outcome.FAILED, problem=Problem("connect", "connect", "It was refused.")
)


def results(*verdicts: Step) -> list[StepResult]:
    return [StepResult(ExpectStep("any"), each) for each in verdicts]


@pytest.mark.parametrize(
    ("grounds", "difference", "verdict", "told"),
    [
        (Grounds.of(DONE), SAME, "same", "Same: done"),
        (Grounds.of(DONE), OTHER, "changed", "Differs: 1 place"),
        (Grounds.of(FAILED), OUTCOME, "failed", "It was refused. · Differs: outcome"),
        (Grounds.of(FAILED), SAME, "same", "Same: done · It was refused."),
        (
            Grounds.of(DONE, results(Step.SAME)),
            SAME,
            "same",
            "Same: done · 1 of 1 steps as expected",
        ),
        (
            Grounds.of(DONE, results(Step.DIFFERS)),
            OTHER,
            "changed",
            "Differs: 1 place · 0 of 1 steps as expected; 1 differs",
        ),
        (
            Grounds.of(DONE, results(Step.DIFFERS)),
            SAME,
            "changed",
            "Differs: 0 of 1 steps as expected; 1 differs",
        ),
        (
            Grounds.of(DONE, results(Step.DIFFERS)),
            RULED,
            "same",
            "Same: done · 0 of 1 steps as expected; 1 differs, which rules leave out",
        ),
        (
            Grounds.of(DONE, results(Step.FAILED)),
            RULED,
            "changed",
            "Differs: 0 of 1 steps as expected; 1 failed",
        ),
        (
            Grounds.of(DONE, results(Step.SAME), alone=True),
            OTHER,
            "same",
            "Same by its steps: 1 of 1 steps as expected · other than recorded: 1 place",
        ),
        (
            Grounds.of(DONE, results(Step.DIFFERS), alone=True),
            OTHER,
            "changed",
            "Differs: 0 of 1 steps as expected; 1 differs · other than recorded: 1 place",
        ),
        (
            Grounds.of(FAILED, results(Step.SAME), alone=True),
            OUTCOME,
            "failed",
            "It was refused. · Differs: 1 of 1 steps as expected · other than recorded: outcome",
        ),
        (Grounds.of(FAILED, results(Step.SAME), alone=True), SAME, "same", None),
        (Grounds.of(DONE, results(Step.STOPPED)), SAME, "stopped", "stopped after 0 of 1 steps"),
        (Grounds.of(replace(DONE, outcome=Outcome.CANCELLED)), SAME, "stopped", "stopped"),
    ],
)
def test_one_verdict_and_what_it_rests_on(
    grounds: Grounds, difference: Difference, verdict: str, told: str | None
) -> None:
    assert grounds.verdict(difference) is Verdict(verdict)
    if told is not None:
        assert grounds.told(difference) == told


def test_a_refusal_of_datagrams_is_told_of_what_is_the_same() -> None:
    note = Event(0.1, EventKind.ERROR, "x: connection refused", {"advisory": "yes"})
    refused = replace(DONE, kind="udp", peer="127.0.0.1:1", timeline=(note,), received=0)
    assert Grounds.of(refused).told(SAME).startswith("Same: done · Nothing came from 127.0.0.1:1")
