"""Entries performed again, several at a time: each is recorded, compared and judged."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ..comparing.ignoring import NO_RULES, IgnoreRules
from ..errors import SondeError
from ..live import cancel
from ..replay import Changes, replay
from ..secrets import origin_of
from .ahead import Ahead
from .verdict import Counts, Judged, Verdict, judge, refused

if TYPE_CHECKING:
    from ..difference import Difference
    from ..exchange import Exchanger
    from ..history.entry import Entry
    from ..history.summary import Summary
    from ..left_out import LeftOut
    from ..live import Live
    from ..repeat import Pace

# As many at a time as a browser opens to one server, and some.
JOBS: Final = 10
MOST_JOBS: Final = 256
# Of what is over so much may wait to be recorded and compared, as a multiple of the jobs.
_BEHIND: Final = 4


@dataclass(frozen=True, slots=True)
class Manner:
    """How entries are performed again.

    Attributes:
        jobs: So many at a time.
        changes: What is to be otherwise; for each of them.
        ignore: What the comparison leaves out.
        timing: The pace of sessions.
        fail_fast: Begin no more once one differs or fails.
        reveal: Show secrets in what differs.
    """

    jobs: int = JOBS
    changes: Changes = field(default_factory=Changes)
    ignore: IgnoreRules | Sequence[str] = NO_RULES
    timing: Pace = "fast"
    fail_fast: bool = False
    reveal: bool = False


class Rerun:
    """A test under way. What is kept of each entry is small, whatever was said in it.

    Attributes:
        entries: What is performed, in this order.
        results: What came of each, in the same order; None while it is not over.
        running: Numbers of those under way.
        counts: How many of each verdict.
        withheld: Names of credentials that did not go to another origin.
        version: Grows with each change.
        cancelled: A person ended it.
    """

    def __init__(
        self,
        exchanger: Exchanger,
        entries: Sequence[Summary],
        manner: Manner | None = None,
        *,
        on_result: Callable[[Judged], None] | None = None,
        on_recorded: Callable[[Entry], None] | None = None,
    ) -> None:
        self.entries = entries
        self.results: list[Judged | None] = [None] * len(entries)
        self.running: set[int] = set()
        self.counts = Counts(len(entries))
        self.withheld: set[str] = set()
        self.version = 0
        self.cancelled = False
        self._exchanger = exchanger
        self._manner = manner or Manner()
        self._on_result = on_result or (lambda _: None)
        self._on_recorded = on_recorded or (lambda _: None)
        self._ahead = Ahead(exchanger.history, entries)
        self._next: Iterator[int] = iter(range(len(entries)))
        self._lives: dict[int, Live] = {}
        self._jobs = min(self._manner.jobs, MOST_JOBS)
        self._free = asyncio.Semaphore(self._jobs)
        self._no_more = False
        self._asking = asyncio.Lock()
        self._untold: set[tuple[str, str]] = set()  # servers and names

    @property
    def over(self) -> list[Judged]:
        """Those that are over, in the order of the entries."""
        return [each for each in self.results if each is not None]

    @property
    def given_up(self) -> list[str]:
        """Regular expressions that took too long, and so left nothing out."""
        ignore = self._manner.ignore
        return sorted(ignore.given_up) if isinstance(ignore, IgnoreRules) else []

    async def run(self) -> None:
        """Perform them all, or as many as are begun before it is stopped; they begin in order.

        A cancelled caller cancels what is under way, which is recorded all the same.
        """
        # Half of what may wait is written while the other half comes; but what has to be judged
        # before another one begins is written at once.
        enough = 1 if self._manner.fail_fast else self._jobs * _BEHIND // 2
        with self._exchanger.history.gathering(enough):
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self._jobs * (1 + _BEHIND), len(self.entries))):
                    group.create_task(self._work())

    def renew(self, result: Judged, difference: Difference) -> None:
        """Judge one that is over anew, by what differs under other rules."""
        now = result.renewed(difference)
        self.results[result.number] = now
        self.counts.change(result.verdict, now.verdict)
        self.version += 1

    def cancel(self) -> None:
        """Begin no more, and end what is under way; what came of that is recorded."""
        self._no_more = self.cancelled = True
        for live in self._lives.values():
            cancel(live)

    async def _work(self) -> None:
        while True:
            turn = _Turn(self._free)
            await turn.take()
            try:
                number = next(self._next, None)
                if number is None or self._no_more:
                    return
                self.running.add(number)
                self.version += 1
                self._take(await self._judged(number, turn))
            finally:
                turn.give_back()

    def _take(self, result: Judged) -> None:
        self.results[result.number] = result
        self.running.discard(result.number)
        self._lives.pop(result.number, None)
        self.counts.add(result.verdict)
        self.withheld.update(result.withheld)
        self.version += 1
        if self._manner.fail_fast and result.verdict is not Verdict.SAME:
            self._no_more = True
        self._on_result(result)

    async def _judged(self, number: int, turn: _Turn) -> Judged:
        before, manner = self.entries[number], self._manner
        try:
            entry = await self._ahead.entry(number)
            done = await replay(
                self._exchanger,
                entry,
                timing=manner.timing,
                on_live=lambda live: self._began(number, live),
                # The verdict decides whether another one begins, or how it goes is no matter.
                on_end=None if manner.fail_fast else turn.give_back,
                ignore=manner.ignore,
                changes=manner.changes,
                reveal=manner.reveal,
                facts=False,  # a verdict keeps what differs only
                ask=self._ask if self._exchanger.ask else None,
            )
        except SondeError as error:
            return refused(number, before, error)
        self._on_recorded(done.entry)
        return judge(number, before, done)

    async def _ask(self, entry: Entry, missing: Sequence[LeftOut]) -> Mapping[str, bytes]:
        """Ask for secrets, but never again for what was not told: there may be many entries."""
        server, ask = origin_of(entry.exchange.target), self._exchanger.ask
        wanted = {(server, each.name) for each in missing}
        async with self._asking:
            if ask is None or wanted & self._untold:
                return {}
            found = await ask(entry, missing)
            if len(found) < len(missing):
                self._untold |= wanted
            return found

    def _began(self, number: int, live: Live) -> None:
        self._lives[number] = live
        if self.cancelled:
            cancel(live)


class _Turn:
    """The right to have something under way; it is given back once, when that is over."""

    def __init__(self, free: asyncio.Semaphore) -> None:
        self._free = free
        self._held = False

    async def take(self) -> None:
        """Wait for it."""
        await self._free.acquire()
        self._held = True

    def give_back(self) -> None:
        """Let another one begin."""
        if self._held:
            self._held = False
            self._free.release()


def in_order(entries: Sequence[Summary]) -> tuple[list[Summary], int]:
    """Return what was chosen together as it came, oldest first, and how many are left out.

    Those are replays of others among them: a test that is run again is to test the same.

    Args:
        entries: Newest first, as the history and its filters give them.
    """
    chosen = {each.id for each in entries}
    kept = [each for each in reversed(entries) if each.replay_of not in chosen]
    return kept, len(entries) - len(kept)
