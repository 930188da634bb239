"""Noting in the history what is under way for longer than a moment, in case it is killed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final, TypeAlias
from weakref import WeakKeyDictionary, ref

from .model import State

if TYPE_CHECKING:
    from .history.history import History
    from .http.call import Call
    from .model import Exchange
    from .session import Session

Live: TypeAlias = "Session | Call"
# What there is to note of one; None for nothing yet.
Tell: TypeAlias = "Callable[[Live], Exchange | None]"

# Seconds. What is over sooner costs no line of its own: most requests are.
AFTER: Final = 0.5
MOST: Final = 64  # that are noted at once


class Beginnings:
    """Watches calls and sessions until they are over.

    Args:
        history: Where they are noted.
        after: Seconds that something has to be under way before it is.
    """

    def __init__(self, history: History, after: float = AFTER) -> None:
        self._history = history
        self._after = after
        self._ids: WeakKeyDictionary[Live, str] = WeakKeyDictionary()
        self._timers: WeakKeyDictionary[Live, asyncio.TimerHandle] = WeakKeyDictionary()
        # To be noted together: many clients of a listener may come at once.
        self._due: dict[Live, tuple[str, Tell | None]] = {}
        self._noting: asyncio.Task[None] | None = None

    def watch(self, live: Live, replay_of: str = "", tell: Tell | None = None) -> None:
        """Note it once it was under way for a while.

        Args:
            live: What may be killed; it may be watched again once `over` was asked.
            replay_of: What it is a replay of.
            tell: Tells what is to be noted of it; where that is nothing yet it is asked again.
        """
        loop = asyncio.get_running_loop()
        self._timers[live] = loop.call_later(self._after, self._note, ref(live), replay_of, tell)

    def over(self, live: Live) -> str:
        """Stop watching; returns the id that its entry must have, empty for any."""
        if timer := self._timers.pop(live, None):
            timer.cancel()
        self._due.pop(live, None)
        return self._ids.pop(live, "")

    def _note(self, weak: ref[Live], replay_of: str, tell: Tell | None) -> None:
        if (live := weak()) is None:
            return
        if live.state is State.NEW:  # it was not even begun
            self.watch(live, replay_of, tell)
            return
        self._due[live] = replay_of, tell
        if self._noting is None or self._noting.done():
            # Held here. Their entries are written behind it, by the same thread: nobody needs to
            # wait, and none of those who are under way may cancel what is noted of the others.
            self._noting = asyncio.create_task(self._note_due())

    async def _note_due(self) -> None:
        while self._due:
            some = [(live, *self._due.pop(live)) for live in list(self._due)[:MOST]]
            if noted := list(self._begun(some)):
                # No id is known before this: what ends meanwhile is not written ahead of it.
                await self._history.begin_all(noted)

    def _begun(
        self, some: Iterable[tuple[Live, str, Tell | None]]
    ) -> Iterator[tuple[Exchange, str, str]]:
        from .history.identity import new_id

        for live, replay_of, tell in some:
            exchange = tell(live) if tell else live.exchange()
            if exchange is None:
                self.watch(live, replay_of, tell)
            elif not live.state.over:
                identity = self._ids[live] = new_id()
                yield exchange, identity, replay_of
