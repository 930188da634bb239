"""What is said about an HTTP exchange besides its status: notes, and doubts about its body."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from sonde_core.model import EventKind, Outcome

from . import output

if TYPE_CHECKING:
    from sonde_core.model import Exchange, Problem

# Exchanges of more bytes are looked through in a thread.
_INLINE: Final = 1 << 17


async def say(exchange: Exchange) -> None:
    """Say on standard error what is odd about an answer."""
    large = exchange.received > _INLINE
    notes, doubt = await asyncio.to_thread(_look, exchange) if large else _look(exchange)
    problem = exchange.problem if exchange.outcome is Outcome.DONE else None
    told = exchange.problem.text if exchange.problem else ""
    for note in notes:
        if note != told:
            output.say(f"note: {note}")
    for each in (problem, doubt):
        if each:
            output.explain(each)


def _look(exchange: Exchange) -> tuple[list[str], Problem | None]:
    from sonde_core.text.claims import doubt

    notes = [event.text for event in exchange.events() if event.kind is EventKind.NOTE]
    return notes, doubt(exchange.response) if exchange.response else None
