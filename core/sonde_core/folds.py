"""Bytes with parts of them folded away: each fold is a few words that say how much is hidden."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from .line_index import Readable

_WORDS: Final = " … {} {} "


class Fold(NamedTuple):
    """What is hidden: the bytes from `begin` to before `end`, and how many rows these are."""

    begin: int
    end: int
    rows: int


class Folds:
    """A source as it is shown. A place in the source is *real*, one in what is left *shown*."""

    def __init__(self, source: Readable, folds: Iterable[Fold] = ()) -> None:
        """Hide parts of a source; they lie in order, and none in another."""
        self.source = source
        columns = list(zip(*folds, strict=True)) or [(), (), ()]
        self._begins, self._ends, self._rows = (array("Q", column) for column in columns)
        self._words = array("Q", map(_size, self._rows))
        hidden = accumulate(
            words - (end - begin)
            for begin, end, words in zip(self._begins, self._ends, self._words, strict=True)
        )
        self._gained = array("q", hidden)  # shown bytes more than real ones, after each fold
        before = array("q", [0, *self._gained[:-1]]) if self._gained else self._gained
        self._shown = array("Q", map(int.__add__, self._begins, before))

    def __len__(self) -> int:
        return len(self._begins)

    def over(self, source: Readable) -> Folds:
        """Return the same folds over a source that has grown."""
        folds = Folds(source)
        for name in ("_begins", "_ends", "_rows", "_words", "_gained", "_shown"):
            setattr(folds, name, getattr(self, name))
        return folds

    @property
    def size(self) -> int:
        """How many bytes are shown."""
        return self.source.size + (self._gained[-1] if self._gained else 0)

    def all(self) -> list[Fold]:
        """Return the folds in order."""
        return list(map(Fold, self._begins, self._ends, self._rows))

    def within(self, begin: int, end: int) -> list[Fold]:
        """Return the folds that hide something between two real places."""
        first, last = self._between(begin, end)
        return list(
            map(Fold, self._begins[first:last], self._ends[first:last], self._rows[first:last])
        )

    def changed(self, begin: int, end: int, folds: Sequence[Fold]) -> Folds:
        """Return these folds with others in the place of those between two real places."""
        first, last = self._between(begin, end)
        every = self.all()
        return Folds(self.source, [*every[:first], *folds, *every[last:]])

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
        while offset < end:
            at = self._shown[fold] if fold < len(self) else end
            if offset < at:  # before the next fold
                pieces.append(self.source.read(self.real(offset), min(at, end) - offset))
                offset = min(at, end)
                continue
            words = _words(self._rows[fold])
            inside = offset - at
            if inside < len(words):
                pieces.append(words[inside : inside + end - offset])
                offset += len(pieces[-1])
            fold += 1
        return b"".join(pieces)


def _words(rows: int) -> bytes:
    return _WORDS.format(f"{rows:,}", "row" if rows == 1 else "rows").encode()


def _size(rows: int) -> int:
    return len(_words(rows))
