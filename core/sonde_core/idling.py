"""A session in which nothing is said for too long."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from .errors import DeadlineError
from .recording.marks import EVENT

if TYPE_CHECKING:
    from .recording.recorder import Recorder
    from .session import Session

_BACK: Final = 64  # moments that are looked at for the last bytes; events may follow those


async def end_when_idle(session: Session, seconds: float) -> None:
    """End a session once no byte came or went for so long; returns when it is over.

    While we hold back the peer, or it takes what is queued, it is not idle.

    Args:
        session: Open.
        seconds: Of silence.
    """
    begun = session.recorder.elapsed
    queued, left = session.queued, seconds
    while not session.state.over:
        try:
            async with asyncio.timeout(left):
                await session.finished()
        except TimeoutError:
            last = max(begun, session.heard_at, last_bytes(session.recorder))
            left = last + seconds - session.recorder.elapsed
            if left > 0:
                continue
            if not session.holds_back and not session.closing and session.queued == queued:
                session.fail(_idle(seconds))
            queued, left = session.queued, seconds


def last_bytes(recorder: Recorder) -> float:
    """Return when the last byte came or went, in seconds since the start; 0 for never."""
    first = max(len(recorder) - _BACK, 0)
    if first >= len(recorder):
        return 0.0
    run = recorder.run(first, with_data=False)
    for at, way in zip(reversed(run.ats), reversed(run.ways), strict=True):
        if way != EVENT:
            return at
    return 0.0 if first == 0 else run.ats[0]


def _idle(seconds: float) -> DeadlineError:
    return DeadlineError(
        f"No byte came or went for {seconds:g} s.",
        hint="Give it a longer idle time-out, or none.",
        phase="wait",
    )
