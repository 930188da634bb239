"""One request on its way: who cancels it, and what is told about it meanwhile."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from time import monotonic
from typing import TYPE_CHECKING, Final

from sonde_core.http_request import HttpRequest
from sonde_core.model import State
from sonde_core.words import duration, size

if TYPE_CHECKING:
    from sonde_core.http.call import Call

FRAME: Final = 1 / 30
# What the answer before shows stays for so long: most answers are there by then.
PATIENCE: Final = 0.06
TICK: Final = 0.2  # without news the clock in the line still goes on
WINDOW: Final = 2.0  # seconds over which the rate is taken

_STAGES: Final = {
    State.NEW: "preparing",
    State.OPEN: "connected",
    State.SENDING: "sending",
    State.WAITING: "waiting for the answer",
    State.TLS: "TLS handshake",
    State.PROXY: "asking the proxy",
}


class Progress:
    """A frozen request and its call, which is there a moment later.

    Attributes:
        request: As it was at the key press.
        call: None until the engine has made it.
        kept: Whether it is recorded, too.
        looked_at: Whether the person was led to the answer.
    """

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.call: Call | None = None
        self.looked_at = False
        self._cancelled = False
        self._begun = monotonic()
        self._over = asyncio.Event()
        self.kept = asyncio.Event()
        self._samples: deque[tuple[float, int]] = deque()

    def start(self, call: Call) -> None:
        """Take the call; a cancellation that came before it reaches it now."""
        self.call = call
        if self._cancelled:
            call.cancel()

    @property
    def over(self) -> bool:
        """Whether it has come to its end."""
        return self._over.is_set()

    def end(self) -> None:
        """Know that nothing more is to come."""
        self._over.set()

    def cancel(self) -> None:
        """End it at once; it is recorded as cancelled."""
        self._cancelled = True
        if self.call is not None:
            self.call.cancel()

    def sends(self, request: HttpRequest) -> bool:
        """Whether just this request is under way; while it is being recorded it is not."""
        ended = self._cancelled or (self.call is not None and self.call.state.over)
        return not ended and request == self.request

    @property
    def late(self) -> bool:
        """Whether it takes longer than most."""
        return monotonic() - self._begun > PATIENCE

    @property
    def answered(self) -> bool:
        """Whether the head of an answer is there."""
        return self.call is not None and self.call.head is not None

    def look(self, *, watched: bool) -> None:
        """Tell whether the person sees it; an open-ended answer is not cut meanwhile."""
        if self.call is not None:
            self.call.watched = watched

    async def lines(self) -> AsyncGenerator[str, None]:
        """Yield a line for the person at each change, 30 times a second at most."""
        call, seen = self.call, -1
        while call is not None and not self.over and not call.state.over:
            yield self._line(call)
            try:
                # An answer is shown at once.
                async with asyncio.timeout(FRAME if self.answered else FRAME / 4):
                    await self._over.wait()
                    return
            except TimeoutError:
                pass
            try:
                async with asyncio.timeout(TICK if self.late else PATIENCE):
                    seen = await call.changed(seen)
            except TimeoutError:
                continue

    def _line(self, call: Call) -> str:
        recorder = call.recorder
        parts = [_STAGES.get(call.state, call.state.value), duration(recorder.elapsed)]
        if recorder.sent > recorder.received:
            parts.append(f"{size(recorder.sent)} sent")
        if recorder.received:
            parts.append(f"{size(recorder.received)} received")
            parts.append(f"{size(self._rate(recorder.elapsed, recorder.received))}/s")
        return " · ".join([*parts, "escape cancels"])

    def _rate(self, now: float, received: int) -> int:
        """Return bytes a second over the last moments."""
        self._samples.append((now, received))
        while now - self._samples[0][0] > WINDOW:
            self._samples.popleft()
        then, before = self._samples[0]
        if len(self._samples) == 1:
            return round(received / max(now, FRAME))
        return round((received - before) / max(now - then, FRAME))
