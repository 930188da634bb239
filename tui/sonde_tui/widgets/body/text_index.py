"""The rows of a text as they are cut now: at line feeds or to a width, with parts folded away."""

from __future__ import annotations

import time

from sonde_core.text.folds import Folds
from sonde_core.text.line_index import LineIndex, Readable


class TextIndex:
    """Leads from rows to bytes and back.

    The index that it is made with knows the lines of the whole text and may grow. Another one takes
    its place while rows are cut otherwise; it counts bytes as they are shown, of which there are
    less where something is folded away.

    Attributes:
        whole: The lines of the whole text.
    """

    def __init__(self, whole: LineIndex) -> None:
        self.whole = whole
        self._cut: LineIndex | None = None
        self._next: LineIndex | None = None  # takes the place of it, once enough of it is there
        self._grown = whole.source
        self._folds: Folds | None = None

    @property
    def current(self) -> LineIndex:
        """The rows as they are cut now."""
        return self.whole if self._cut is None else self._caught_up(self._cut)

    @property
    def folds(self) -> Folds:
        """What is folded away."""
        return self._folds or Folds(self.whole)

    @property
    def folded(self) -> bool:
        """Whether anything is folded away."""
        return self._folds is not None

    def _caught_up(self, cut: LineIndex) -> LineIndex:
        """Let an index know as many rows of a text that has grown as it knew before."""
        if self._grown is not self.whole.source:
            self._grown = self.whole.source
            for index in {self._cut, self._next} - {None, self.whole}:
                assert index is not None  # noqa: S101 - it was taken out
                index.grow(index.source)
                index.build(1)
        return cut

    @property
    def _source(self) -> Readable:
        return self._folds or self.whole

    # cutting otherwise

    def wrap(self, width: int, at: int, seconds: float) -> bool:
        """Cut rows to a width once a byte is reached; see `LineSource.wrap`; raises BodyError."""
        if width == self.current.width:
            self._next = None
            return True
        wanted = self._wanted(width)
        shown, deadline = self.shown(at), time.monotonic() + seconds
        while not wanted.complete and wanted.indexed <= shown:
            wanted.build(1)
            if time.monotonic() >= deadline and wanted.indexed <= shown:
                return False
        self._cut, self._next = None if wanted is self.whole else wanted, None
        return True

    def _wanted(self, width: int) -> LineIndex:
        if self._next is None or self._next.width != width:
            if not width and self._folds is None:
                self._next = self.whole
            else:
                self._next = LineIndex(self._source, codec=self.whole.codec, width=width)
        return self._caught_up(self._next)

    def fold(self, folds: Folds, begin: int) -> None:
        """Fold other parts away, of which the first one begins at a byte; raises BodyError."""
        before = min(self.shown(begin), folds.shown(begin))
        current = self.current
        self._folds = folds if len(folds) else None
        self._next = None
        if self._folds is None and not current.width:
            self._cut = None
            return
        if self._cut is None:
            self._cut = current.fork()
        self._cut.change(self._source, before)
        while not self._cut.complete and self._cut.indexed <= before:
            self._cut.build(1)

    # places

    def shown(self, real: int) -> int:
        """Return where a byte of the text is shown."""
        return real if self._folds is None else self._folds.shown(real)

    def real(self, shown: int) -> int:
        """Return which byte of the text is shown at a place."""
        return shown if self._folds is None else self._folds.real(shown)
