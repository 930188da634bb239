"""What was sent to an endpoint before, out of the history."""

from __future__ import annotations

import asyncio
import itertools
from typing import Final

from .endpoint import SESSION_SCHEMES
from .errors import SondeError
from .history.history import History
from .model import Chunk, Direction, Exchange

ENTRIES: Final = 10  # sessions that are looked into, the newest
MESSAGES: Final = 200
LOOKED_AT: Final = 20_000  # chunks of one session
MOST: Final = 16 << 20  # bytes of one session that are read for it
LONGEST: Final = 10_000  # bytes; a longer message is no longer typed by hand


async def sent_before(history: History, address: str) -> list[Chunk]:
    """Return what recorded sessions sent to an address, each once, the newest last.

    Entries are read in threads; what is too long to be typed is left out.
    """
    kept: dict[tuple[bytes, str], Chunk] = {}
    for identity in _newest(history, address):
        try:
            entry = await history.get(identity)
        except SondeError:  # gone, or unreadable: there may be others
            continue
        for chunk in reversed(await asyncio.to_thread(_sent, entry.exchange)):
            kept.setdefault((chunk.data, chunk.kind), chunk)
        if len(kept) >= MESSAGES:
            break
    return list(reversed([*kept.values()][:MESSAGES]))


def _newest(history: History, address: str) -> list[str]:
    found = (
        summary.id
        for summary in history.summaries()  # the newest first
        if summary.target == address
        and summary.kind in SESSION_SCHEMES
        and summary.role == "client"
    )
    return list(itertools.islice(found, ENTRIES))


def _sent(exchange: Exchange) -> list[Chunk]:
    sent: list[Chunk] = []
    read = 0
    for chunk in itertools.islice(exchange.chunks(), LOOKED_AT):
        read += len(chunk.data)
        if chunk.direction is Direction.SENT and 0 < len(chunk.data) <= LONGEST:
            sent.append(chunk)
        if read > MOST:
            break
    return sent
