"""How the entries that were found are listed: each by itself, as a tree, repeated ones as one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from sonde_core.history.outline import Outline
from sonde_core.history.summary import Summary

SAME: Final = (
    "One row for entries of the same method, address, status, outcome and bytes sent; "
    "right unfolds it. What is named or pinned stands alone."
)


class Ordering:
    """Makes outlines in slices, so that no frame is lost.

    Attributes:
        tree: Whether entries stand under their host and path.
        together: Whether repeated entries are one row.
    """

    def __init__(self) -> None:
        self.tree = False
        self.together = False
        self._outline: Outline | None = None

    def turn(self, what: str) -> str:
        """Change one of them, by its name; returns what there is to say of it."""
        if what == "tree":
            self.tree = not self.tree
            return ""
        self.together = not self.together
        return SAME if self.together else ""

    def told(self) -> list[str]:
        """Say how the list is put in order."""
        return [
            *(["by host and path"] if self.tree else []),
            *(["repeats as one"] if self.together else []),
        ]

    async def put(
        self, found: Sequence[Summary], wanted: Callable[[], bool]
    ) -> Sequence[Summary] | Outline | None:
        """Return what is to be listed; None when it is not wanted any more.

        What was returned before stays as it is, but for newer entries.
        """
        if not (self.tree or self.together):
            self._outline = None
            return found
        outline = self._outline
        same = outline and (outline.tree, outline.together) == (self.tree, self.together)
        if outline is None or not same or not outline.add_newer(found):
            outline = Outline(tree=self.tree, together=self.together)
            for _ in outline.fill(found):
                await asyncio.sleep(0)
                if not wanted():
                    return None
            self._outline = outline
        return outline
