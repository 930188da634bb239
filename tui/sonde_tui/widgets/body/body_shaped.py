"""The readable form of a body as rows: they grow while it is made."""

from __future__ import annotations

from typing import Final

from sonde_core.body import Body
from sonde_core.shaping import Shaping
from sonde_core.text.line_index import LineIndex
from sonde_core.words import size

from .body_places import Alignment
from .body_source import TextRows

# White space apart, nothing in these is made anew.
_SAME_BYTES: Final = frozenset({"json", "xml", "html"})


class Shaped:
    """What is made of a body so far.

    Attributes:
        shaping: Makes it.
        rows: None before the first piece.
        stopped: Whether a person has stopped it.
        exact: Whether each byte of it is known in the body.
    """

    def __init__(self, body: Body, kind: str, codec: str, *, arriving: bool, chosen: str) -> None:
        """Begin; raises BodyError.

        Args:
            body: What came so far.
            kind: As `kind_of` tells it.
            codec: What the body is read in.
            arriving: Whether more is to come.
            chosen: The charset that a person chose, if one did.
        """
        self.shaping = Shaping(body, arriving=arriving, charset=chosen)
        self.rows: TextRows | None = None
        self.stopped = False
        self._body = body
        self._kind = kind
        self._index: LineIndex | None = None
        self._made = Body()
        self.exact = kind in _SAME_BYTES and codec == "utf-8"
        self._alignment = Alignment(body, exact=self.exact)

    @property
    def over(self) -> bool:
        """Whether nothing more will be made."""
        return self.shaping.done or self.stopped

    @property
    def made(self) -> Body:
        """All that is made so far."""
        return self._made

    def grow(self, body: Body, *, arriving: bool) -> None:
        """Go on with a body that begins with what was there."""
        self._body = body
        self.shaping.grow(body, arriving=arriving)

    def take_in(self) -> bool:
        """Take in what was made since the last time; tell whether there was any."""
        made = self.shaping.shaped
        if made.size <= self._made.size:
            return False
        self._made = made
        self._alignment.add(self.shaping.read, made.size)
        if self._index is None:
            self._index = LineIndex(made)
            self.rows = TextRows(self._index, self._kind, raw=False)
        else:
            self._index.grow(made)
        # The last block leaves the index and comes back here: no known row is missing.
        self._index.build(1)
        return True

    def shown(self, offset: int) -> TextRows | None:
        """Return the rows where they are to be shown, and reach as far as a byte of the body."""
        if self.stopped or self.shaping.failed:
            return None
        return self.rows if self.over or offset <= self.shaping.read else None

    def at(self, offset: int) -> int:
        """Return where a byte of the body stands in what is made; raises BodyError."""
        return self._alignment.shaped_at(self._body, self._made, offset)

    def back(self, offset: int) -> int:
        """Return which byte of the body stands at a place of what is made; raises BodyError."""
        return self._alignment.body_at(self._body, self._made, offset)

    def progress(self) -> str:
        """Say how far it is: `indenting 34 of 50 MB`."""
        doing = "indenting" if self._kind in _SAME_BYTES else "reading"
        return f"{doing} {_of(self.shaping.read, self._body.size)}"


def _of(part: int, whole: int) -> str:
    """Write a part of a size, with its unit once where both have the same one."""
    first, all_of_it = size(part), size(whole)
    number, _, unit = first.partition(" ")
    return f"{number if all_of_it.endswith(f' {unit}') else first} of {all_of_it}"
