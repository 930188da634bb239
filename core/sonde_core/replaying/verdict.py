"""What came of an entry that was performed again: one word, and little enough to keep many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from ..model import Outcome
from ..refusal import refusal_of
from ..safetext import SafeText, line
from ..script import results
from ..script.results import StepResult, all_fine, is_cut_off
from ..secrets import mask_url
from ..words import count

if TYPE_CHECKING:
    from ..difference import Difference
    from ..errors import SondeError
    from ..history.summary import Summary
    from ..model import Exchange
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


# Of these the lines of what differs are kept.
_TOLD: Final = (Verdict.CHANGED, Verdict.FAILED)
_SIGNS: Final = {
    Verdict.SAME: "=",
    Verdict.CHANGED: "≠",
    Verdict.FAILED: "✗",
    Verdict.STOPPED: "○",
}


# `cut` is a limit of ours, and an answer.
_ANSWERED: Final = (Outcome.DONE, Outcome.CUT)
# What steps of a recording tell of the peer is left out where a rule leaves out one of these.
_EXCUSES: Final = ("received", "end")
_DIFFERS: Final = "Differs: "


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a verdict rests on, besides what differs: little, whatever was said.

    Attributes:
        steps: How the steps went, in one sentence; empty for none.
        fine: Every step was done, and nothing differs.
        peer_only: What is odd in steps is only what the peer said.
        alone: The steps decide alone, since a person said what to expect.
        cut_off: A person ended it.
        why: Why it failed or fell short, in one sentence; empty for not.
    """

    outcome: Outcome
    steps: SafeText = _NOTHING
    fine: bool = True
    peer_only: bool = True
    alone: bool = False
    cut_off: bool = False
    why: SafeText = _NOTHING

    @classmethod
    def of(
        cls, exchange: Exchange, steps: Sequence[StepResult] = (), *, alone: bool = False
    ) -> Grounds:
        outcome = exchange.outcome
        return cls(
            outcome,
            results.summary(steps) if steps else _NOTHING,
            all_fine(steps),
            all(step.verdict.fine or step.verdict in _OF_PEER for step in steps),
            alone,
            outcome is Outcome.CANCELLED or is_cut_off(steps),
            line(mask_url(_why(exchange))),
        )

    def verdict(self, difference: Difference) -> Verdict:
        """Judge."""
        if self.cut_off:
            return Verdict.STOPPED
        if self._by_steps(difference) if self.alone else self._as_recorded(difference):
            return Verdict.SAME
        return Verdict.CHANGED if self.outcome in _ANSWERED else Verdict.FAILED

    def _by_steps(self, difference: Difference) -> bool:
        # What failed as it failed then is the same.
        changes = difference.changes
        fails = self.outcome not in _ANSWERED and any(each.where == "outcome" for each in changes)
        return self.fine and not fails

    def _as_recorded(self, difference: Difference) -> bool:
        if self.fine or not difference.same:
            return difference.same
        return self.peer_only and any(each.where in _EXCUSES for each in difference.ignored)

    def told(self, difference: Difference) -> SafeText:
        """Say in one sentence how it went: the verdict first, then what it rests on."""
        verdict = self.verdict(difference)
        if verdict is Verdict.STOPPED:
            return self.steps or line("stopped")
        parts = self._same(difference) if verdict is Verdict.SAME else self._odd(difference)
        return line(" · ".join(parts))

    def _same(self, difference: Difference) -> Iterator[str]:
        if not difference.same:
            yield f"Same by its steps: {self.steps}"
            yield f"other than recorded: {difference.summary.removeprefix(_DIFFERS)}"
        else:
            yield difference.summary
            if self.steps:
                yield self.steps if self.fine else f"{self.steps}, which rules leave out"
        if self.why:
            yield self.why

    def _odd(self, difference: Difference) -> Iterator[str]:
        if self.why:
            yield self.why
        if self.alone or difference.same:
            yield f"{_DIFFERS}{self.steps}"
            if not difference.same:
                yield f"other than recorded: {difference.summary.removeprefix(_DIFFERS)}"
            return
        yield difference.summary
        if self.steps:
            yield self.steps


def _why(exchange: Exchange) -> str:
    if exchange.problem and exchange.outcome is not Outcome.DONE:
        return exchange.problem.text
    return refusal_of(exchange)


_OF_PEER: Final = frozenset(
    {results.Verdict.DIFFERS, results.Verdict.EXTRA, results.Verdict.MISSING}
)


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
        grounds: What the verdict rests on; None where nothing was performed.
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
    grounds: Grounds | None = None

    def renewed(self, difference: Difference) -> Judged:
        """Judge anew, as other rules leave out other things."""
        if self.grounds is None:
            return self
        verdict = self.grounds.verdict(difference)
        lines = tuple(_first(difference)) if verdict in _TOLD else ()
        return replace(self, verdict=verdict, told=self.grounds.told(difference), lines=lines)

    @property
    def remark(self) -> SafeText:
        """What is told beside the verdict: of what is the same only why it failed, as before."""
        if self.verdict is not Verdict.SAME:
            return self.told
        return self.grounds.why if self.grounds else _NOTHING


def judge(number: int, before: Summary, done: Replay) -> Judged:
    """Judge a replay that was performed, to whatever end."""
    exchange = done.entry.exchange
    return Judged(
        number,
        before,
        done.verdict,
        done.told,
        done.entry.id,
        exchange.response.status if exchange.response else 0,
        exchange.timing.total,
        tuple(_first(done.difference)) if done.verdict in _TOLD else (),
        done.withheld,
        done.grounds,
    )


def refused(number: int, before: Summary, error: SondeError) -> Judged:
    """Judge what could not be performed at all."""
    return Judged(number, before, Verdict.FAILED, line(f"{error.message} {error.advice}".strip()))


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
