"""The limits of a history, kept by itself while entries come; what goes is counted and told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from .writer import Writer

if TYPE_CHECKING:
    from ..settings import Limits


class Expiry:
    """Has what is beyond the limits deleted in the writing thread; for one event loop.

    Args:
        limits: Those that a person has set.
        keep: Deletes what is beyond them; returns how many entries went.
        writer: The thread in which that is done.
        changed: Called in the event loop's thread once it is done.

    Attributes:
        expired: How many entries went so far.
        on_expired: Told in the event loop's thread how many did each time, if any.
    """

    def __init__(
        self,
        limits: Limits | None,
        keep: Callable[[], int],
        writer: Writer,
        changed: Callable[[], None],
    ) -> None:
        self.expired = 0
        self.on_expired: list[Callable[[int], None]] = []
        self._limits = limits
        self._keep = keep
        self._writer = writer
        self._changed = changed
        self._under_way = 0

    @property
    def limited(self) -> bool:
        """Whether the person has set limits."""
        return self._limits is not None and self._limits.keep.any

    async def keep_limits(self) -> int:
        """Delete for good what is beyond the limits of age, number and size; returns how many.

        A cancelled caller does not cut it short, and what goes is told all the same.
        """
        return await asyncio.shield(self._begin())

    def look(self) -> None:
        """Begin to do so after an entry came, and wait for nothing."""
        if self.limited and not self._under_way and self._writer.running:
            self._begin()

    def _begin(self) -> asyncio.Future[int]:
        self._under_way += 1
        asked = self._writer.ask(self._keep)
        asked.add_done_callback(self._end)  # before any caller is woken
        return asked

    def _end(self, done: asyncio.Future[int]) -> None:
        self._under_way -= 1
        if done.cancelled() or done.exception():
            return
        self._changed()
        gone = done.result()
        self.expired += gone
        for tell in list(self.on_expired) if gone else ():
            tell(gone)
