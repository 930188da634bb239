"""One entry performed again and again: how long it takes, and what changes from one to the next."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from ..difference import compare_apart
from ..model import Outcome
from ..replay_many import Round
from ..safetext import SafeText, line
from ..words import duration
from .durations import Durations, bar
from .verdict import Verdict

if TYPE_CHECKING:
    from ..difference import Difference
    from ..history.entry import Entry
    from ..replay import Replay

# The newest rounds and changes are kept to be looked at; the history has all of them.
KEPT: Final = 1000
# Lines of what changed from one answer to the next.
_LINES: Final = 3
_WIDTH: Final = 160
_BAR: Final = 24


@dataclass(frozen=True, slots=True)
class Lap:
    """One time.

    Attributes:
        number: From 1.
        round: What came of it, beside the entry that is repeated.
        status: Of an HTTP answer; 0 for none.
        differs: What is otherwise than in the entry that is repeated, in short lines.
        since: Number of the time before that it was compared with, too; 0 for none.
        changes: What is otherwise than then, in short lines.
    """

    number: int
    round: Round
    status: int
    differs: tuple[SafeText, ...] = ()
    since: int = 0
    changes: tuple[SafeText, ...] = ()

    @property
    def ended_well(self) -> bool:
        """Whether there was an answer, or a session to its end; what failed as before was none."""
        return not self.round.stopped and self.round.outcome in (Outcome.DONE, Outcome.CUT)


class Repetition:
    """A plan under way.

    Attributes:
        times: How many in all; None until it is stopped.
        every: Seconds from one start to the next; what comes late is not caught up with.
        laps: The newest ones, oldest first.
        done: How many are over.
        same: How many were as in the entry.
        alike: How many of these failed, as the entry did.
        failed: How many failed otherwise.
        changed: How many answers were otherwise than the one before.
        durations: Of those that ended well.
        version: Grows with each change.
    """

    def __init__(
        self,
        once: Callable[[], Awaitable[Replay]],
        times: int | None,
        every: float = 0.0,
        *,
        on_lap: Callable[[Lap], None] | None = None,
    ) -> None:
        self.times = times
        self.every = every
        self.laps: deque[Lap] = deque(maxlen=KEPT)
        self.done = self.same = self.alike = self.failed = self.changed = self.version = 0
        self.durations = Durations()
        self._once = once
        self._on_lap = on_lap or (lambda _: None)
        self._before: Entry | None = None
        self._since = 0  # the number of that
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """Begin no more; who makes them cancels what is under way."""
        self._stop.set()

    @property
    def stopped(self) -> bool:
        """Whether a person ended it."""
        return self._stop.is_set()

    async def run(self) -> None:
        """Perform it as planned; raises what `replay` raises."""
        clock = asyncio.get_running_loop()
        due = clock.time()
        while not self.stopped and self.done != self.times:
            await self._take(await self._once())
            if self.done == self.times:
                return
            due = max(due + self.every, clock.time())
            await self._wait_until(due)

    async def _wait_until(self, due: float) -> None:
        try:
            async with asyncio.timeout_at(due):
                await self._stop.wait()
        except TimeoutError:
            pass

    async def _take(self, replay: Replay) -> None:
        each = Round.of(replay)
        response = replay.entry.exchange.response
        lap = Lap(self.done + 1, each, response.status if response else 0)
        if not each.stopped:
            changes = await self._changes(replay)
            lap = replace(
                lap, differs=_lines(replay.difference), since=self._since, changes=changes
            )
            self._before, self._since = replay.entry, lap.number
        self.done += 1
        self.version += 1
        self.laps.append(lap)
        self._count(lap)
        self._on_lap(lap)

    def _count(self, lap: Lap) -> None:
        self.same += lap.round.same
        self.changed += bool(lap.changes)
        self.alike += lap.round.same and not lap.ended_well
        self.failed += lap.round.verdict is Verdict.FAILED
        if lap.ended_well:
            self.durations.add(lap.round.seconds)

    async def _changes(self, replay: Replay) -> tuple[SafeText, ...]:
        before = self._before
        if before is None:
            return ()
        difference = await compare_apart(
            before.exchange, replay.entry.exchange, ignore=replay.ignored
        )
        return _lines(difference)

    @property
    def summary(self) -> SafeText:
        """One sentence: how many, how they went, how long they took."""
        alike = f" ({self.alike:,} failed as before)" if self.alike else ""
        told = f"{self.same:,} of {self.done:,} the same{alike} · {self.failed:,} failed"
        stopped = " · stopped" if self.stopped and self.done != self.times else ""
        return line(f"{told} · {self.changed:,} changed from one to the next{stopped}")

    @property
    def times_taken(self) -> SafeText:
        """One sentence: the shortest, the median, what 95 of 100 stay below, and the longest."""
        found = self.durations
        named = (
            ("min", found.shortest),
            ("median", found.quantile(0.5)),
            ("p95", found.quantile(0.95)),
            ("max", found.longest),
        )
        return line(" · ".join(f"{name} {duration(seconds)}" for name, seconds in named))

    def histogram(self, width: int = _BAR) -> list[SafeText]:
        """Draw how many took how long, a row each, with numbers."""
        bins = self.durations.histogram()
        most = max((each.count for each in bins), default=0)
        return [
            line(
                f"{duration(each.start):>9} – {duration(each.end):<9} "  # noqa: RUF001 - a range
                f"{bar(each.count, most, width):<{width}} {each.count:,}"
            )
            for each in bins
        ]


def _lines(difference: Difference) -> tuple[SafeText, ...]:
    lines = chain.from_iterable(change.lines() for change in difference.changes)
    return tuple(line(each, limit=_WIDTH) for each in islice(lines, _LINES))
