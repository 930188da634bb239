"""Where hits stand in a stretch of bytes: the plain way, for text that is looked for as bytes."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias, overload

if TYPE_CHECKING:
    import regex

    from .decoded import Decoded

_FEW: Final = 16  # windows

# Which piece, and the first byte of the hit in it and the one behind it. They may be the same
# for a pattern: the end of a line has no width.
Hit: TypeAlias = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Window:
    """Bytes to look at, with some on both sides that a hit may need.

    Attributes:
        data: The bytes.
        first: Hits may begin here.
        last: Hits begin before this.
        open: Whether more follows that is not in here.
        text: The same as text, where it was read already.
    """

    data: bytes
    first: int
    last: int
    open: bool = False
    text: Decoded | None = None


@dataclass(slots=True)
class Found:
    """What was found in a window; places are bytes of it.

    Attributes:
        count: Hits.
        end: Where the last hit ends, and the next may begin.
        begins: Where each hit begins, if it was asked for.
        ends: Where each of them ends.
        cut: Whether a hit goes on to the end of a window that is open.
        beyond: Where the first hit begins that is not of the window; -1 when it was not looked for.
    """

    count: int
    end: int
    begins: array[int] = field(default_factory=lambda: array("I"))
    ends: array[int] = field(default_factory=lambda: array("I"))
    cut: bool = False
    beyond: int = -1


class Hits(Sequence[Hit]):
    """The hits of a block in their order, in a few bytes each."""

    def __init__(
        self,
        begins: array[int],
        ends: array[int],
        *,
        base: int = 0,
        pieces: array[int] | None = None,
    ) -> None:
        """Hold places, counted from a byte; without pieces all are in the first one."""
        self._begins = begins
        self._ends = ends
        self._base = base
        self._pieces = pieces

    def __len__(self) -> int:
        return len(self._begins)

    @overload
    def __getitem__(self, index: int) -> Hit: ...
    @overload
    def __getitem__(self, index: slice) -> list[Hit]: ...
    def __getitem__(self, index: int | slice) -> Hit | list[Hit]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        piece = self._pieces[index] if self._pieces is not None else 0
        return piece, self._base + self._begins[index], self._base + self._ends[index]


class Matcher(Protocol):
    """Finds hits, each behind the one before.

    Attributes:
        before: So many bytes before a place it looks back at.
        behind: So many bytes a hit may have, but for the first one.
    """

    before: int
    behind: int

    def find(self, window: Window, *, keep: bool) -> Found:
        """Find the hits of a window.

        Args:
            window: What to look at.
            keep: Whether the places are wanted, not only their number.

        Raises:
            PatternError: A pattern takes too long.
        """
        ...


class Bytes:
    """Finds bytes; of letters, only those of ASCII have two cases."""

    def __init__(self, needle: bytes, *, folds: bool) -> None:
        """Look for bytes that are not empty."""
        self.before = 0
        self.behind = len(needle) - 1
        self._needle = needle.lower() if folds else needle
        self._folds = folds
        self._lowered = 0  # windows
        self._sieve: regex.Pattern[bytes] | None = None
        # A needle that ends as it begins may lie over itself: only one of two such hits counts.
        self._laps = any(needle.startswith(needle[at:]) for at in range(1, len(needle)))

    def find(self, window: Window, *, keep: bool) -> Found:
        data, needle = window.data, self._needle
        last = window.last + len(needle) - 1
        if self._folds:
            if self._misses(data, window.first, last):
                return Found(0, window.first)
            data = data.lower()
        if not keep and not self._laps:
            return Found(data.count(needle, window.first, last), window.first)
        found = Found(0, window.first)
        place = data.find(needle, window.first, last)
        while place >= 0:
            found.begins.append(place)
            found.end = place + len(needle)
            found.ends.append(found.end)
            place = data.find(needle, found.end, last)
        found.count = len(found.begins)
        return found

    def _misses(self, data: bytes, first: int, last: int) -> bool:
        """Tell quickly that there is no hit, in half the time that it takes to make lower case."""
        if self._sieve is None:
            self._lowered += 1
            if self._lowered <= _FEW:
                return False
            import regex  # not for a small text: it takes 30 ms

            self._sieve = regex.compile(regex.escape(self._needle), regex.IGNORECASE)
        return self._sieve.search(data, first, last, concurrent=True) is None


class Nothing:
    """Finds nothing: what is looked for cannot be written in the charset of the text."""

    before = behind = 0

    def find(self, window: Window, *, keep: bool) -> Found:
        return Found(0, window.first)
