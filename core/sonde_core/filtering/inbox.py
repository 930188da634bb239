"""Messages as lines of JSON, read from a pipe without waiting when there is work to do."""

from __future__ import annotations

import json
import os
import select
import signal
from typing import Final, TypeAlias

Message: TypeAlias = dict[str, object]

# What the system does nothing at by default: it may come before a process is ready for it.
SUPERSEDE: Final = signal.SIGURG

_READ: Final = 1 << 16


class Inbox:
    """Takes messages from a file descriptor."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._rest = b""

    def take(self, *, wait: bool) -> list[Message]:
        """Return what has come; with `wait` at least one message.

        Raises:
            EOFError: The other side is gone.
        """
        found: list[Message] = []
        while True:
            if not (wait and not found) and not self.waiting():
                return found
            data = os.read(self._handle, _READ)
            if not data:
                raise EOFError
            *lines, self._rest = (self._rest + data).split(b"\n")
            found += [json.loads(line) for line in lines]

    def waiting(self) -> bool:
        """Whether something has come that was not taken yet, or the other side is gone."""
        return bool(select.select([self._handle], [], [], 0)[0])
