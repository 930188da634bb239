"""What speaks WebSocket is imported when it is first needed, and not in the loop's time."""

from __future__ import annotations

import asyncio
from importlib import import_module


async def load() -> None:
    """Import it in a thread: it takes 40 ms, and more when it is read from the disk."""
    await asyncio.to_thread(import_module, ".web_socket_opening", __package__)
