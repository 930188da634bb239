"""How much goes each way: bytes a second, over the last second."""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple

from .recording.recorder import Recorder

SPAN: Final = 1.0  # seconds
_APART: Final = 0.02  # seconds between two samples at least


class Pace(NamedTuple):
    """Bytes a second."""

    sent: float
    received: float


class Rates:
    """Remembers how much there was a second ago; it is to be asked once a second at least."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._samples = deque([(recorder.elapsed, recorder.sent, recorder.received)])

    def pace(self) -> Pace:
        """Return how much went each way within the last second."""
        recorder, samples = self._recorder, self._samples
        now = recorder.elapsed, recorder.sent, recorder.received
        if now[0] - samples[-1][0] >= _APART:
            samples.append(now)
        while len(samples) > 1 and samples[1][0] <= now[0] - SPAN:
            samples.popleft()
        at, sent, received = samples[0]
        span = max(now[0] - at, SPAN)
        return Pace((now[1] - sent) / span, (now[2] - received) / span)
