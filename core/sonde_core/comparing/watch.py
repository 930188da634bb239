"""What a comparison asks while it works: whether to go on, and whom to tell how far it is."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from ..errors import SondeError

# A comparison of two bodies ends after so many seconds, with what it has found.
SECONDS: Final = 20.0


class StoppedError(SondeError):
    """Somebody did not want to know any more."""

    def __init__(self) -> None:
        super().__init__("The comparison was stopped.")


class Watch:
    """Belongs to one comparison; may be stopped from any thread."""

    def __init__(
        self,
        *,
        on_progress: Callable[[str], None] | None = None,
        on_pattern: Callable[[int | None], None] | None = None,
        seconds: float | None = None,
    ) -> None:
        """Begin.

        Args:
            on_progress: Told in a few words how far it is; called in the thread that compares.
            on_pattern: Told which regular expression is tried next; None when all are done.
            seconds: When it is to end with what it has found; None for never.
        """
        self._on_progress = on_progress
        self._on_pattern = on_pattern
        self._seconds = seconds
        self._end = None if seconds is None else time.monotonic() + seconds
        self._stopped = threading.Event()
        self._told = ""

    def stop(self) -> None:
        """End it at once: it raises `StoppedError`."""
        self._stopped.set()

    def wait(self, seconds: float) -> bool:
        """Wait until it is stopped, for so long at most; returns whether it is."""
        return self._stopped.wait(seconds)

    def check(self) -> None:
        """Raise `StoppedError` when it is stopped."""
        if self._stopped.is_set():
            raise StoppedError

    @property
    def late(self) -> bool:
        """Whether its time is over."""
        return self._end is not None and time.monotonic() > self._end

    @property
    def limit(self) -> str:
        """The time it has, in words."""
        return f"{self._seconds:g} s"

    def tell(self, words: str) -> None:
        """Tell how far it is."""
        if self._on_progress is not None and words != self._told:
            self._told = words
            self._on_progress(words)

    def tries(self, pattern: int | None) -> None:
        """Tell which regular expression is tried next, by its number; None when all are done."""
        if self._on_pattern is not None:
            self._on_pattern(pattern)
