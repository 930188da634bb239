"""Sending to a peer that may take nothing: it is waited for as long as there is progress."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from ..errors import DeadlineError
from ..steps import SendStep
from ..words import size

if TYPE_CHECKING:
    from ..session import Session

# Seconds without progress after which a peer is given up.
STUCK: Final = 30.0
_GLANCE: Final = 0.25


async def send(session: Session, step: SendStep, data: bytes) -> None:
    """Send what a step says, with its templates filled in; a peer that is stuck ends the session.

    Raises:
        SondeError: The session is not open, or broke meanwhile.
    """
    task = asyncio.ensure_future(session.send(data, step.kind))
    try:
        seen, waited = (-1, -1), 0.0
        while not task.done():
            await asyncio.wait({task}, timeout=_GLANCE)
            progress = (session.recorder.sent, session.queued)
            waited = 0.0 if progress != seen else waited + _GLANCE
            seen = progress
            if waited >= STUCK:
                session.fail(_stuck(session))
    finally:
        task.cancel()
        await asyncio.wait({task})
    task.result()


def _stuck(session: Session) -> DeadlineError:
    return DeadlineError(
        f"{session.peer} took nothing of what is sent for {STUCK:g} s;"
        f" {size(session.queued)} wait here.",
        hint="It may not read.",
        phase="send",
    )
