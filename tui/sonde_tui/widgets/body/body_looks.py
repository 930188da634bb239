"""The ways to look at one body."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sonde_core.body import Body
from sonde_core.pictures.picture import Picture
from sonde_core.shaping import Shaping
from sonde_core.text.charsets import LOOKED_AT, Reading, reading
from sonde_core.text.highlight import kind_of_text
from sonde_core.text.kinds import kind_of
from sonde_core.text.line_index import LineIndex
from sonde_core.words import size

from ..rows.line_source import LineSource
from .body_shaped import Shaped
from .body_source import ByteRows, FactRows, HexRows, TextRows
from .picture_rows import PictureRows

MODES: Final = ("pretty", "raw", "hex")
# Kinds whose readable form is another text; that of the others is the text as received.
_SHAPED: Final = frozenset({"json", "xml", "html", "events"})
# Making the readable form of so much is over before a word about it could be read.
_AT_ONCE: Final = 1 << 20
# Bytes that tell that a body goes on with what was there.
_TELLING: Final = 1024


class Looks:
    """A body as rows, in each mode; rows are made when they are first wanted.

    Attributes:
        body: As it was received, or so much of it as has arrived.
        kind: As `kind_of` tells it.
        reading: The charset it is read in, and why.
        chosen: The charset that a person chose; empty to go by header and bytes.
        arriving: Whether more is to come.
        shaped: Its readable form, where one was begun.
        picture: What it shows, once it is decoded.
    """

    def __init__(self, body: Body, *, arriving: bool, chosen: str = "") -> None:
        """Look at a body; raises BodyError when it cannot be read."""
        if body.size and not body.kept:
            body.read()
        self.body = body
        self.chosen = chosen
        self.arriving = arriving
        self.kind: str = kind_of(body, chosen)
        self.reading: Reading = reading(body, chosen)
        self.shaped: Shaped | None = None
        self.picture: PictureRows | None = None
        self._found = Picture()
        self._made: dict[str, ByteRows] = {}
        self._index: LineIndex | None = None

    @property
    def shows_text(self) -> bool:
        """Whether it can be read as it is."""
        return self.kind not in ("image", "binary")

    @property
    def colours(self) -> str:
        """The kind by which lines are coloured: text may be code, a table or a form."""
        return kind_of_text(self.body.media_type) if self.kind == "text" else self.kind

    @property
    def charset(self) -> str:
        """Name the charset where it is not the usual one, or was chosen."""
        if not self.shows_text:
            return ""
        if self.chosen:
            return f"{self.reading.charset}, chosen"
        return self.reading.charset if self.reading.codec != "utf-8" else ""

    def notes(self) -> Iterator[str]:
        """Yield what is to be known about what is shown."""
        body, shaped = self.body, self.shaped
        if body.stored < body.size:
            yield f"Only the first {size(body.stored)} of {size(body.size)} are kept."
        if self.shows_text:
            yield self.reading.note
        yield self._found.note
        if shaped is not None and shaped.stopped:
            yield f"Stopped {shaped.progress()}; v begins again."
        elif shaped is not None:
            yield f"{shaped.shaping.note} {shaped.shaping.hint}".strip()

    @property
    def can_be_stopped(self) -> bool:
        """Whether its readable form is being made, and that takes a while."""
        if self.arriving or self.shaped is None:
            return False
        return not self.shaped.over and self.body.size > _AT_ONCE

    @property
    def unshaped(self) -> bool:
        """Whether it has a readable form that was not begun; raises BodyError."""
        if not self.body.size or (self.shaped is not None and not self.shaped.stopped):
            return False
        return self.kind in _SHAPED and Shaping.wanted(self.body, self.chosen)

    def shape(self) -> Shaped:
        """Begin its readable form; raises BodyError."""
        self.shaped = Shaped(
            self.body,
            self.kind,
            self.reading.codec,
            arriving=self.arriving,
            chosen=self.chosen,
        )
        return self.shaped

    def read_as(self, charset: str) -> Looks:
        """Return the same body, read in another charset; raises BodyError."""
        return Looks(self.body, arriving=self.arriving, chosen=charset)

    def rows(self, mode: str, *, at: int = 0) -> LineSource:
        """Return the rows of a mode.

        Args:
            mode: One of `MODES`.
            at: The byte that is looked at: the readable form is not shown before it has that.

        Raises:
            BodyError: The bytes cannot be read.
        """
        name = self._name(mode)
        if name == "text" and self.shaped is not None and (rows := self.shaped.shown(at)):
            return rows
        if name == "facts" and self.picture is not None:
            return self.picture
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def _name(self, mode: str) -> str:
        if mode != "pretty":
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
            self._index = LineIndex(self.body, codec=self.reading.codec)
        return TextRows(self._index, self.colours, self.reading.codec, raw=name == "raw")

    def has(self, rows: ByteRows) -> bool:
        """Whether some rows are of this body."""
        return self.is_readable(rows) or rows in self._made.values()

    def is_readable(self, rows: ByteRows) -> bool:
        """Whether these are the rows of the readable form, and not of the bytes as received."""
        return self.shaped is not None and rows is self.shaped.rows

    def back(self, rows: ByteRows, row: int) -> int:
        """Return which byte of the body a row begins with; raises BodyError."""
        offset = rows.offset(row)
        return self.shaped.back(offset) if self.shaped and self.is_readable(rows) else offset

    def row_at(self, rows: LineSource, offset: int) -> int:
        """Return the row that shows a byte of the body; raises BodyError."""
        if not offset or not isinstance(rows, ByteRows):
            return 0  # there may be facts above the first byte
        return rows.row_at(self._there(rows, offset))

    def is_known(self, rows: LineSource, offset: int) -> bool:
        """Whether the row that shows a byte of the body is known by now; raises BodyError."""
        if not offset or not isinstance(rows, TextRows) or rows.index.complete:
            return True
        return self._there(rows, offset) < rows.index.indexed

    def knows_bytes(self, rows: ByteRows) -> bool:
        """Whether it is known exactly which byte of the body a row begins with."""
        return not self.is_readable(rows) or (self.shaped is not None and self.shaped.exact)

    def _there(self, rows: ByteRows, offset: int) -> int:
        return self.shaped.at(offset) if self.shaped and self.is_readable(rows) else offset

    def depict(self, found: Picture, *, coloured: bool) -> None:
        """Take a picture; where it could not be decoded, the bytes are shown with the reason."""
        self._found = found
        self.picture = PictureRows(self.body, found, coloured=coloured) if found.cells else None

    def goes_on(self, body: Body) -> bool:
        """Whether a body begins with what is here; raises BodyError."""
        if not self.arriving or body.size < self.body.size or not body.kept:
            return False
        known = min(self.body.size, _TELLING)
        return body.read(0, known) == self.body.read(0, known)

    def grow(self, body: Body, *, arriving: bool) -> None:
        """Go on with a body that begins with what is here; raises BodyError."""
        known = self.body.size
        self.body, self.arriving = body, arriving
        if known < LOOKED_AT:
            self._look_again()
        if body.size > known and self._index is not None:
            self._index.grow(body)
            # The last block leaves the index and comes back here: no known row is missing.
            self._index.build(1)
        if isinstance(found := self._made.get("hex"), HexRows):
            found.grow(body)
        if self.shaped is not None:
            self.shaped.grow(body, arriving=arriving)

    def _look_again(self) -> None:
        """Tell what it is from more of its first bytes."""
        kind, told = kind_of(self.body, self.chosen), reading(self.body, self.chosen)
        if kind != self.kind or told.codec != self.reading.codec:
            self._made.clear()
            self._index = self.shaped = None
        self.kind, self.reading = kind, told
