"""Noting in the history what is under way for longer than a moment, in case it is killed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary, ref

from .model import State

if TYPE_CHECKING:
    from .history.history import History
    from .http.call import Call
    from .session import Session

# Seconds. What is over sooner costs no line of its own: most requests are.
AFTER: Final = 0.5


class Beginnings:
    """Watches calls and sessions until they are over.

    Args:
        history: Where they are noted.
        after: Seconds that something has to be under way before it is.
    """

    def __init__(self, history: History, after: float = AFTER) -> None:
        self._history = history
        self._after = after
        self._ids: WeakKeyDictionary[Session | Call, str] = WeakKeyDictionary()
        self._timers: WeakKeyDictionary[Session | Call, asyncio.TimerHandle] = WeakKeyDictionary()
        self._noting: set[asyncio.Task[None]] = set()

    def watch(self, live: Session | Call, replay_of: str = "") -> None:
        """Note it once it was under way for a while."""
        loop = asyncio.get_running_loop()
        self._timers[live] = loop.call_later(self._after, self._note, ref(live), replay_of)

    def over(self, live: Session | Call) -> str:
        """Stop watching; returns the id that its entry must have, empty for any."""
        if timer := self._timers.pop(live, None):
            timer.cancel()
        return self._ids.pop(live, "")

    def _note(self, weak: ref[Session | Call], replay_of: str) -> None:
        if (live := weak()) is None:
            return
        if live.state is State.NEW:  # it was not even begun
            self.watch(live, replay_of)
            return
        from .history.identity import new_id

        identity = self._ids[live] = new_id()
        # The entry is written behind it, by the same thread: nobody needs to wait for this.
        task = asyncio.create_task(self._history.begin(live.exchange(), identity, replay_of))
        self._noting.add(task)
        task.add_done_callback(self._noting.discard)
