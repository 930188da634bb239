"""Sending one message again and again: how often, how many times, and how far it is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sonde_core.session import Session
from sonde_core.words import count

if TYPE_CHECKING:  # messages need none of it
    from sonde_core.replay import Changes


@dataclass(frozen=True, slots=True)
class Plan:
    """How a message is repeated.

    Attributes:
        seconds: From one to the next.
        times: How many in all; None until it is stopped.
        changes: Of an entry that is replayed, what is to be otherwise; None for a message.
    """

    seconds: float = 1.0
    times: int | None = 10
    changes: Changes | None = None


class Repeating:
    """A plan under way.

    Attributes:
        done: How many were sent.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.done = 0

    async def run(self, session: Session, send: Callable[[], Awaitable[None]]) -> None:
        """Send as planned, until the session is over; what comes late is not caught up with."""
        clock = asyncio.get_running_loop()
        due = clock.time()
        while not session.state.over:
            await send()
            self.done += 1
            if self.done == self.plan.times:
                return
            due = max(due + self.plan.seconds, clock.time())
            try:
                async with asyncio.timeout_at(due):
                    await session.finished()
            except TimeoutError:
                pass

    @property
    def words(self) -> str:
        """Say how far it is."""
        of = f" of {self.plan.times:,}" if self.plan.times else ""
        return f"Sent {self.done:,}{of}, every {self.plan.seconds:g} s · R or escape stops"

    @property
    def total(self) -> str:
        """Say how it ended."""
        return f"Sent {count(self.done, 'time')}."
