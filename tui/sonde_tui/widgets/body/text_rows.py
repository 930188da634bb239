"""A body as lines of text, coloured row by row."""

from __future__ import annotations

import re
import time
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final, NamedTuple

from sonde_core.errors import BodyError
from sonde_core.safetext import SafeText, safe
from sonde_core.text.characters import bytes_before, chars_before, text_of, whole
from sonde_core.text.folds import Fold, Folds, Hidden
from sonde_core.text.highlight import spans
from sonde_core.text.line_index import LineIndex, Readable
from sonde_core.text.nodes import Steps, around, children, fold_of, node_at

from ..rows.drawn import starts
from ..rows.first_cells import first_cells
from ..rows.line_source import Part
from .byte_rows import ByteRows, unread
from .text_index import TextIndex

_WORDS: Final = re.compile(r"(?<=[\[{]) … [\d,]+ rows? (?=[\]}])")
_KEPT: Final = 100  # rows whose places are at hand


class TextRows(ByteRows):
    """Lines of text, a very long one in several rows.

    A body that cannot be read any more gives rows that say so.
    """

    wraps = True

    def __init__(self, index: LineIndex, kind: str, codec: str = "utf-8", *, raw: bool) -> None:
        """Show the rows of an index.

        Args:
            index: Rows as bytes.
            kind: As for `highlight.spans`.
            codec: Of each row.
            raw: Show also the byte order mark, and what ends a line before its line feed.
        """
        self.cuts = TextIndex(index)
        self.kind = kind
        self.codec = codec
        self._raw = raw
        self._mark = "\ufeff".encode(codec) if codec.startswith("utf") else b""
        self._return = "\r".encode(codec)
        self._shown_rows: dict[tuple[int, int, int], _Shown] = {}
        self._broken: BodyError | None = None

    @property
    def index(self) -> LineIndex:
        """The rows as bytes, as they are cut now."""
        return self.cuts.current

    @property
    def count(self) -> int:
        return max(self.index.count, 1) if self._broken else self.index.count

    @property
    def size(self) -> int:
        return self.cuts.whole.size

    @property
    def content(self) -> Readable:
        return self.cuts.whole

    def build(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        try:
            index = self.index
            while not index.build(1):
                if time.monotonic() >= deadline:
                    return False
        except BodyError as error:
            self._broken = error
        return True

    @property
    def wrapped_at(self) -> int:
        return self.index.width

    def wrap(self, width: int, *, at: int = 0, seconds: float = 0.0) -> bool:
        try:
            return self.cuts.wrap(width, at, seconds)
        except BodyError as error:
            self._broken = error
        return True

    def offset(self, row: int) -> int:
        index = self.index
        return self.cuts.real(index.offset(min(row, index.count)))

    def row_at(self, offset: int) -> int:
        return self.index.row_at(self.cuts.shown(offset))

    def column_of(self, row: int, offset: int) -> int:
        shown, place = self._look_at(row), self.cuts.shown(offset)
        if place <= shown.begin:
            return 0
        return shown.starts[chars_before(shown.data, self.codec, place - shown.begin)]

    def byte_at(self, row: int, column: int) -> int:
        shown = self._look_at(row)
        return self._byte(shown, shown.char_at(column))

    def _byte(self, shown: _Shown, char: int) -> int:
        return self.cuts.real(shown.begin + bytes_before(shown.data, self.codec, shown.text, char))

    def stepped(self, row: int, column: int, by: int) -> tuple[int, int]:
        try:
            return self._stepped(row, column, by) or (row, column)
        except BodyError:
            return row, column

    def _stepped(self, row: int, column: int, by: int) -> tuple[int, int] | None:
        """Go on until other bytes are come to: a fold has many characters, and is one step."""
        char, here = 0, self.size
        if row < self.count:
            shown = self._look_at(row)
            char = shown.char_at(column)
            here = self._byte(shown, char)
        there = here
        while there == here:
            char += by
            if char < 0:
                if row <= 0:
                    return None
                row, char = row - 1, len(self._look_at(row - 1).text)
            elif row >= self.count:
                return None
            elif char > len(self._look_at(row).text):
                row, char = row + 1, 0
            if row < self.count:
                there = self._byte(self._look_at(row), char)
            elif self.index.complete:
                there = self.size
        if row < self.count:  # the end of a row may be the start of the next one
            row = self.row_at(there)
            return row, self.column_of(row, there)
        return row, 0

    def line(self, row: int) -> list[Part]:
        return self.head(row, 0)[0]

    def head(self, row: int, cells: int) -> tuple[list[Part], int]:
        """Return the first cells of a row, all of them for 0, and about how many more there are."""
        try:
            data, begins = self._row_of(row), self._begins_line(row)
        except BodyError as error:
            return unread(error), 0
        if cells:
            text, rest = first_cells(
                len(data), cells, lambda size: self._shown(self._part(data, size))
            )
        else:
            text, rest = self._shown(data), 0
        if not begins:
            return [(text, "")], rest
        return (self._folded(text) if self.cuts.folded else _coloured(text, self.kind)), rest

    def _folded(self, text: SafeText) -> list[Part]:
        """Colour a row of which a part may be folded away."""
        words = _WORDS.search(text)
        if words is None:
            return _coloured(text, self.kind)
        start, end = words.span()
        before, after = SafeText(text[:start]), SafeText(text[end:])
        fold: list[Part] = [(SafeText(words[0]), "more")]
        return [*_coloured(before, self.kind), *fold, *_coloured(after, self.kind)]

    def _part(self, data: bytes, size: int) -> bytes:
        return data[: whole(data[:size], self.codec)] if size < len(data) else data

    # folding

    @property
    def foldable(self) -> bool:
        # Nodes are found by how they are indented.
        return self.kind == "json" and not self._raw

    def visible(self, first: int, last: int) -> list[tuple[int, int]]:
        """Return the parts between two bytes that are not folded away."""
        if not self.cuts.folded:
            return [(first, last)]
        hidden = self.cuts.folds.within(first, last)
        begins, ends = [first, *hidden.ends], [*hidden.begins, last]
        return [(begin, end) for begin, end in zip(begins, ends, strict=True) if begin < end]

    def turn(self, row: int, *, siblings: bool) -> Steps[Turned | None]:
        """Fold the node in a row, or unfold it; with siblings all that lie beside it, too.

        It goes step by step and changes nothing yet; raises BodyError.
        """
        whole, folds = self.cuts.whole, self.cuts.folds
        node = yield from node_at(whole, self.offset(row))
        if node is None:
            return None
        parent = (yield from around(whole, node)) if siblings else None
        outer = parent or node
        folded = any(fold.begin == node.begin for fold in folds.within(node.begin, node.end))
        if parent is not None:  # one that was folded by itself is joined by the others
            folded = folded and len(folds.within(outer.begin, outer.end)) > 1
        hidden = Hidden()
        if not folded and parent is not None:
            hidden = yield from children(whole, parent)
        elif not folded and node.end < whole.indexed:
            rows = whole.row_at(node.end) - whole.row_at(node.begin)
            hidden.add(Fold(node.begin, node.end, max(rows - 1, 0)))
        elif not folded:
            hidden.add((yield from fold_of(whole, node)))
        changed = folds.changed(outer.begin, outer.end, hidden)
        return Turned((yield from Folds.made(whole, changed)), outer.begin, node.line)

    def fold(self, turned: Turned) -> None:
        """Do what `turn` has found; raises BodyError."""
        self.cuts.fold(turned.folds, turned.begin)
        self._shown_rows.clear()

    def reveal(self, offset: int) -> bool:
        folds = self.cuts.folds
        hidden = folds.within(offset, offset + 1)
        if not len(hidden):
            return False
        changed = Folds(folds.source, folds.changed(offset, offset + 1, Hidden()))
        self.fold(Turned(changed, hidden.begins[0], offset))
        return True

    # reading

    def text(self, row: int) -> str:
        try:
            return self._text(row)
        except BodyError:
            return ""

    def _text(self, row: int) -> SafeText:
        return self._shown(self._row_of(row))

    def _look_at(self, row: int) -> _Shown:
        """Return what is known of a row; the last few are at hand, since many places are asked."""
        index = self.index
        row = min(row, max(index.count - 1, 0))
        key = (row, index.width, index.size)
        found = self._shown_rows.get(key)
        if found is None:
            read = self._read(row, 1)
            skipped = len(read[0]) - len(self._trimmed(row, read[0])) if read else 0
            data = self._row_of(row)
            text = text_of(data, self.codec)
            begin = index.offset(row) + skipped
            found = _Shown(begin, data, text, starts(text))
            if len(self._shown_rows) >= _KEPT:
                self._shown_rows.clear()
            self._shown_rows[key] = found
        return found

    def _row_of(self, row: int) -> bytes:
        """Return what is shown of a row, without a mark before it and what ends it."""
        found = self._read(row, 1)
        if not found:
            return b""
        data = self._trimmed(row, found[0])
        return data if self._raw else data.removesuffix(self._return)

    def _trimmed(self, row: int, data: bytes) -> bytes:
        marked = row == 0 and not self._raw
        return data.removeprefix(self._mark) if marked else data

    def _read(self, first: int, number: int) -> list[bytes]:
        if self._broken is not None:
            raise self._broken
        return self.index.rows(first, number)

    def _shown(self, data: bytes) -> SafeText:
        if not self._raw:
            data = data.removesuffix(self._return)
        if self.codec == "utf-8":
            return _quickly_safe(data)
        return safe(text_of(data, self.codec))

    def _begins_line(self, row: int) -> bool:
        """Whether a row is no later part of a long line, whose colours nobody could tell."""
        before = self._read(row - 1, 1) if row else []
        if not before:
            return True
        index = self.index
        return index.offset(row) - index.offset(row - 1) > len(before[0])


class Turned(NamedTuple):
    """What is to be folded from now on.

    Attributes:
        folds: All that is hidden then.
        begin: The first byte of the text that is shown differently.
        place: A byte of the row where the node begins.
    """

    folds: Folds
    begin: int
    place: int


class _Shown(NamedTuple):
    """A row that was looked at: where its text begins, its bytes, and the text.

    Attributes:
        starts: The column where each character is drawn, and the one behind the last.
    """

    begin: int
    data: bytes
    text: str
    starts: Sequence[int]

    def char_at(self, column: int) -> int:
        """Return which character of the text is drawn in a column."""
        return max(bisect_right(self.starts, column) - 1, 0)


def _quickly_safe(data: bytes) -> SafeText:
    """Make many rows of plain text safe at once, without looking at each character."""
    if data.isascii():
        text = data.decode("ascii")
        if text.replace("\n", " ").replace("\t", " ").isprintable():
            return SafeText(text)
    return safe(data)


def _coloured(text: SafeText, kind: str) -> list[Part]:
    parts: list[Part] = []
    place = 0
    for start, end, token in spans(kind, text):
        if start > place:
            parts.append((SafeText(text[place:start]), ""))
        parts.append((SafeText(text[start:end]), token))
        place = end
    parts.append((SafeText(text[place:]), ""))
    return parts
