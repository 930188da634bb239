"""The one thread in which a history writes: what is asked for is done in that order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class Writer:
    """Makes calls one after the other; for one event loop.

    The thread begins with the first call, and with the first one after `stop`.
    """

    def __init__(self) -> None:
        self._thread: ThreadPoolExecutor | None = None

    @property
    def running(self) -> bool:
        """Whether the thread has begun, and was not stopped."""
        return self._thread is not None

    def ask(self, call: Callable[[], T]) -> asyncio.Future[T]:
        """Have a call made, after those that were asked for before.

        Who may be cancelled shields what this returns: cancelled itself, it takes back a call that
        has not begun.
        """
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="history")
        asked = asyncio.get_running_loop().run_in_executor(self._thread, call)
        asked.add_done_callback(note_error)
        return asked

    def stop(self) -> None:
        """Let the thread end once it has done what it was asked for; waits for nothing."""
        thread, self._thread = self._thread, None
        if thread:
            thread.shutdown(wait=False)


def note_error(done: asyncio.Future[T]) -> None:
    """Take note of an error whose caller may be gone: nobody else complains of it then."""
    if not done.cancelled():
        done.exception()
