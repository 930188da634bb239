"""Waiting for what is under way: a call, a session or a listener tells of each change."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from sonde_core.live import Live
from sonde_core.session import Session
from sonde_core.transport.listener import Listener

from .patience import PATIENCE


async def until(live: Live, true: Callable[[], object]) -> None:
    """Wait until something is true; it is an error that all is over before."""
    async with asyncio.timeout(PATIENCE):
        while not true():
            assert not live.state.over
            await live.changed(live.version)


async def first_client(listener: Listener) -> Session:
    """Return the session of a listener's first client once it is there."""
    await until(listener, lambda: listener.sessions)
    return listener.sessions[0]
