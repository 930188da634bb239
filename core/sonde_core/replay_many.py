"""An entry performed again several times: what came of each, and how they compare."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import median

from .model import Outcome
from .replay import Replay
from .replaying.verdict import Verdict
from .safetext import SafeText, line
from .words import duration


@dataclass(frozen=True, slots=True)
class Round:
    """One of several replays; its entry is in the history.

    Attributes:
        entry: Its id.
        verdict: How it went; what a person stopped counts neither as the same nor for the times.
        seconds: In all.
        told: The verdict and what it rests on, in one sentence.
    """

    entry: str
    outcome: Outcome
    verdict: Verdict
    seconds: float
    told: SafeText

    @property
    def same(self) -> bool:
        return self.verdict is Verdict.SAME

    @property
    def stopped(self) -> bool:
        return self.verdict is Verdict.STOPPED

    @classmethod
    def of(cls, replay: Replay) -> Round:
        exchange = replay.entry.exchange
        total = exchange.timing.total
        return cls(replay.entry.id, exchange.outcome, replay.verdict, total, replay.told)


@dataclass(frozen=True, slots=True)
class Series:
    """Several replays of one entry, in their order; small, whatever was said in them."""

    rounds: tuple[Round, ...] = ()

    @property
    def whole(self) -> tuple[Round, ...]:
        """Those that nobody stopped."""
        return tuple(each for each in self.rounds if not each.stopped)

    @property
    def same(self) -> int:
        """How many went as they were expected to."""
        return sum(each.same for each in self.rounds)

    @property
    def seconds(self) -> tuple[float, float, float]:
        """The shortest, the median and the longest time of whole ones; zeros if there are none."""
        times = [each.seconds for each in self.whole] or [0.0]
        return min(times), median(times), max(times)

    @property
    def summary(self) -> SafeText:
        """One sentence."""
        shortest, middle, longest = map(duration, self.seconds)
        many = len(self.whole)
        cut = "stopped" if many < len(self.rounds) else ""
        if not many and cut:
            return line(cut)
        rest = f" · one {cut}" if cut else ""
        return line(
            f"{self.same} of {many} the same · {shortest} at least, {middle} median,"
            f" {longest} at most{rest}"
        )


async def replay_many(
    times: int,
    once: Callable[[], Awaitable[Replay]],
    *,
    on_replay: Callable[[int, Replay], None] | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Series:
    """Perform a replay again and again, one after the other.

    Args:
        times: How many.
        once: Performs it, with `replay`.
        on_replay: Told of each with its number from 1, and only it holds on to it.
        stopped: Tells whether no more are wanted.
    """
    rounds: list[Round] = []
    for number in range(1, times + 1):
        if stopped():
            break
        done = await once()
        rounds.append(Round.of(done))
        if on_replay:
            on_replay(number, done)
    return Series(tuple(rounds))
