"""Entries on their way to the writing thread, which takes all that wait at once.

They share one wait for the disk, and their callers are woken together.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Final

from .entry import Entry

# So many are written at once when they come faster than the disk takes them one by one.
_MOST: Final = 64


class Together:
    """A queue from the event loop to the writing thread.

    Args:
        keep: Keeps entries, in the writing thread; returns them in the same order.
    """

    def __init__(self, keep: Callable[[Sequence[Entry]], Sequence[Entry]]) -> None:
        self._keep = keep
        self._coming: deque[tuple[Entry, asyncio.Future[Entry]]] = deque()
        self._asked = False

    def put(self, entry: Entry) -> tuple[asyncio.Future[Entry], bool]:
        """Take an entry to be kept.

        Returns:
            What comes to hold the entry as it was kept, and whether the writing thread has to be
            asked for `take`: it is not, when it will come anyway.
        """
        future: asyncio.Future[Entry] = asyncio.get_running_loop().create_future()
        future.add_done_callback(_look_at)
        self._coming.append((entry, future))
        ask, self._asked = not self._asked, True
        return future, ask

    def take(self) -> None:
        """Keep all that wait; in the writing thread."""
        self._asked = False  # first: what comes from here on may be too late, and asks again
        while self._coming:
            some = [self._coming.popleft() for _ in range(min(len(self._coming), _MOST))]
            self._keep_some([entry for entry, _ in some], [future for _, future in some])

    def _keep_some(
        self, entries: Sequence[Entry], futures: Sequence[asyncio.Future[Entry]]
    ) -> None:
        try:
            kept = self._keep(entries)
        except Exception as error:
            _tell(futures, partial(_fail, error))
            raise
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


def _look_at(done: asyncio.Future[Entry]) -> None:
    """Take note of an error whose caller is gone."""
    if not done.cancelled():
        done.exception()
