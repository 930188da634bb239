"""A search in a view: which of its hits is shown, and where one wants to go from there."""

from __future__ import annotations

from collections import deque
from typing import Final

from sonde_core.search import LATER, Hit
from sonde_core.words import count

from .finder import AnyFinder

# Where not all of a text can be seen at once.
_LONGER: Final = " · long ones may be missed"


class LineFinder:
    """Goes from hit to hit, as far as they are known already.

    Attributes:
        finder: What finds, and knows where hits are drawn.
        search: What searches.
        hit: The hit that is shown.
    """

    def __init__(self, finder: AnyFinder, row: int, *, seeks: bool) -> None:
        """Begin at a row.

        Args:
            finder: What finds.
            row: Where one stands.
            seeks: Whether the first hit from there on is to be shown.
        """
        self.finder = finder
        self.search = finder.search
        self.hit: Hit | None = None
        self._from = finder.place(row)
        self._steps = deque([True] if seeks else [])

    @property
    def seeks(self) -> bool:
        """Whether a hit is waited for."""
        return bool(self._steps)

    def ask(self, row: int, *, forward: bool) -> None:
        """Want to go to the next hit, or the one before; a row tells where one stands."""
        if self.hit is None and not self._steps:
            self._from = self.finder.place(row)
        self._steps.append(forward)

    def settle(self) -> None:
        """Want to go nowhere any more."""
        self._steps.clear()

    def next(self) -> tuple[int, Hit] | None:
        """Return the row and the hit to go to; None when that is nowhere, or not known yet."""
        found: tuple[int, Hit] | None = None
        while self._steps and self.search.error is None:
            hit = self.search.beside(self.hit or self._from, forward=self._steps[0])
            row = None if hit is None or hit is LATER else self.finder.row_of(hit)
            if hit is None:
                self.settle()
            if hit is None or hit is LATER or row is None:
                return found
            self._steps.popleft()
            self.hit = hit
            found = row, hit
        return found

    def told(self) -> str:
        """Say how many hits there are, which one is shown, and how far the search is."""
        search = self.search
        if search.error is not None:
            return search.error.message
        left = "" if search.complete else f"… {search.share:.0%}"
        more = "" if search.exact else "+"
        if search.complete and more:
            left = _LONGER
        if not search.count:
            return f"no hit{left}" if search.complete else f"looking{left}"
        number = self.search.number(self.hit) if self.hit is not None else None
        if number is None:
            hits = f"{search.count:,}+ hits" if more else count(search.count, "hit")
            return f"{hits}{left}"
        return f"{number:,} of {search.count:,}{more}{left}"
