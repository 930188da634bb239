"""HTML and XML with a line for each element; nothing but white space between tokens is made anew.

Text and what stands in it stay on one line, scripts, styles and preformatted text as they are. The
result is for reading: white space that means something to a program may have gone.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from .markup_tokens import RAW, Token, Tokens

# Levels that are indented; what is deeper stands below them.
MAX_INDENT: Final = 32
# Levels that are remembered, and looked through for the begin of what is closed.
_MAX_DEPTH: Final = 1000
_LOOKED_THROUGH: Final = 50
# Behind so many characters a line ends where white space allows it.
_WIDE: Final = 100

_SPACE: Final = b" \t\r\n\f"
_BREAK: Final = re.compile(rb"[ \t\f]*[\r\n][ \t\r\n\f]*")
_INLINE: Final = frozenset(
    b"a abbr acronym b bdi bdo big br button cite code data del dfn em font i img input ins kbd"
    b" label mark meter nobr output progress q rp rt ruby s samp small span strike strong sub sup"
    b" time tt u var wbr".split()
)
_VOID: Final = frozenset(
    b"area base br col embed hr img input link meta param source track wbr".split()
)
# An open one ends where another of its kind begins; `p` ends where any block begins.
_ENDED: Final = frozenset(b"li p tr td th option optgroup dt dd thead tbody tfoot".split())


class _Element:
    """An element that is open.

    Attributes:
        broken: Its content has several lines.
        mixed: Text stands in it.
        inline: It stands in text.
    """

    __slots__ = ("broken", "inline", "mixed", "name")

    def __init__(self, name: bytes, *, inline: bool = False) -> None:
        self.name = name
        self.broken = False
        self.mixed = inline
        self.inline = inline


class MarkupShaper:
    """Makes markup readable as it comes."""

    slice = 1 << 12

    def __init__(self, kind: Literal["html", "xml"]) -> None:
        self._html = kind == "html"
        self._tokens = Tokens(kind)
        self._out: list[bytes] = []
        self._open: list[_Element] = [_Element(b"")]
        self._too_deep = 0
        # Where the next token goes: on the line of text, behind a tag, or on a line of its own.
        self._at: Literal["text", "tag", "line"] = "line"
        self._started = False
        self._space = False
        self._column = 0
        self._raw = b""
        self._verbatim_in_text = False

    @property
    def held(self) -> int:
        return self._tokens.held

    def feed(self, data: bytes) -> bytes:
        return self._shape(data, last=False)

    def finish(self, *, broken: bool) -> bytes:
        return self._shape(b"", last=True)

    def _shape(self, data: bytes, *, last: bool) -> bytes:
        for token in self._tokens.feed(data, last=last):
            self._take(token)
        made = b"".join(self._out)
        self._out.clear()
        return made

    def _take(self, token: Token) -> None:
        kind = token.kind
        if kind == "text":
            self._text(token.text)
        elif kind == "part":
            self._out.append(token.text)
        elif kind == "open" or kind == "void":
            self._begin(token)
        elif kind == "close":
            self._end(token)
        elif kind == "end":
            self._at = "text" if self._verbatim_in_text or self._raw else "line"
        elif kind == "data":
            self._in_text(token.text)
            self._verbatim_in_text = True
        else:
            self._aside(token)

    # text, and what stands in it

    def _text(self, text: bytes) -> None:
        words = text.strip(_SPACE)
        if not words:
            self._space = True
            return
        self._space = self._space or text[:1] in _SPACE
        if b"\n" in words or b"\r" in words:
            lines = _BREAK.sub(b"\n" + self._indent(), words)
            self._open[-1].broken = True
        else:
            lines = words
        self._in_text(lines)
        self._open[-1].mixed = True
        self._space = text[-1:] in _SPACE

    def _in_text(self, text: bytes) -> None:
        """Append to the line of text."""
        if self._at == "line":
            self._line()
        elif self._space and self._at == "text":
            if self._column > _WIDE:
                self._open[-1].broken = True
                self._line()
            else:
                self._put(b" ")
        self._put(text)
        self._at, self._space = "text", False

    # elements

    def _begin(self, token: Token) -> None:
        name = token.name
        if self._html and name in _INLINE:
            self._in_text(token.text)
            return
        inline = not self._html and self._open[-1].mixed
        void = token.kind == "void" or (self._html and name in _VOID)
        if inline:
            self._in_text(token.text)
        else:
            self._end_implied(name)
            self._open[-1].broken = True
            self._line()
            self._put(token.text)
            self._at = "line" if void else "tag"
        self._space = False
        if self._html and name in RAW and not void:
            self._raw, self._verbatim_in_text = name, False
        elif not void:
            self._push(_Element(name, inline=inline))

    def _end(self, token: Token) -> None:
        if self._raw:
            self._raw = b""
            self._put(token.text)
            self._at = "line"
            return
        if self._html and token.name in _INLINE:
            self._in_text(token.text)
            return
        if self._too_deep:
            self._too_deep -= 1
            element = None
        else:
            element = self._pop(token.name)
        if element is None:
            self._open[-1].broken = True
            self._line()
            self._put(token.text)
            self._at = "line"
        elif element.inline:
            self._in_text(token.text)
        else:
            if element.broken:
                self._line()
            self._put(token.text)
            self._at = "line"
        self._space = False

    def _end_implied(self, name: bytes) -> None:
        """Let an element end that needs no tag for that (HTML Standard, section 13.1.2.4)."""
        if not self._html:
            return
        last = self._open[-1].name
        if last == b"p" or (last in _ENDED and last == name):
            self._open.pop()

    def _push(self, element: _Element) -> None:
        if len(self._open) < _MAX_DEPTH:
            self._open.append(element)
        else:
            self._too_deep += 1

    def _pop(self, name: bytes) -> _Element | None:
        """Return the element that a tag closes, and forget those in it; None where none is."""
        for back in range(1, min(len(self._open), _LOOKED_THROUGH)):
            if self._open[-back].name == name:
                element = self._open[-back]
                element.broken = element.broken or back > 1
                del self._open[-back:]
                return element
        return None

    # the rest

    def _aside(self, token: Token) -> None:
        """Write a comment, an instruction or a declaration: in text only where it touches it."""
        self._verbatim_in_text = self._at == "text" and not self._space
        if self._verbatim_in_text:
            self._put(token.text)
        else:
            self._open[-1].broken = True
            self._line()
            self._put(token.text)
            self._at = "line"
        self._space = False

    def _line(self) -> None:
        if self._started:
            self._out.append(b"\n" + self._indent())
        self._column = 0

    def _indent(self) -> bytes:
        return b"  " * min(len(self._open) - 1, MAX_INDENT)

    def _put(self, text: bytes) -> None:
        self._started = True
        self._out.append(text)
        self._column += len(text)
