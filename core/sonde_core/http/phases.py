"""Seconds by phase, as an exchange goes through them; redirects go through them again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ..model import State, Timing

_PHASES: Final = {
    State.RESOLVING: "resolve",
    State.CONNECTING: "connect",
    State.TLS: "tls",
    State.SENDING: "request",
    State.WAITING: "wait",
    State.RECEIVING: "receive",
}


class Phases:
    """Measures how long each phase took; one that comes again is added up."""

    def __init__(self, elapsed: Callable[[], float]) -> None:
        """Begin; `elapsed` gives the seconds since the exchange's start."""
        self.current = ""
        self._elapsed = elapsed
        self._since = 0.0
        self._spent: dict[str, float] = {}
        self._total: float | None = None

    def enter(self, state: State) -> None:
        """End the phase that runs and begin the one of a state, if it has one."""
        now = self._elapsed()
        if self.current:
            self._spent[self.current] = self._spent.get(self.current, 0.0) + now - self._since
        self.current = _PHASES.get(state, "")
        self._since = now

    def end(self) -> None:
        """Stop the clock; the phase that did not end is left out if nothing of it was measured."""
        self.enter(State.CLOSED)
        self._total = self._elapsed()

    def timing(self) -> Timing:
        """Return what was measured so far."""
        total = self._elapsed() if self._total is None else self._total
        return Timing(**self._spent, total=total)
