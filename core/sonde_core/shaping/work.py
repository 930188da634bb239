"""The work of shaping a body, a slice at a time; it knows of no event loop."""

from __future__ import annotations

import codecs
import re
from typing import Final

from ..body import EMPTY, Body, Spool
from ..errors import BodyError
from ..safetext import charset_of, utf8_type
from ..text.charsets import LOOKED_AT, reading
from ..text.kinds import Kind, kind_of
from .shaper import Plain, ShapeError, Shaper
from .source import Source, spot

# Indenting may make a body huge: 1 MB of numbers, 200 levels deep, becomes 200 MB.
MAX_TEXT: Final = 64 << 20
MAX_GROWTH: Final = 8
# While a body arrives, whoever receives it needs the interpreter often.
_MORE_AT_REST: Final = 4
_RAW: Final = "It is shown as received."

_HIGH: Final = re.compile(rb"[\x80-\xff]")
# So many bytes tell which charset they are of, behind the first that is not plain.
_TELLING: Final = 16
# HTML and XML name their charset in so many bytes.
_DECLARED_WITHIN: Final = 1024


def wanted(body: Body, charset: str = "") -> bool:
    """Whether a body has a readable form other than its text as received.

    Raises:
        BodyError: The bytes cannot be read.
    """
    if not body.size:
        return False
    kind = kind_of(body, charset)
    if kind in ("binary", "image"):
        return False
    return kind in _SHAPED or reading(body, charset).codec != "utf-8"


_SHAPED: Final = frozenset({"json", "events", "html", "xml"})


class Work:
    """Shapes one body; called from one thread at a time, looked at from any.

    Attributes:
        shaped: What is made so far.
        read: Bytes of the body that `shaped` stands for.
        made: Both as they belong together, for another thread.
        done: Nothing more will come.
        failed: The body cannot be shaped; `note` says why.
        note: One sentence, or two; may hold text of the body; may be empty.
        hint: What to do about it; may be empty.
    """

    def __init__(self, charset: str = "") -> None:
        self.shaped = EMPTY
        self.read = 0
        self.made: tuple[int, Body] = (0, EMPTY)
        self.done = False
        self.failed = False
        self.note = ""
        self.hint = ""
        self._charset = charset
        self._codec = ""
        self._kind: Kind = "text"
        self._source = Source("utf-8")
        self._shaper: Shaper = Plain()
        self._spool = Spool(digested=False)  # nobody asks for a digest of it
        self._type = ""

    def step(self, body: Body, *, arriving: bool) -> bool:
        """Shape the next slice; tell whether there may be more to do now.

        Args:
            body: What has come so far.
            arriving: Whether more is to come.
        """
        try:
            return self._step(body, arriving=arriving)
        except ShapeError as error:
            self._fail(body, error)
        except BodyError as error:
            self._end(error.message, error.advice or _RAW)
        except MemoryError:
            self._end("There is no memory left to shape the body.", _RAW)
        return False

    def _step(self, body: Body, *, arriving: bool) -> bool:
        if not self._codec and not self._begin(body, arriving=arriving):
            return False
        before = self._source.taken
        size = self._shaper.slice * (1 if arriving else _MORE_AT_REST)
        text = self._source.read(body, size)
        if self._source.taken == before:
            if not arriving:
                self._finish(body)
            return False
        self._write(body, self._shaper.feed(text))
        self.read = max(self._source.taken - self._shaper.held, 0)
        self.made = (self.read, self.shaped)
        return True

    def _begin(self, body: Body, *, arriving: bool) -> bool:
        """Decide how to read and to shape; False when too little has come for that."""
        kind = kind_of(body, self._charset)
        if arriving and not self._charset and not _telling(body, kind):
            return False
        told = reading(body, self._charset)
        events = kind == "events" and not self._charset  # UTF-8 by the HTML Standard, 9.2.5
        self._codec = "utf-8" if events else told.codec
        self._kind = kind
        self._source = Source(self._codec)
        self._shaper = _shaper(kind)
        self._type = utf8_type(body.media_type)
        return True

    def _finish(self, body: Body) -> None:
        broken = bool(body.cut) or body.complete is False or body.stored < body.size
        rest = self._shaper.feed(self._source.rest())
        self._write(body, rest + self._shaper.finish(broken=broken))
        self.read = self._source.taken
        self.made = (self.read, self.shaped)
        if self._source.marked and (self._kind, self._codec) == ("json", "utf-8"):
            self._add("A byte order mark stands before the JSON; it is not shown here.")
        broke_off = getattr(self._shaper, "broke_off", -1)
        if broke_off >= 0:
            place = spot(body, self._codec, broke_off)
            self._add(f"The JSON breaks off at {place}: the body did not come whole.")
        self.done = True

    def _write(self, body: Body, text: bytes) -> None:
        if self._spool.size + len(text) > max(MAX_TEXT, MAX_GROWTH * body.size):
            raise ShapeError("The body would be too large when indented.", hint=_RAW)
        if text:
            self._spool.write(text)
            self.shaped = self._spool.body().described(media_type=self._type)

    def _fail(self, body: Body, error: ShapeError) -> None:
        text = error.text
        if self._kind == "json" and "json" not in body.media_type.lower():
            self._end("", "")  # it only looked like JSON
            return
        try:
            if error.offset >= 0:
                text = text.replace("{place}", str(spot(body, self._codec, error.offset)))
        except BodyError as cause:
            text = cause.message
        self._end(text, error.hint)

    def _end(self, note: str, hint: str) -> None:
        self._add(note)
        self.hint, self.failed, self.done = hint, True, True

    def _add(self, note: str) -> None:
        self.note = f"{self.note} {note}".strip()


def _shaper(kind: Kind) -> Shaper:
    if kind == "json":
        from .json_shaper import JsonShaper

        return JsonShaper()
    if kind == "events":
        from .events import EventShaper

        return EventShaper()
    if kind in ("html", "xml"):
        from .markup import MarkupShaper

        return MarkupShaper(kind)
    return Plain()


def _telling(body: Body, kind: Kind) -> bool:
    """Whether the bytes that came tell the charset; more of them must not tell another."""
    first = body.read(0, LOOKED_AT) if body.kept else b""
    if len(first) == LOOKED_AT:
        return True
    said = charset_of(body.media_type)
    if not said and kind in ("html", "xml") and not first.startswith(codecs.BOM_UTF8):
        return len(first) >= _DECLARED_WITHIN
    if said in ("", "utf-8") or kind == "events":
        return len(first) >= 4
    high = _HIGH.search(first)
    return high is not None and len(first) - high.start() > _TELLING
