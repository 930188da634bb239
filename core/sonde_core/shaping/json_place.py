"""Where a piece of JSON begins: what is open there, and how to make it JSON of its own.

A piece cut out of `{"a": [1, 2, 3]}` at a comma is `, 2, 3]}`. With `{"": [0` before it and
nothing after it it is JSON, and formatting gives the piece's own lines, indented as they should be.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import Final, Literal, TypeAlias

from ..text.json_check import reindent

String: TypeAlias = Literal["", "key", "value"]

_KEPT: Final = b'"[]{}'
_DROPPED: Final = bytes(byte for byte in range(256) if byte not in _KEPT)
# Brackets as steps: up is 1, down is -1 in a signed byte.
_STEPS: Final = bytes(1 if byte in b"[{" else 255 for byte in range(256))
_CLOSER: Final = bytes.maketrans(b"[{", b"]}")
# A valid piece without a comma has no more quotes: two for each level that it opens.
_MOST_QUOTES: Final = 1000


@dataclass(frozen=True)
class Place:
    """A place between two pieces.

    Attributes:
        open: The brackets that are open, outermost first.
        string: What the string is that is open too, if one is.
    """

    open: bytes = b""
    string: String = ""

    @cached_property
    def opener(self) -> bytes:
        """What makes a piece that begins here valid from its first byte on."""
        outer = b"".join(b"[" if byte == 0x5B else b'{"":' for byte in self.open[:-1])
        inner = {
            "": {b"[": b"[0", b"{": b'{"":0'},
            "key": {b"{": b'{"":0,"'},
            "value": {b"[": b'["', b"{": b'{"":"', b"": b'"'},
        }
        return outer + inner[self.string].get(self.open[-1:], b"")

    @cached_property
    def opened(self) -> bytes:
        """The opener as formatting leaves it."""
        return reindent(self.opener)

    @cached_property
    def closer(self) -> bytes:
        """What makes a piece that ends here valid."""
        return self._string_closer + b":0"[: 2 * (self.string == "key")] + self._brackets

    @cached_property
    def closed(self) -> bytes:
        """The closer as formatting leaves it."""
        rest = b": 0"[: 3 * (self.string == "key")]
        last = len(self.open) - 1
        for number, bracket in enumerate(self._brackets):
            rest += b"\n" + b"  " * (last - number) + bytes((bracket,))
        return self._string_closer + rest

    @property
    def _string_closer(self) -> bytes:
        return b'"' if self.string else b""

    @property
    def _brackets(self) -> bytes:
        return self.open[::-1].translate(_CLOSER)


START: Final = Place()


@lru_cache(maxsize=64)
def placed(brackets: bytes, string: String) -> Place:
    """Return a place; the same one for what was asked before."""
    return Place(brackets, string)


def masked(data: bytes) -> bytes:
    """Replace escapes that hide a quote; each byte keeps its place."""
    if b"\\" not in data:
        return data
    return data.replace(b"\\\\", b"..").replace(b'\\"', b"..")


def brackets_of(data: bytes, *, inside: bool) -> bytes:
    """Return the brackets outside strings of masked bytes, which may begin inside of one."""
    return b"".join(data.translate(None, _DROPPED).split(b'"')[inside::2])


def depth_after(open_: bytes, brackets: bytes) -> int:
    """Return the deepest level that is reached."""
    steps = memoryview(brackets.translate(_STEPS)).cast("b")
    return max(accumulate(steps, initial=len(open_)))


def settled(open_: bytes, brackets: bytes) -> bytes | None:
    """Return what is open after some brackets; None where they do not fit."""
    rest = open_ + brackets
    while True:
        fewer = rest.replace(b"[]", b"").replace(b"{}", b"")
        if len(fewer) == len(rest):
            return None if b"]" in rest or b"}" in rest else rest
        rest = fewer


def ends_inside(data: bytes, *, inside: bool) -> bool:
    """Whether masked bytes end inside a string."""
    return bool((data.count(b'"') + inside) & 1)


def last_comma(data: bytes, *, inside: bool) -> int:
    """Return where the last comma outside strings is in masked bytes, but for the first byte.

    Returns:
        -1 where there is none; -2 where there are so many strings that it is no JSON.
    """
    end = data.rfind(b'"') if ends_inside(data, inside=inside) else len(data)
    for _ in range(_MOST_QUOTES):
        if end < 0:
            return -1
        quote = data.rfind(b'"', 0, end)
        comma = data.rfind(b",", max(quote, 0) + 1, end)
        if comma > 0 or quote < 0:
            return comma
        end = data.rfind(b'"', 0, quote)
    return -2


def string_kind(data: bytes, place: Place, open_: bytes) -> String:
    """Tell what the string is that masked bytes end in.

    Args:
        data: From `place` on.
        place: Where they begin.
        open_: The brackets that are open at their end.
    """
    before = data[: max(data.rfind(b'"'), 0)]
    if not before and place.string:
        return place.string
    return "key" if open_[-1:] == b"{" and before.rstrip()[-1:] != b":" else "value"
