"""The ways to look at one body, and the place that stays when one takes another's place."""

from __future__ import annotations

from typing import Final

from sonde_core.body import Body
from sonde_core.errors import BodyError
from sonde_core.line_index import LineIndex
from sonde_core.pretty import kind_of

from .body_source import ByteRows, FactRows, HexRows, TextRows, codec_for_rows

MODES: Final = ("pretty", "raw", "hex")
# Bytes that tell what a body is, or that it goes on with what was there.
_TELLING: Final = 1024


class Looks:
    """A body as rows, in each mode; rows are made when they are first wanted.

    Attributes:
        body: As it was received, or so much of it as has arrived.
        kind: As `kind_of` tells it.
        arriving: Whether more is to come.
    """

    def __init__(self, body: Body, *, arriving: bool) -> None:
        """Look at a body; raises BodyError when it cannot be read."""
        if body.size and not body.kept:
            body.read()
        self.body = body
        self.arriving = arriving
        self.kind = kind_of(body)
        self._made: dict[str, ByteRows] = {}
        self._index: LineIndex | None = None

    @property
    def shows_text(self) -> bool:
        """Whether it can be read as it is."""
        return self.kind not in ("image", "binary")

    def rows(self, mode: str) -> ByteRows:
        """Return the rows of a mode; raises BodyError."""
        name = self._name(mode)
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def _name(self, mode: str) -> str:
        """Say which rows stand for a mode: formatting takes a while, and facts change."""
        if mode != "pretty" or "pretty" in self._made:
            return mode
        if self.shows_text:
            return "text"
        return "hex" if self.arriving else "facts"

    def _make(self, name: str) -> ByteRows:
        if name == "hex":
            return HexRows(self.body)
        if name == "facts":
            return FactRows(self.body, self.kind)
        if self._index is None:
            self._index = LineIndex(self.body)
        return TextRows(self._index, self.kind, codec_for_rows(self.body), raw=name == "raw")

    def format(self, index: LineIndex) -> None:
        """Take formatted text, in UTF-8, for the pretty mode."""
        self._made["pretty"] = TextRows(index, self.kind, raw=False)

    def goes_on(self, body: Body) -> bool:
        """Whether a body begins with what is here; raises BodyError."""
        if not self.arriving or body.size < self.body.size or not body.kept:
            return False
        known = min(self.body.size, _TELLING)
        return body.read(0, known) == self.body.read(0, known)

    def grow(self, body: Body, *, arriving: bool) -> None:
        """Go on with a body that begins with what is here; raises BodyError."""
        grown = body.size > self.body.size
        self.body, self.arriving = body, arriving
        kind = kind_of(body)
        if kind != self.kind:
            self.kind = kind
            self._made.clear()
        if grown and self._index is not None:
            self._index.grow(body)
            # The last block has left the index and comes back here: no known row is missing.
            self._index.build(1)
        if isinstance(found := self._made.get("hex"), HexRows):
            found.grow(body)


class Places:
    """Where the top row of one mode is in another; going back leads to the same row."""

    def __init__(self) -> None:
        self._tops: dict[ByteRows, int] = {}
        self._put = 0

    def moved(self, before: ByteRows, top: int, after: ByteRows) -> int:
        """Return the row of `after` that shows about what the row `top` of `before` shows."""
        if top != self._put:
            self._tops.clear()  # somebody has moved: what is remembered is another place
        self._tops[before] = top
        if after not in self._tops:
            self._tops[after] = self._same(before, top, after) if top else 0
        return self._tops[after]

    def put(self, top: int) -> None:
        """Know which row is the first one now, after a move of ours."""
        self._put = top

    def _same(self, before: ByteRows, top: int, after: ByteRows) -> int:
        """Go by bytes; where they are not the same ones, by the part that lies before."""
        try:
            return after.row_at(before.offset(top) * after.size // max(before.size, 1))
        except BodyError:
            return 0
