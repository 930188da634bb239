"""RESP, which Redis speaks: versions 2 and 3, and inline commands."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from .lens import MORE, Lens, Part, Reading, preview, text_of

_SIMPLE: Final = {
    b"+": "string",
    b"-": "error",
    b":": "integer",
    b"_": "null",
    b"#": "boolean",
    b",": "double",
    b"(": "big number",
}
_BULK: Final = {b"$": "bulk string", b"!": "bulk error", b"=": "verbatim string", b";": "piece"}
# How many values follow for each one that is counted.
_MANY: Final = {
    b"*": ("array", 1),
    b"~": ("set", 1),
    b">": ("push", 1),
    b"%": ("map", 2),
    b"|": ("attributes", 2),
}
_TYPES: Final = b"".join([*_SIMPLE, *_BULK, *_MANY])
_NEXT: Final = re.compile(rb"\r\n(?=[" + re.escape(_TYPES) + rb"A-Za-z])")
_NUMBER: Final = re.compile(rb"-?[0-9]{1,18}")
_PARTS: Final = 100
_SHOWN: Final = 12  # values of a title
_DEEPEST: Final = 64
_MOST: Final = 20_000  # values of a message


class _Value(NamedTuple):
    """One value as it stands, without those in it.

    Attributes:
        inner: How many values follow that belong to it; -1 for as many as come before its end.
        end: The byte after it, or after what counts its values.
    """

    kind: str
    text: bytes
    inner: int
    start: int
    end: int


class Resp(Lens):
    """Commands and replies."""

    name = "resp"
    about = "RESP 2 and 3 (Redis)"

    def cut(self, data: bytes, at: int, *, ended: bool) -> int:
        end = _end(data, at)
        if end is None:
            return len(data) - at if ended else MORE
        if end > at:
            return end - at
        found = _NEXT.search(data, at + 1)
        return at - (found.end() if found else len(data))

    def count(self, data: bytes) -> int:
        return max(len(_values(data)) - 1, 0)

    def read(self, data: bytes) -> Reading:
        values = _values(data)
        if not values:
            return Reading(preview(data), (), "this is no RESP")
        whole = _end(data, 0) == len(data)
        inner = values[1:] or values
        parts = [_part(value) for value in inner[:_PARTS]] if len(values) > 1 else []
        shown = " ".join(_title(value) for value in inner[:_SHOWN])
        more = " …" if len(inner) > _SHOWN else ""
        first = values[0]
        name = f"{first.kind} of {first.text.decode('ascii', 'replace')}: " if first.inner else ""
        if first.kind == "array" and all(value.kind == "bulk string" for value in inner):
            name = ""  # as a command is written
        return Reading(f"{name}{shown}{more}", tuple(parts), "" if whole else "not whole")


def _end(data: bytes, at: int) -> int | None:
    """Return where a value ends with all in it; None when it goes on; `at` when there is none."""
    begin, stack, left = at, [1], _MOST
    while stack:
        if stack[-1] == 0:
            stack.pop()
            continue
        if data[at : at + 1] == b"." and stack[-1] < 0:  # the end of what was not counted
            at, _ = at + 3, stack.pop()
            continue
        value = _value(data, at)
        if value is None:
            return None
        if value.end == at or len(stack) > _DEEPEST:
            return begin
        left -= 1
        if not left:  # the rest is cut as values by themselves
            return value.end
        stack[-1] -= value.kind != "attributes"  # they belong to what comes after them
        at = value.end
        if value.inner:
            stack.append(value.inner)
        elif value.kind == "end of pieces" and stack[-1] < 0:
            stack.pop()
    return at


def _value(data: bytes, at: int) -> _Value | None:
    """Return the value that begins at a place; None when its line is not there, or ends there."""
    sign = data[at : at + 1]
    if sign and sign not in _TYPES and not sign.isalpha():
        return _Value("", b"", 0, at, at)
    line_end = data.find(b"\r\n", at)
    if line_end < 0:
        return (
            None if len(data) - at < 1 << 16 or sign in (b"+", b"-") else _Value("", b"", 0, at, at)
        )
    text, end = data[at + 1 : line_end], line_end + 2
    if sign in _SIMPLE:
        return _Value(_SIMPLE[sign], text, 0, at, end)
    if sign.isalpha():
        return _Value("inline command", data[at:line_end], 0, at, end)
    if text == b"?" and sign != b";":
        return _Value(_name(sign), text, -(1 << 40), at, end)
    if not _NUMBER.fullmatch(text):
        return _Value("", b"", 0, at, at)
    return _counted(data, at, sign, int(text), end)


def _counted(data: bytes, at: int, sign: bytes, number: int, end: int) -> _Value:
    if number < 0:
        return _Value("null", b"", 0, at, end)
    if sign in _MANY:
        name, times = _MANY[sign]
        return _Value(name, b"%d" % number, number * times, at, end)
    if sign == b";" and not number:
        return _Value("end of pieces", b"", 0, at, end)
    return _Value(_BULK[sign], data[end : end + number], 0, at, end + number + 2)


def _name(sign: bytes) -> str:
    return _BULK[sign] if sign in _BULK else _MANY[sign][0]


def _values(data: bytes) -> list[_Value]:
    """Return the first values as they stand, one after the other."""
    found, at = list[_Value](), 0
    while at < len(data) and len(found) <= _PARTS:
        value = _value(data, at)
        if value is None or value.end == at:
            break
        found.append(value)
        at = value.end
    return found


def _part(value: _Value) -> Part:
    said = f"of {text_of(value.text)}" if value.inner else preview(value.text)
    return Part(value.kind, said, value.start, value.end)


def _title(value: _Value) -> str:
    if value.inner:
        return f"({value.kind} of {text_of(value.text)})"
    if value.kind == "null":
        return "(null)"
    if value.kind in ("error", "bulk error"):
        return f"error: {text_of(value.text)}"
    return preview(value.text, 80) if value.text else '""'
