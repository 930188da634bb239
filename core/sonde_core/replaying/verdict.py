"""What came of an entry that was performed again: one word, and little enough to keep many."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from ..model import Outcome
from ..safetext import SafeText, line
from ..script.results import is_cut_off, summary
from ..words import count

if TYPE_CHECKING:
    from ..difference import Difference
    from ..errors import SondeError
    from ..history.summary import Summary
    from ..replay import Replay

# So much of a difference is kept with a verdict: lines, and characters of each.
LINES: Final = 12
WIDTH: Final = 200
_NOTHING: Final = line("")


class Verdict(StrEnum):
    """How a replay went; `stopped` is no judgement, a person ended it."""

    SAME = "same"
    CHANGED = "changed"
    FAILED = "failed"
    STOPPED = "stopped"

    @property
    def sign(self) -> str:
        """One character that stands for it without colour."""
        return _SIGNS[self]


_SIGNS: Final = {
    Verdict.SAME: "=",
    Verdict.CHANGED: "≠",
    Verdict.FAILED: "✗",
    Verdict.STOPPED: "○",
}


@dataclass(frozen=True, slots=True)
class Judged:
    """One entry and what came of performing it again.

    Attributes:
        number: Its place among those that are performed, from 0.
        before: What was performed.
        verdict: How it went.
        told: What differs or failed, in one sentence.
        after: Id of the new entry; empty where nothing could be performed.
        status: Of the new answer; 0 for none.
        seconds: That it took in all.
        lines: The first lines of what differs, secrets masked.
        withheld: Names of credentials that did not go to another origin.
        by_steps: Whether steps had a say in the verdict.
    """

    number: int
    before: Summary
    verdict: Verdict
    told: SafeText
    after: str = ""
    status: int = 0
    seconds: float = 0.0
    lines: tuple[SafeText, ...] = ()
    withheld: tuple[str, ...] = ()
    by_steps: bool = False

    def renewed(self, difference: Difference) -> Judged:
        """Judge anew, as other rules leave out other things; what steps judged stays as it is."""
        if self.by_steps or self.verdict not in (Verdict.SAME, Verdict.CHANGED):
            return self
        verdict = Verdict.SAME if difference.same else Verdict.CHANGED
        lines = () if difference.same else tuple(_first(difference))
        return replace(self, verdict=verdict, told=difference.summary, lines=lines)


def judge(number: int, before: Summary, done: Replay) -> Judged:
    """Judge a replay that was performed, to whatever end."""
    exchange = done.entry.exchange
    verdict = _verdict(done)
    differs = verdict in (Verdict.CHANGED, Verdict.FAILED)
    return Judged(
        number,
        before,
        verdict,
        _told(done, verdict),
        done.entry.id,
        exchange.response.status if exchange.response else 0,
        exchange.timing.total,
        tuple(_first(done.difference)) if differs else (),
        done.withheld,
        bool(done.steps),
    )


def refused(number: int, before: Summary, error: SondeError) -> Judged:
    """Judge what could not be performed at all."""
    return Judged(number, before, Verdict.FAILED, line(f"{error.message} {error.advice}".strip()))


def _verdict(done: Replay) -> Verdict:
    outcome = done.entry.exchange.outcome
    if outcome is Outcome.CANCELLED or is_cut_off(done.steps):
        return Verdict.STOPPED
    if done.same:
        return Verdict.SAME
    # What failed as it failed then is the same; `cut` is a limit of ours, and an answer.
    return Verdict.CHANGED if outcome in (Outcome.DONE, Outcome.CUT) else Verdict.FAILED


def _told(done: Replay, verdict: Verdict) -> SafeText:
    problem = done.entry.exchange.problem
    if verdict is Verdict.STOPPED:
        return summary(done.steps) if done.steps else line("stopped")
    if verdict is Verdict.FAILED and problem:
        return line(problem.text)
    if done.steps and not done.same:
        return line(f"{summary(done.steps)} · {done.difference.summary}")
    return done.difference.summary


def _first(difference: Difference) -> Iterable[SafeText]:
    """Yield the first lines of what differs; what makes no difference, or is counted, is not."""
    lines = chain.from_iterable(change.lines() for change in difference.changes)
    yield from (line(each, limit=WIDTH) for each in islice(lines, LINES))
    if more := sum(1 for _ in lines):
        yield line(f"  … {count(more, 'more line')}")


@dataclass(slots=True)
class Counts:
    """How many of each verdict, of how many in all."""

    total: int
    by_verdict: dict[Verdict, int] = field(default_factory=lambda: dict.fromkeys(Verdict, 0))

    def add(self, verdict: Verdict) -> None:
        """Count one more."""
        self.by_verdict[verdict] += 1

    def change(self, before: Verdict, now: Verdict) -> None:
        """Count one as another verdict."""
        self.by_verdict[before] -= 1
        self.by_verdict[now] += 1

    @property
    def done(self) -> int:
        """How many are over."""
        return sum(self.by_verdict.values())

    @property
    def passed(self) -> bool:
        """Whether all were performed, and none differs or failed."""
        return self.by_verdict[Verdict.SAME] == self.total

    @property
    def words(self) -> SafeText:
        """Say how it stands: `3 same · 1 changed · 0 failed`, and what was not performed."""
        named = [
            f"{many:,} {verdict}"
            for verdict, many in self.by_verdict.items()
            if many or verdict is not Verdict.STOPPED
        ]
        return line(" · ".join(named))

    @property
    def summary(self) -> SafeText:
        """Say how it ended."""
        left = self.total - self.done
        rest = f" · {left:,} not performed" if left else ""
        return line(f"{count(self.done, 'replay')}: {self.words}{rest}")
