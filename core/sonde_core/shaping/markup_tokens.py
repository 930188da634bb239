"""HTML and XML cut into tokens as they come; together they are the text, byte for byte.

This knows less than a browser on purpose: whatever it does not understand is text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple, TypeAlias

TokenKind: TypeAlias = Literal[
    "text", "open", "close", "void", "declaration", "comment", "data", "part", "end"
]

# A tag of more bytes is taken for text.
LONGEST: Final = 1 << 20

_NAME: Final = rb"[A-Za-z_:\x80-\xff][^\s/>]*+"
# A quote counts behind an equals sign only: `<p title=it's>` is whole.
_ATTRIBUTES: Final = rb"""(?:[^>=]++|=\s*+(?:"[^"]*+"|'[^']*+'|(?![\s"'])))*+"""
_TOKEN: Final = re.compile(
    rb"(?P<text>[^<]++)|(?P<comment><!--)|(?P<data><!\[CDATA\[)|(?P<instruction><\?)"
    rb"|(?P<close></(?P<closed>" + _NAME + rb")[^>]*+>)"
    rb"|(?P<open><(?P<opened>" + _NAME + rb")" + _ATTRIBUTES + rb">)"
    rb"|(?P<declaration><!(?!-|\[)[^>\[]*+(?:\[[^\]]*+\]\s*+)?>)"
    rb"|(?P<stray></?(?=[^A-Za-z_:\x80-\xff/!?])|<!(?=[^A-Za-z\[\-]))"
)
# What begins here may be whole when more has come.
_BEGUN: Final = re.compile(rb"<(?:/?[A-Za-z_:\x80-\xff!?]|/?$|!)")
_COMMENT_END: Final = re.compile(rb"-->")
_DATA_END: Final = re.compile(rb"\]\]>")
_INSTRUCTION_END: Final = {"html": re.compile(rb">"), "xml": re.compile(rb"\?>")}
# Text of these has no tags in it (HTML Standard, section 13.2.5.4), or its lines matter.
RAW: Final = frozenset({b"script", b"style", b"textarea", b"pre"})
_RAW_ENDS: Final = {name: re.compile(rb"(?=</" + name + rb"[\s/>])", re.IGNORECASE) for name in RAW}
_LONGEST_END: Final = 16


class Token(NamedTuple):
    """A piece of markup.

    `comment` and `data` are begins, as is a tag of `RAW`: what is inside follows as `part`, and
    behind the last one an empty `end`.

    Attributes:
        kind: What it is.
        text: As received.
        name: Of a tag; in lower case in HTML.
    """

    kind: TokenKind
    text: bytes
    name: bytes = b""


class Tokens:
    """Cuts markup into tokens."""

    def __init__(self, kind: Literal["html", "xml"]) -> None:
        self._kind = kind
        self._held = b""
        self._until: re.Pattern[bytes] | None = None

    @property
    def held(self) -> int:
        """Bytes that are no whole token yet."""
        return len(self._held)

    def feed(self, data: bytes, *, last: bool = False) -> Iterator[Token]:
        """Yield the tokens that are whole.

        Args:
            data: What follows.
            last: Nothing more will come: the rest is text.
        """
        data, self._held = self._held + data, b""
        position = 0
        while position < len(data):
            if self._until is not None:
                position, tokens = self._inside(self._until, data, position, last=last)
                yield from tokens
                if self._until is not None:
                    break
                continue
            match = _TOKEN.match(data, position)
            if match is None:
                break
            position = match.end()
            yield self._token(match)
        self._held = data[position:]
        if self._held and (last or self._is_text(self._held)):
            yield Token("text", self._held)
            self._held = b""

    def _is_text(self, held: bytes) -> bool:
        if self._until is not None:
            return False
        return len(held) > LONGEST or _BEGUN.match(held) is None

    def _inside(
        self, until: re.Pattern[bytes], data: bytes, position: int, *, last: bool
    ) -> tuple[int, list[Token]]:
        """Go on in a comment or the like, up to its end or to what may be half of it."""
        found = until.search(data, position)
        if found:
            self._until = None
            end = found.end()
            return end, [Token("part", data[position:end]), Token("end", b"")]
        end = len(data) if last else max(position, len(data) - _LONGEST_END)
        return end, [Token("part", data[position:end])]

    def _token(self, match: re.Match[bytes]) -> Token:
        kind = match.lastgroup
        if kind == "text":
            return Token("text", match[0])
        if kind == "open":
            return self._open(match[0], match["opened"])
        if kind == "close":
            return Token("close", match[0], self._name(match["closed"]))
        if kind == "declaration":
            return Token("declaration", match[0])
        if kind == "data":
            self._until = _DATA_END
            return Token("data", match[0])
        if kind == "stray":
            return Token("text", match[0])
        self._until = _COMMENT_END if kind == "comment" else _INSTRUCTION_END[self._kind]
        return Token("comment", match[0])

    def _open(self, text: bytes, opened: bytes) -> Token:
        name = self._name(opened)
        if text.endswith(b"/>"):
            return Token("void", text, name)
        if self._kind == "html" and name in RAW:
            self._until = _RAW_ENDS[name]
        return Token("open", text, name)

    def _name(self, name: bytes) -> bytes:
        return name.lower() if self._kind == "html" else name
