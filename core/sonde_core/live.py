"""What is under way: a state that only moves forward, a record, and a way to wait for more."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final, Protocol, runtime_checkable

from .clock import Clock, SystemClock
from .history.troubles import words
from .model import Direction, EventKind, State
from .recording.recorder import Recorder
from .settings import Limits
from .steps import MessageKind

_ORDER: Final = {state: rank for rank, state in enumerate(State)}


class Live:
    """One exchange under way.

    A watcher calls `changed` in a loop and looks at the record; it is told at once, and it alone
    decides how often it draws. What it has not looked at counts as waiting: a `Session` pauses
    reading above `Limits.queue`.

    Attributes:
        started: Wall time, UTC.
        state: Where it stands.
        recorder: What happened so far.
        version: Grows with each change.
    """

    def __init__(self, clock: Clock | None = None, limits: Limits | None = None) -> None:
        self.clock = clock or SystemClock()
        self.limits = limits or Limits()
        self.started: datetime = self.clock.now()
        self.recorder = Recorder(self.clock, self.limits)
        self.state = State.NEW
        self.version = 0
        self._waiters: set[asyncio.Future[None]] = set()
        self._record_failed = False

    def log(self, kind: EventKind, text: str, **facts: str) -> None:
        """Write an event into the record."""
        self.recorder.event(kind, text, **facts)
        self._touch()

    def note(self, text: str) -> None:
        """Write a remark into the record."""
        self.log(EventKind.NOTE, text)

    def _chunk(
        self, direction: Direction, data: bytes, kind: MessageKind = MessageKind.NONE
    ) -> None:
        """Record bytes; a record that cannot be kept is told once and ends nothing."""
        try:
            self.recorder.chunk(direction, data, kind)
        except OSError as error:
            if not self._record_failed:
                self._record_failed = True
                self.log(EventKind.ERROR, f"part of the record is not kept: {words(error)}")

    async def changed(self, seen: int) -> int:
        """Wait until `version` differs from `seen`; return it at once when all is over."""
        self._looked()
        await self._news(seen)
        self._looked()
        return self.version

    async def _news(self, seen: int) -> None:
        """Wait like `changed`, without counting as somebody who looks."""
        while self.version == seen and not self.state.over:
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.add(waiter)
            try:
                await waiter
            finally:
                self._waiters.discard(waiter)

    def _advance(self, state: State) -> None:
        """Move forward; a step back is ignored, so late callbacks do no harm."""
        if not self.state.over and _ORDER[state] > _ORDER[self.state]:
            self.state = state
        self._touch()

    def _touch(self) -> None:
        self.version += 1
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    def _looked(self) -> None:
        """A watcher has seen all that is recorded; a session reads on."""


@runtime_checkable
class _Cancellable(Protocol):
    """A call or a session."""

    def cancel(self) -> None:
        """End it at once."""


def cancel(live: Live | None) -> None:
    """End a call or a session at once, if it is one that is under way."""
    if isinstance(live, _Cancellable) and not live.state.over:
        live.cancel()
