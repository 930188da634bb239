"""Steps performed for a screen: once, several times, or into a session that is open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from sonde_core.history.entry import Entry
from sonde_core.live import Live, cancel
from sonde_core.model import Exchange
from sonde_core.repeat import Pace
from sonde_core.replay import Changes, Replay, replay, replay_into
from sonde_core.replay_many import Round, Series, replay_many
from sonde_core.safetext import SafeText, line
from sonde_core.script.perform import Performance
from sonde_core.script.results import StepResult, summary
from sonde_core.session import Session

from .services import Services

# Results of rounds that are kept to be looked at, counted in steps; those after it keep a line.
_KEPT: Final = 100_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be performed.

    Attributes:
        entry: The recording.
        into: A session that is open; None for a new one.
    """

    entry: Entry
    changes: Changes
    pace: Pace = "fast"
    times: int = 1
    into: Session | None = None


@dataclass(slots=True)
class Work:
    """A plan under way, and what came of it.

    Attributes:
        performance: The steps under way, or those that were last.
        rounds: What came of each time.
        results: The steps of each time, as far as they are kept.
        last: What the last time brought; None when it was performed into an open session.
        odd: Steps under way that are not as expected by now.
        on_recorded: Told of each new entry.
    """

    services: Services
    plan: Plan
    performance: Performance | None = None
    rounds: list[Round] = field(default_factory=list)
    results: list[tuple[StepResult, ...]] = field(default_factory=list)
    last: Replay | None = None
    odd: set[int] = field(default_factory=set)
    on_recorded: Callable[[Entry], object] = lambda _: None
    _live: Live | None = None
    _stopping: bool = False
    _kept: int = 0

    async def run(self) -> None:
        """Perform all of it; raises what `replay` raises."""
        plan = self.plan
        if plan.into is not None:
            await replay_into(
                plan.into,
                plan.entry,
                timing=plan.pace,
                on_performance=self._watch,
                changes=plan.changes,
                ask=self.services.exchanger.ask,
            )
            return
        await replay_many(
            plan.times, self._once, on_replay=self._done, stopped=lambda: self._stopping
        )

    def stop(self) -> None:
        """End what is under way, which is recorded all the same, and begin nothing more."""
        self._stopping = True
        if self.performance is not None:
            self.performance.stop()
        cancel(self._live)

    @property
    def stopped(self) -> bool:
        """Whether it was stopped."""
        return self._stopping

    def results_of(self, number: int) -> tuple[StepResult, ...]:
        """Return the steps of one time, from 0; those under way behind the last one."""
        if number < len(self.results):
            return self.results[number]
        if number >= len(self.rounds) and self.performance is not None:
            return tuple(self.performance.results)
        return ()

    def exchange_of(self) -> Exchange | None:
        """Return the record of the time under way, or of the last one, to see what came."""
        session = self.plan.into or self._live
        if isinstance(session, Session):
            return session.exchange()
        return self.last.entry.exchange if self.last is not None else None

    @property
    def told(self) -> SafeText:
        """How it went, in one sentence."""
        if self.plan.times > 1:
            return Series(tuple(self.rounds)).summary
        if self.last is not None:
            return self.last.told
        return line(summary(self.performance.results) if self.performance is not None else "")

    async def _once(self) -> Replay:
        plan = self.plan
        return await replay(
            self.services.exchanger,
            plan.entry,
            timing=plan.pace,
            on_live=self._watch_live,
            on_performance=self._watch,
            changes=plan.changes,
        )

    def _watch_live(self, live: Live) -> None:
        self._live = live
        if self._stopping:
            self.stop()

    def _watch(self, performance: Performance) -> None:
        self.performance = performance
        if self._stopping:
            performance.stop()
        self.odd = set()
        performance.on_result = self._count

    def _count(self, index: int, result: StepResult) -> None:
        if result.verdict.odd:
            self.odd.add(index)
        else:
            self.odd.discard(index)

    def _done(self, _: int, done: Replay) -> None:
        self.last = done
        self.rounds.append(Round.of(done))
        self._kept += len(done.steps)
        self.results.append(done.steps if self._kept <= _KEPT else ())
        self.on_recorded(done.entry)
