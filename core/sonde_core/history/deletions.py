"""What was deleted and can be brought back: the last deletion first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .entry import Entry
    from .gone import Gone


@dataclass(eq=False, slots=True)
class Deletion:
    """A deletion that was asked for.

    Attributes:
        done: Whether it went well.
    """

    done: bool = False


class Deletions:
    """Remembers what was deleted, and which deletion an undo is meant for.

    `under_way` and `meant` are for the event loop, the others for the writing thread.
    """

    def __init__(self) -> None:
        self._gone: list[list[Gone | Entry]] = []
        self._under_way: list[Deletion] = []  # those that no undo is meant for yet

    def __bool__(self) -> bool:
        return bool(self._gone)

    @contextmanager
    def under_way(self) -> Iterator[Deletion]:
        """Know of a deletion until it is over, well or not."""
        deletion = Deletion()
        self._under_way.append(deletion)
        try:
            yield deletion
        finally:
            if deletion in self._under_way:
                self._under_way.remove(deletion)

    def meant(self) -> Deletion | None:
        """Return the deletion under way that an undo is meant for; None for one that is over."""
        return self._under_way.pop() if self._under_way else None

    def keep(self, deletion: Deletion, gone: list[Gone | Entry]) -> None:
        """Remember what a deletion took away."""
        self._gone.append(gone)
        deletion.done = True

    def take(self, meant: Deletion | None) -> list[Gone | Entry]:
        """Return what is to be brought back; nothing for a deletion that has failed."""
        if not self._gone or (meant is not None and not meant.done):
            return []
        return self._gone.pop()

    def clear(self) -> None:
        """Forget all: it is gone for good."""
        self._gone.clear()
