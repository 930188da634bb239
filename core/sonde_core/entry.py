"""An exchange in the history, and `Exchange` ⇄ plain JSON values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .model import Exchange, Outcome


@dataclass(frozen=True, slots=True)
class Entry:
    """An exchange as the history keeps it.

    Attributes:
        id: UUIDv7 text; for uniqueness only, order is the file's.
        replay_of: Id of the entry whose request was performed again; empty if none.
        saved: False while it could not be written to the file.
    """

    id: str
    exchange: Exchange
    name: str = ""
    pinned: bool = False
    tags: tuple[str, ...] = ()
    note: str = ""
    replay_of: str = ""
    saved: bool = True


@dataclass(frozen=True, slots=True)
class Summary:
    """What a list of entries shows; found in the first 1 KB of an entry's line.

    Attributes:
        kind: `http`, `tcp`, `tls`, `udp`, `unix`, `listen`, or what a newer version wrote.
        method: For `http`; otherwise empty.
        target: URL or address, without userinfo.
        status: HTTP status; 0 for none.
        seconds: Total duration.
        size: Bytes of the answer's body, or bytes received in all.
    """

    id: str
    time: datetime
    kind: str
    target: str
    outcome: Outcome
    method: str = ""
    role: str = "client"
    status: int = 0
    seconds: float = 0.0
    sent: int = 0
    size: int = 0
    name: str = ""
    pinned: bool = False
    tags: tuple[str, ...] = ()
    note: str = ""
    replay_of: str = ""
    saved: bool = True
    readable: bool = True  # False for an entry of a newer format: shown and kept, not opened
