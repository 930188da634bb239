"""The readable form of a body, made off the event loop while it arrives."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Final

from ..body import EMPTY, Body
from .work import Work, wanted

# Seconds between two looks at what is new.
INTERVAL: Final = 0.05
# So many bytes are shaped at once; fewer may wait for others.
_ENOUGH: Final = 1 << 17
# Seconds in which others may have the interpreter, after each slice.
_PAUSE: Final = 0.00005
# So much of the time of a slice the interpreter is left to others after it.
_REST: Final = 0.5


class Shaping:
    """Makes the readable form of one body, in a thread.

    Attributes:
        shaped: What is made so far, in UTF-8; each later one begins with the same bytes. Its
            digest is not known.
        read: Bytes of the body that `shaped` stands for.
        done: Nothing more will come.
        failed: The body cannot be shaped and is to be shown as received; `note` says why.
        note: One sentence, or two; may hold text of the body; may be empty.
        hint: What to do about it; may be empty.
    """

    def __init__(self, body: Body, *, arriving: bool, charset: str = "") -> None:
        """Begin; `run` does the work.

        Args:
            body: What has come so far.
            arriving: Whether more is to come: see `grow`.
            charset: What a person chose; empty to go by the body.
        """
        self.shaped: Body = EMPTY
        self.read = 0
        self.done = False
        self.failed = False
        self.note = ""
        self.hint = ""
        self._given = (body, arriving)
        self._work = Work(charset)
        self._stopped = False
        self._grown = asyncio.Event()
        self._enough = asyncio.Event()
        self._news = asyncio.Event()
        self._over = asyncio.Event()
        self._looked = 0.0

    @staticmethod
    def wanted(body: Body, charset: str = "") -> bool:
        """Whether a body has a readable form other than its text as received.

        Raises:
            BodyError: The bytes cannot be read.
        """
        return wanted(body, charset)

    def grow(self, body: Body, *, arriving: bool) -> None:
        """Take a later state of the same body, which begins with the same bytes."""
        self._given = (body, arriving)
        self._grown.set()
        if not arriving or body.stored - self._work.read >= _ENOUGH:
            self._enough.set()

    async def run(self) -> None:
        """Work until the end; cancelling stops it, and what is shaped stays."""
        loop = asyncio.get_running_loop()
        try:
            while not self._work.done:
                self._grown.clear()
                self._enough.clear()
                await asyncio.to_thread(self._drive, loop)
                self._tell()
                if not self._work.done:
                    await self._more()
        finally:
            self._stopped = self.done = True
            self._news.set()
            self._over.set()

    async def changed(self) -> None:
        """Wait for news, at most about 20 times a second; at once when all is done."""
        if self.done:
            return
        await self._news.wait()
        pause = self._looked + INTERVAL - time.monotonic()
        if pause > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._over.wait()
        self._news.clear()
        self._looked = time.monotonic()

    def _drive(self, loop: asyncio.AbstractEventLoop) -> None:
        """Shape what has come; in a thread."""
        told = 0.0
        while not self._stopped:
            body, arriving = self._given
            begun = time.thread_time()
            if not self._work.step(body, arriving=arriving):
                return
            spent = time.thread_time() - begun
            if time.monotonic() - told > INTERVAL:
                told = time.monotonic()
                with suppress(RuntimeError):  # the loop is gone
                    loop.call_soon_threadsafe(self._tell)
            time.sleep(max(_PAUSE, spent * _REST))

    def _tell(self) -> None:
        work = self._work
        if self._stopped:
            return
        self.failed, self.note, self.hint = work.failed, work.note, work.hint
        self.read, self.shaped = work.made
        self.done = work.done
        self._news.set()

    async def _more(self) -> None:
        """Wait for enough to go on with."""
        await self._grown.wait()
        with suppress(TimeoutError):
            async with asyncio.timeout(INTERVAL):
                await self._enough.wait()
