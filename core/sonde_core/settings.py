"""Where the history is, limits and defaults; `SONDE_HISTORY` is read here and once."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MIB: Final = 1 << 20
APP: Final = "sonde"


@dataclass(frozen=True, slots=True)
class Keep:
    """How much of the history is kept at most; 0 is no limit. What is pinned stays in any case.

    Attributes:
        max_age_days: Older entries go.
        max_entries: The oldest beyond so many go.
        max_size: In bytes, of the file and the bodies beside it; the oldest beyond go.
    """

    max_age_days: float = 0.0
    max_entries: int = 0
    max_size: int = 0

    @property
    def any(self) -> bool:
        """Whether there is a limit."""
        return bool(self.max_age_days or self.max_entries or self.max_size)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is taken and kept; sizes in bytes, times in seconds.

    Attributes:
        record_in_memory: A recording above this goes to a private file.
        tails_in_memory: The last parts of all long recordings of sockets together stay in memory up
            to this; what is above goes to those files, too.
        record_kept: A recording keeps this much: its first and last parts. A million chunks of
            100 bytes are whole.
        wire_kept: The same for HTTP, whose body is kept on its own.
        queue: Reading pauses when this much waits for a watcher that does not look.
        body_kept: The history keeps this much of one body.
        bodies_kept: The history keeps this much of all bodies together; oldest unpinned go first.
        body_inline: A body above this goes to a file beside the history.
        decoded: A body is decoded up to this size.
        codings: So many content codings are removed at most.
        headers: So many bytes of headers are taken at most.
        keep: What the person wants to be kept of the history.
    """

    record_in_memory: int = 8 * MIB
    tails_in_memory: int = 64 * MIB
    record_kept: int = 160 * MIB
    wire_kept: int = 64 * MIB
    queue: int = MIB
    body_kept: int = 256 * MIB
    bodies_kept: int = 2048 * MIB
    body_inline: int = 16 * 1024
    decoded: int = 1024 * MIB
    codings: int = 5
    headers: int = 256 * 1024
    keep: Keep = Keep()


@dataclass(frozen=True, slots=True)
class Settings:
    """What the app and the command line run with."""

    history: Path
    limits: Limits = Limits()


def load(history: str = "") -> Settings:
    """Settle where the history is: an argument wins over `SONDE_HISTORY`, that over the default."""
    chosen = history or os.environ.get("SONDE_HISTORY", "")
    return Settings(history=Path(os.path.expanduser(chosen)) if chosen else default_history())


def default_history() -> Path:
    """Return `history.json` in the platform's user data folder."""
    import platformdirs

    return Path(platformdirs.user_data_dir(APP, appauthor=False)) / "history.json"
