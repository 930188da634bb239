"""Send over a session as fast as its peer takes it, and give up on one that takes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Final

from sonde_core.errors import DeadlineError
from sonde_core.words import size

if TYPE_CHECKING:
    from sonde_core.session import Session

    from .printing import Printer

# Seconds without progress after which a peer that takes nothing is given up.
PATIENCE: Final = 30.0
_GLANCE: Final = 0.05


class Pusher:
    """Sends what is to be sent.

    Attributes:
        promised: More is going to be sent, whatever comes.
    """

    def __init__(
        self, session: Session, printer: Printer, *, promised: bool, patience: float
    ) -> None:
        self.promised = promised
        self._session = session
        self._printer = printer
        self._patience = patience
        self._sending = False

    @property
    def pending(self) -> bool:
        """Whether something that was to be sent has not left yet."""
        return self.promised or self._sending or self._session.queued > 0

    async def send(self, data: bytes) -> None:
        """Send, once there is room to print what comes back.

        Raises:
            DeadlineError: The peer took nothing for too long.
            SondeError: The session is over.
        """
        self._sending = True
        await self._printer.room()
        await self._patiently(self._session.send(data))
        self._sending = False

    async def finish(self) -> None:
        """Wait until all that was sent has left; raises like `send`."""
        if self._session.queued:
            await self._patiently(self._emptied())
        self.promised = False

    async def _emptied(self) -> None:
        while self._session.queued:  # noqa: ASYNC110 - nothing tells when a queue is empty
            await asyncio.sleep(_GLANCE)

    async def _patiently(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.ensure_future(work)
        time = asyncio.get_running_loop().time
        seen, since = self.progress, time()
        try:
            while not task.done():
                await asyncio.wait({task}, timeout=_GLANCE)
                # A peer may wait for us to read on, and we for our own reader.
                if self.progress != seen or self._printer.printing:
                    seen, since = self.progress, time()
                elif time() - since >= self._patience:
                    raise self._stuck()
        finally:
            task.cancel()
            await asyncio.wait({task})
            failed = None if task.cancelled() else task.exception()
        if failed:
            raise failed

    @property
    def progress(self) -> tuple[int, int]:
        """What changes whenever the peer takes something."""
        return self._session.recorder.sent, self._session.queued

    def _stuck(self) -> DeadlineError:
        return DeadlineError(
            f"{self._session.peer} took nothing of what is sent for {self._patience:g} s;"
            f" {size(self._session.queued)} wait here.",
            hint="It may not read; --timeout gives it more time.",
            phase="send",
        )
