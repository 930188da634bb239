"""What came of each step when it was performed, as values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ..payload import escape
from ..safetext import SafeText, line
from ..steps import ExpectStep, Step
from ..words import duration
from .writing import write_step

# An answer is late when it took twice as long as in the recording, and this many seconds more.
LATE: Final = 0.25
SHOWN: Final = 32  # bytes of each side where they differ


class Verdict(StrEnum):
    """What came of a step."""

    PENDING = "pending"
    SAME = "same"
    LATER = "later"  # the same, and late
    DIFFERS = "differs"
    EXTRA = "extra"  # the same, and more than was expected
    MISSING = "missing"
    SKIPPED = "skipped"  # not done, for what came before
    FAILED = "failed"
    STOPPED = "stopped"  # a person ended all of it while this was under way
    UNDONE = "not done"  # or before it began

    @property
    def fine(self) -> bool:
        """Whether nothing differs; how long it took makes no difference."""
        return self in (Verdict.SAME, Verdict.LATER)

    @property
    def odd(self) -> bool:
        """Whether something is not as expected; of what was stopped that is not known."""
        return not self.fine and self not in _CUT_OFF

    @property
    def sign(self) -> str:
        """One character for it: `=`, `~`, `+`, `-`, `!`, `.` or a blank."""
        return _SIGNS[self]


_SIGNS: Final = {
    Verdict.PENDING: " ",
    Verdict.SAME: "=",
    Verdict.LATER: "=",
    Verdict.DIFFERS: "~",
    Verdict.EXTRA: "+",
    Verdict.MISSING: "-",
    Verdict.SKIPPED: " ",
    Verdict.FAILED: "!",
    Verdict.STOPPED: ".",
    Verdict.UNDONE: " ",
}
_CUT_OFF: Final = frozenset({Verdict.STOPPED, Verdict.UNDONE})


_NOTHING: Final = line("")


@dataclass(frozen=True, slots=True)
class StepResult:
    """What came of one step.

    Attributes:
        detail: What differs and where, in one sentence, safe to draw; may be empty.
        then: Seconds from our step before to the end of this one, in the recording; None if it
            has none.
        now: The same, now; None if it was not done.
        offset: Byte of the answer where it begins to differ.
        wanted: What was expected there, shortened.
        got: What came there.
        came: Where the answer stands in all that the peer said in the session: its first byte and
            the one behind it, or messages; None for what is no answer.
    """

    step: Step
    verdict: Verdict = Verdict.PENDING
    detail: SafeText = _NOTHING
    then: float | None = None
    now: float | None = None
    offset: int | None = None
    wanted: bytes = b""
    got: bytes = b""
    came: tuple[int, int] | None = None

    def line(self, *, width: int = 60) -> SafeText:
        """Write it as one line: sign, step, verdict, times, detail."""
        step = write_step(self.step, limit=width)
        times = " → ".join(duration(each) for each in (self.then, self.now) if each is not None)
        told = "  ".join(part for part in (self.verdict.value, times, self.detail) if part)
        return line(f"{self.verdict.sign} {step:<{width}}  {told}")


def all_fine(results: Sequence[StepResult]) -> bool:
    """Whether every step was done and nothing differs."""
    return all(result.verdict.fine for result in results)


def is_cut_off(results: Sequence[StepResult]) -> bool:
    """Whether a person stopped it before all was done."""
    return any(result.verdict in _CUT_OFF for result in results)


def summary(results: Sequence[StepResult]) -> SafeText:
    """Say in one sentence how it went: `200 of 200 steps as expected`, or what was otherwise.

    Of what was stopped only the steps count that were done: `stopped after 3 of 6 steps, 3 as
    expected`.
    """
    counts = dict.fromkeys(Verdict, 0)
    for result in results:
        counts[result.verdict] += 1
    odd = [
        f"{many} {'differ' if verdict is Verdict.DIFFERS and many > 1 else verdict}"
        for verdict, many in counts.items()
        if many and verdict.odd
    ]
    late = f", {counts[Verdict.LATER]} later" if counts[Verdict.LATER] else ""
    fine = counts[Verdict.SAME] + counts[Verdict.LATER]
    rest = f"; {', '.join(odd)}" if odd else ""
    if cut := sum(counts[verdict] for verdict in _CUT_OFF):
        done = f"stopped after {len(results) - cut} of {len(results)} steps"
        return line(f"{done}, {fine} as expected{late}{rest}" if cut < len(results) else done)
    return line(f"{fine} of {len(results)} steps as expected{late}{rest}")


def is_late(then: float | None, now: float | None) -> bool:
    """Whether an answer took notably longer than in the recording."""
    return then is not None and now is not None and now - then >= LATE and now >= 2 * then


def shown(data: bytes) -> str:
    """Write bytes as a text in quotes."""
    more = "…" if len(data) > SHOWN else ""
    return f'"{escape(data[:SHOWN])}"{more}' if data else "nothing"


def is_expectation(step: Step) -> bool:
    """Whether the step waits for bytes of the peer."""
    return isinstance(step, ExpectStep) and step.how != "end"
