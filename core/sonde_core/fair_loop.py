"""An event loop in which hundreds of busy sockets hold up nobody else.

asyncio hears of all sockets that have something at once, and looks at nothing else until each of
them was served. A key takes some fifty turns of the loop from the terminal to the screen, and with
500 clients a turn takes 20 ms and more.
"""

from __future__ import annotations

import asyncio
import selectors
from collections import deque
from typing import Final

AT_ONCE: Final = 16  # sockets that are served in a turn; each costs some 0.07 ms
PASSED: Final = 8  # in a hurry sockets are served once in so many turns in which others wait


class FairSelector(selectors.DefaultSelector):
    """Tells of few sockets at a time, and of all of them before it asks the system again.

    Attributes:
        in_hurry: Whether what waits beside the sockets is more urgent than they are.
    """

    def __init__(self) -> None:
        super().__init__()
        self.in_hurry = False
        self._turns = 0
        self._waiting: deque[tuple[selectors.SelectorKey, int]] = deque()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return the next that are ready; may return none before the time is over."""
        if self.in_hurry and timeout == 0:
            self._turns += 1
            if self._turns % PASSED:
                return []
        if not self._waiting:
            found = super().select(timeout)
            if len(found) <= AT_ONCE:
                return found
            self._waiting.extend(found)
        known = self.get_map()
        told: list[tuple[selectors.SelectorKey, int]] = []
        while self._waiting and len(told) < AT_ONCE:
            key, events = self._waiting.popleft()
            # One that is watched otherwise meanwhile, or no more, is found again if need be.
            if known is not None and known.get(key.fd) is key:
                told.append((key, events))
        return told


class FairLoop(asyncio.SelectorEventLoop):
    """An event loop that serves few sockets in a turn."""

    def __init__(self) -> None:
        self._fair = FairSelector()
        super().__init__(self._fair)

    def hurry(self, wanted: bool) -> None:
        """Serve the sockets less often while something else is urgent, until told otherwise."""
        self._fair.in_hurry = wanted


def hurry(wanted: bool) -> None:
    """Tell the running loop, if it is a fair one, whether what is done now is urgent."""
    loop = asyncio.get_running_loop()
    if isinstance(loop, FairLoop):
        loop.hurry(wanted)
