"""Entries on their way to the writing thread, which takes all that wait at once.

They share one wait for the disk, and their callers are woken together.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Final

from .entry import Entry
from .writer import note_error

# So many are written at once when they come faster than the disk takes them one by one.
MOST: Final = 64
# Seconds that an entry waits for others where many come.
PATIENCE: Final = 0.01


class Together:
    """A queue from the event loop to the writing thread.

    Args:
        keep: Keeps entries, in the writing thread; returns them in the same order.
        ask: Has the writing thread make a call.
    """

    def __init__(
        self,
        keep: Callable[[Sequence[Entry]], Sequence[Entry]],
        ask: Callable[[Callable[[], None]], object],
    ) -> None:
        self._keep = keep
        self._ask = ask
        self._coming: deque[tuple[Entry, asyncio.Future[Entry]]] = deque()
        self._asked = False
        self._wanted: list[int] = []
        self._enough = 1
        self._timer: asyncio.TimerHandle | None = None

    def put(self, entry: Entry) -> asyncio.Future[Entry]:
        """Take an entry to be kept; returns what comes to hold it as it was kept."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Entry] = loop.create_future()
        future.add_done_callback(note_error)
        self._coming.append((entry, future))
        if len(self._coming) >= self._enough:
            self.hurry()
        elif self._timer is None:
            self._timer = loop.call_later(PATIENCE, self.hurry)
        return future

    def hurry(self) -> None:
        """Have all that wait kept now, unless they will be anyway."""
        timer, self._timer = self._timer, None
        if timer:
            timer.cancel()
        if self._coming and not self._asked:
            self._asked = True
            self._ask(self.take)

    @contextmanager
    def gathering(self, enough: int) -> Iterator[None]:
        """Let what comes meanwhile wait until so many wait, for a moment at most.

        Each call of the writing thread takes the interpreter from the event loop many times, for
        one entry as for many.
        """
        enough = max(1, min(enough, MOST))
        self._wanted.append(enough)
        self._enough = min(self._wanted)
        try:
            yield
        finally:
            self._wanted.remove(enough)
            self._enough = min(self._wanted, default=1)
            self.hurry()

    def take(self) -> None:
        """Keep all that wait; in the writing thread."""
        self._asked = False  # first: what comes from here on may be too late, and asks again
        waiting = len(self._coming)
        while waiting:
            some = [self._coming.popleft() for _ in range(min(waiting, MOST))]
            self._keep_some([entry for entry, _ in some], [future for _, future in some])
            waiting -= len(some)
            if not waiting and len(self._coming) >= self._enough:
                waiting = len(self._coming)

    def _keep_some(
        self, entries: Sequence[Entry], futures: Sequence[asyncio.Future[Entry]]
    ) -> None:
        try:
            kept = self._keep(entries)
        except Exception as error:  # noqa: BLE001 - a bug: who waits hears of it, and others go on
            _tell(futures, partial(_fail, error))
        else:
            _tell(futures, lambda future, place: future.set_result(kept[place]))


def _tell(
    futures: Sequence[asyncio.Future[Entry]],
    settle: Callable[[asyncio.Future[Entry], int], None],
) -> None:
    """Have futures settled by their loop, unless it is closed: then nobody waits any more."""

    def settle_all() -> None:
        for place, future in enumerate(futures):
            if not future.done():
                settle(future, place)

    with suppress(RuntimeError):
        futures[0].get_loop().call_soon_threadsafe(settle_all)


def _fail(error: Exception, future: asyncio.Future[Entry], _: int) -> None:
    future.set_exception(error)
