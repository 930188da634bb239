"""Bring bytes to the clipboard, and tell which way they went."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sonde_core.errors import SondeError
from sonde_core.safetext import line

if TYPE_CHECKING:
    from textual.notifications import SeverityLevel

    from .app import SondeApp
    from .messages import CopyAsked


async def copy(app: SondeApp, message: CopyAsked) -> None:
    """Copy what was asked for; what came of it passes by as a message."""

    def to_terminal(sequence: str) -> None:
        """Write an OSC 52 sequence, which core made, past the screen's own drawing."""
        if app._driver is not None:
            app._driver.write(sequence)

    try:
        data = await asyncio.to_thread(message.read)
        copied = await app.services.copy(data, terminal=to_terminal)
    except SondeError as error:
        app.notify(line(f"{error.message} {error.advice}"), severity="error", markup=False)
        return
    severity: SeverityLevel = "warning" if copied.warning else "information"
    text = f"{message.what}: {copied.sentence} {copied.warning}".rstrip()
    app.notify(line(text), severity=severity, markup=False)
