"""Keys that are typed quickly, obeyed one after another."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Final, TypeAlias

from textual import events
from textual.app import App
from textual.dom import DOMNode
from textual.timer import Timer

from sonde_core.fair_loop import hurry

# A key is obeyed by a widget or an action, which tells by a message, whose receiver tells another.
LAPS: Final = 3
# Seconds that a key may take before the next one is handed on all the same.
PATIENCE: Final = 2.0

Obey: TypeAlias = Callable[[events.Event], Awaitable[None]]


class KeyOrder:
    """Hands on a key, or a paste, once the one before it has been obeyed.

    Textual gives a key to the widget that has the focus when the key arrives; a key before it,
    still on its way up from there, may be about to move the focus. `tab` and `x` typed together
    would write into the field that was left. So a callback follows each key through the same
    queues, from the widget up to the app, and the next key waits for it. Sockets are less urgent
    meanwhile.
    """

    def __init__(self, app: App[int], *, patience: float = PATIENCE) -> None:
        self._app = app
        self._patience = patience
        self._waiting: deque[tuple[events.Event, Obey]] = deque()
        self._under_way = False
        self._holds = 0
        self._waits: Timer | None = None
        self._since = 0.0

    @property
    def idle(self) -> bool:
        """Whether every key that came has been obeyed."""
        return not self._under_way

    async def take(self, event: events.Event, obey: Obey) -> None:
        """Let the app obey an event, or keep it until its turn comes."""
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await obey(event)
            return
        self._waiting.append((event, obey))
        if not self._under_way or monotonic() - self._since > self._patience:
            await self._next()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep the next key while what it is meant for is being made, in a worker of its own.

        Not beyond the patience: what takes long can be left by a key.
        """
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1
            if not self._holds:
                self._app.call_later(self._let_go)

    def _let_go(self) -> None:
        """Go on with what is there now, which is to have the next key."""
        if not self._holds and self._end_wait():
            self._follow(_Follower(self._target, LAPS))

    def _end_wait(self) -> bool:
        """End the wait for what is being made; False when there is none."""
        waiting, self._waits = self._waits, None
        if waiting is not None:
            waiting.stop()
        return waiting is not None

    async def _next(self) -> None:
        self._end_wait()
        self._under_way = bool(self._waiting)
        hurry(self._under_way)
        if not self._waiting:
            return
        event, obey = self._waiting.popleft()
        self._since = monotonic()
        target = self._target
        written = isinstance(event, events.Key) and target.check_consume_key(
            event.key, event.character
        )
        await obey(event)
        # What is written goes no further than the widget.
        self._follow(_Follower(target, 1 if written else LAPS))

    @property
    def _target(self) -> DOMNode:
        return self._app.focused or self._app.screen

    def _follow(self, follower: _Follower) -> None:
        """Queue up behind the key, at this node or the next one above that is still there."""
        if follower.callback is None:
            follower.callback = partial(self._passed, follower)
        while follower.node is not None and follower.node is not self._app:
            if follower.node.post_message(events.Callback(follower.callback)):
                return
            follower.node = follower.node.parent
        self._app.call_later(self._arrived, follower)

    def _passed(self, follower: _Follower) -> None:
        follower.node = follower.node.parent if follower.node is not None else None
        self._follow(follower)

    async def _arrived(self, follower: _Follower) -> None:
        follower.laps -= 1
        if follower.laps:
            follower.node = self._target
            self._follow(follower)
        elif self._holds:
            self._end_wait()
            left = self._patience - (monotonic() - self._since)
            self._waits = self._app.set_timer(max(left, 0.001), self._next)
        else:
            await self._next()


@dataclass(slots=True)
class _Follower:
    """What goes the way of one key.

    Attributes:
        node: Where it is.
        laps: How many times it still goes.
        callback: Called at each node; always the same one, for Textual looks up the parameters of
            each that it meets first, which takes longer than all the rest.
    """

    node: DOMNode | None
    laps: int
    callback: Callable[[], None] | None = None


def held(node: DOMNode) -> AbstractContextManager[None]:
    """Keep the keys that are typed ahead of what is being made, where the app has an order."""
    order = getattr(node.app, "key_order", None)
    return order.held() if isinstance(order, KeyOrder) else nullcontext()
