"""Bytes with parts of them folded away: each fold is a few words that say how much is hidden."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Generator, Iterable, Iterator
from functools import lru_cache
from itertools import accumulate
from typing import Final, NamedTuple

from .line_index import Readable

_AHEAD: Final = 1 << 14
_TOGETHER: Final = 10_000
_WORDS: Final = " … {} {} "


class Fold(NamedTuple):
    """What is hidden: the bytes from `begin` to before `end`, and how many rows these are."""

    begin: int
    end: int
    rows: int


class Hidden:
    """Many folds in order, without an object for each."""

    def __init__(self, folds: Iterable[Fold] = ()) -> None:
        self.begins, self.ends, self.rows = array("Q"), array("Q"), array("Q")
        for fold in folds:
            self.add(fold)

    def __len__(self) -> int:
        return len(self.begins)

    def __iter__(self) -> Iterator[Fold]:
        return map(Fold, self.begins, self.ends, self.rows)

    def add(self, fold: Fold) -> None:
        """Append a fold that lies after all others."""
        self.begins.append(fold.begin)
        self.ends.append(fold.end)
        self.rows.append(fold.rows)

    def part(self, first: int, last: int) -> Hidden:
        """Return some of the folds."""
        found = Hidden()
        found.begins, found.ends = self.begins[first:last], self.ends[first:last]
        found.rows = self.rows[first:last]
        return found

    def __add__(self, other: Hidden) -> Hidden:
        found = Hidden()
        found.begins, found.ends = self.begins + other.begins, self.ends + other.ends
        found.rows = self.rows + other.rows
        return found


class Folds:
    """A source as it is shown. A place in the source is *real*, one in what is left *shown*."""

    def __init__(self, source: Readable, hidden: Hidden | None = None) -> None:
        """Hide parts of a source, of which none lies in another; for many see `made`."""
        self.source = source
        self.hidden = hidden or Hidden()
        self._begins, self._ends = self.hidden.begins, self.hidden.ends
        self._words = array("Q")
        self._gained = array("q")  # shown bytes more than real ones, after each fold
        self._shown = array("Q")
        for _ in self._place(len(self.hidden) or 1):
            pass

    @classmethod
    def made(cls, source: Readable, hidden: Hidden) -> Generator[int, None, Folds]:
        """Hide parts of a source, and yield between each ten thousand of them."""
        folds = cls(source)
        folds.hidden, folds._begins, folds._ends = hidden, hidden.begins, hidden.ends
        yield from folds._place(_TOGETHER)
        return folds

    def _place(self, step: int) -> Generator[int, None, None]:
        sizes = {rows: _size(rows) for rows in set(self.hidden.rows)}
        for first in range(0, len(self), step):
            yield first
            begins, ends = self._begins[first : first + step], self._ends[first : first + step]
            words = array("Q", map(sizes.__getitem__, self.hidden.rows[first : first + step]))
            before = self._gained[-1] if self._gained else 0
            lengths = map(int.__sub__, ends, begins)
            gained = list(accumulate(map(int.__sub__, words, lengths), initial=before))
            self._shown.extend(map(int.__add__, begins, gained))
            self._words += words
            self._gained.extend(gained[1:])

    def __len__(self) -> int:
        return len(self._begins)

    def over(self, source: Readable) -> Folds:
        """Return the same folds over a source that has grown."""
        folds = Folds(source)
        for name in ("hidden", "_begins", "_ends", "_words", "_gained", "_shown"):
            setattr(folds, name, getattr(self, name))
        return folds

    @property
    def size(self) -> int:
        """How many bytes are shown."""
        return self.source.size + (self._gained[-1] if self._gained else 0)

    def within(self, begin: int, end: int) -> Hidden:
        """Return the folds that hide something between two real places."""
        return self.hidden.part(*self._between(begin, end))

    def changed(self, begin: int, end: int, hidden: Hidden) -> Hidden:
        """Return what is hidden with others in the place of those between two real places."""
        first, last = self._between(begin, end)
        return self.hidden.part(0, first) + hidden + self.hidden.part(last, len(self))

    def _between(self, begin: int, end: int) -> tuple[int, int]:
        return bisect_right(self._ends, begin), bisect_left(self._begins, end)

    # places

    def real(self, shown: int) -> int:
        """Return the byte that stands at a shown place; in a fold its first one."""
        fold = bisect_right(self._shown, shown) - 1
        if fold < 0:
            return shown
        inside = shown - self._shown[fold] - self._words[fold]
        return int(self._begins[fold] if inside < 0 else self._ends[fold] + inside)

    def shown(self, real: int) -> int:
        """Return where a byte is shown; the start of the fold for one that is hidden."""
        fold = bisect_right(self._begins, real) - 1
        if fold < 0:
            return real
        if real < self._ends[fold]:
            return int(self._shown[fold])
        return int(real + self._gained[fold])

    def read(self, offset: int, size: int) -> bytes:
        """Return what is shown from a place on."""
        pieces: list[bytes] = []
        end = min(offset + size, self.size)
        fold = max(bisect_right(self._shown, offset) - 1, 0)
        read = _Ahead(self.source).read
        while offset < end:
            at = self._shown[fold] if fold < len(self) else end
            if offset < at:  # before the next fold
                pieces.append(read(self.real(offset), min(at, end) - offset))
                offset = min(at, end)
                continue
            words = _words(self.hidden.rows[fold])
            inside = offset - at
            if inside < len(words):
                pieces.append(words[inside : inside + end - offset])
                offset += len(pieces[-1])
            fold += 1
        return b"".join(pieces)


class _Ahead:
    """Reads small pieces that lie near each other together."""

    def __init__(self, source: Readable) -> None:
        self._source = source
        self._start = 0
        self._data = b""

    def read(self, offset: int, size: int) -> bytes:
        begin = offset - self._start
        if not 0 <= begin <= begin + size <= len(self._data):
            self._start, begin = offset, 0
            self._data = self._source.read(offset, max(size, _AHEAD))
        return self._data[begin : begin + size]


@lru_cache(1024)
def _words(rows: int) -> bytes:
    return _WORDS.format(f"{rows:,}", "row" if rows == 1 else "rows").encode()


def _size(rows: int) -> int:
    return len(_words(rows))
