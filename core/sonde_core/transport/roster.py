"""The clients of a listener: those that are there, and the newest of those that were."""

from __future__ import annotations

from typing import Final

from ..session import Session
from ..settings import MIB

KEPT: Final = 1000  # sessions that are over; the oldest of them are let go
# Recordings of clients have so much memory together, about; each at least the least.
IN_MEMORY: Final = 128 * MIB
LEAST_IN_MEMORY: Final = MIB // 4
TOLD: Final = 100  # clients that were refused are told one by one; more are counted


class Roster:
    """Sessions of clients.

    Attributes:
        sessions: The newest last.
        accepted: How many there were in all.
        refused: How many were not let in.
        refusals: Who the first of these were.
    """

    def __init__(self) -> None:
        self.sessions: list[Session] = []
        self.accepted = 0
        self.refused = 0
        self.refusals: list[str] = []

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

    def refuse(self, peer: str) -> bool:
        """Count a client that is not let in; tell whether it is one of the first."""
        self.refused += 1
        if len(self.refusals) >= TOLD:
            return False
        self.refusals.append(peer)
        return True
