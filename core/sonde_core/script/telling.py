"""What is told of each step while steps are performed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ..safetext import line
from ..steps import ExpectStep, Step
from ..words import count, duration
from .finding import Finding
from .results import SHOWN, StepResult, Verdict, is_expectation, is_late, shown


class Telling:
    """A result for each step.

    Attributes:
        results: `pending` until a step is done.
    """

    def __init__(self, steps: Sequence[Step], tell: Callable[[int, StepResult], None]) -> None:
        """Begin with nothing done; `tell` hears of each result as it comes."""
        self.results = [StepResult(step) for step in steps]
        self._tell = tell

    def put(
        self,
        index: int,
        verdict: Verdict,
        detail: str = "",
        then: float | None = None,
        now: float | None = None,
    ) -> None:
        """Tell what came of a step, with how long it took in the recording, and now."""
        step = self.results[index].step
        self._put(index, StepResult(step, verdict, line(detail), then, now))

    def put_ended(
        self, index: int, verdict: Verdict, detail: str, came: tuple[int, int], noun: str
    ) -> None:
        """Tell that a step was ended before it was done, and what of an answer came by then.

        Args:
            index: Of the step.
            verdict: What came of it.
            detail: Why; may be empty.
            came: From where to where the peer spoke meanwhile, in all that it said.
            noun: What those places count.
        """
        step = self.results[index].step
        if not is_expectation(step):
            self.put(index, verdict, detail)
            return
        if isinstance(step, ExpectStep) and step.how == "count":
            came = came[0], min(came[1], came[0] + step.count)
            told = f"{came[1] - came[0]:,} of {count(step.count, noun)} came"
            detail = f"{detail}; {told}" if detail else told
        self._put(index, StepResult(step, verdict, line(detail), came=came))

    def put_finding(
        self,
        index: int,
        finding: Finding,
        then: float | None,
        now: float | None,
        came: tuple[int, int] | None,
    ) -> None:
        """Tell what an answer is like; one that is the same may still be late."""
        verdict, detail = finding.verdict, finding.detail
        if verdict is Verdict.SAME and is_late(then, now) and now is not None:
            verdict, detail = Verdict.LATER, f"later by {duration(now - (then or 0.0))}"
        self._put(
            index,
            StepResult(
                self.results[index].step,
                verdict,
                line(detail),
                then,
                now,
                finding.offset,
                finding.wanted,
                finding.got,
                came,
            ),
        )

    def put_more(self, index: int, number: int, noun: str, data: bytes) -> None:
        """Tell that more came than an expectation wanted: so many bytes, or messages."""
        result = self.results[index]
        told = f"{count(number, noun)} more: {shown(data[: SHOWN + 1])}"
        verdict = Verdict.EXTRA if result.verdict.fine else result.verdict
        detail = f"{result.detail}; {told}" if result.detail else told
        got = result.got or data[:SHOWN]
        came = (result.came[0], result.came[1] + number) if result.came else None
        self._put(index, replace(result, verdict=verdict, detail=line(detail), got=got, came=came))

    def put_rest(self, verdict: Verdict) -> None:
        """Tell of every step that nothing came of."""
        for index, result in enumerate(self.results):
            if result.verdict is Verdict.PENDING:
                self.put(index, verdict)

    def _put(self, index: int, result: StepResult) -> None:
        self.results[index] = result
        self._tell(index, result)
