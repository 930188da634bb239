"""The clients of a listener: those that are there, and the newest of those that were."""

from __future__ import annotations

from typing import Final

from ..session import Session
from ..settings import MIB

KEPT: Final = 1000  # sessions that are over; the oldest of them are let go
# Recordings of clients have so much memory together, about; each at least the least.
IN_MEMORY: Final = 128 * MIB
LEAST_IN_MEMORY: Final = MIB // 4


class Roster:
    """Sessions of clients.

    Attributes:
        sessions: The newest last.
        accepted: How many there were in all.
    """

    def __init__(self) -> None:
        self.sessions: list[Session] = []
        self.accepted = 0

    @property
    def live(self) -> int:
        """How many are not over."""
        return sum(not session.state.over for session in self.sessions)

    def share(self) -> int:
        """Return how much of the next recording stays in memory: the more there are the less."""
        return max(IN_MEMORY // (self.live + 1), LEAST_IN_MEMORY)

    def add(self, session: Session) -> None:
        """Take a client in; of those that are over the oldest ones are let go."""
        over = [old for old in self.sessions if old.state.over]
        for old in over[: max(len(over) - KEPT, 0)]:
            self.sessions.remove(old)
        self.sessions.append(session)
        self.accepted += 1
