"""Ids of entries: UUIDv7, so that they sort by the time they were made in one process."""

from __future__ import annotations

import secrets
import threading
import time
import uuid
from typing import Final

_COUNTER_BITS: Final = 12
_RANDOM_BITS: Final = 62


class Identities:
    """Makes UUIDv7 text (RFC 9562, section 5.7), each greater than the last one made here.

    The 12 bits after the time are a counter (section 6.2, method 1), so a clock that stands
    still or goes back does no harm.
    """

    def __init__(self) -> None:
        self._last = 0
        self._guard = threading.Lock()

    def new(self, milliseconds: int | None = None) -> str:
        """Return a new id for a wall time in milliseconds since 1970; None takes the present."""
        if milliseconds is None:
            milliseconds = time.time_ns() // 1_000_000
        with self._guard:
            self._last = max(milliseconds << _COUNTER_BITS, self._last + 1)
            moment, counter = self._last >> _COUNTER_BITS, self._last & ((1 << _COUNTER_BITS) - 1)
        number = (moment & ((1 << 48) - 1)) << 80 | 7 << 76 | counter << 64
        return str(uuid.UUID(int=number | 2 << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)))


_OURS: Final = Identities()


def new_id() -> str:
    """Return a new id, greater than the last one made in this process."""
    return _OURS.new()
