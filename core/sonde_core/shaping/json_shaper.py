"""JSON indented piece by piece: nothing in it is changed, and only a piece is in memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ..text.json_check import Fault, check, reindent
from .json_place import (
    START,
    Place,
    brackets_of,
    depth_after,
    ends_inside,
    last_comma,
    masked,
    placed,
    settled,
    string_kind,
)
from .shaper import ShapeError

MAX_DEPTH: Final = 200
# What is longer without a comma is cut elsewhere: inside a string, or its white space goes.
LONG: Final = 1 << 17
# A number or a run of words of so many bytes is not JSON of this world.
LONGEST: Final = 8 << 20

_SURROGATE: Final = re.compile(rb"\\\\|\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_ESCAPE: Final = 6  # bytes of the longest
_BACKSLASH: Final = rb"\\"
_RAW: Final = "It is shown as received."


class JsonShaper:
    """Indents JSON by two spaces as it comes.

    Attributes:
        broke_off: Where a body that did not come whole breaks off, in bytes; -1 if nowhere.
    """

    slice = 1 << 15

    def __init__(self) -> None:
        self.broke_off = -1
        self._held = b""
        self._place = START
        self._offset = 0  # of what is held
        self._string = 0  # offset of the string that is open
        self._due = 0  # no cut is there before so much is held
        self._gaps: list[tuple[int, int]] = []  # white space taken out of what is held

    @property
    def held(self) -> int:
        return len(self._held) + sum(size for _, size in self._gaps)

    def feed(self, data: bytes) -> bytes:
        self._held += data
        if len(self._held) < self._due:
            return b""
        text = masked(self._held)
        inside = bool(self._place.string)
        comma = last_comma(text, inside=inside)
        if comma > 0:
            return self._shape(comma, self._after(text[:comma], string=False))
        if comma < -1:
            self._check_depth(brackets_of(text, inside=inside))
            raise self._fault(self._held)
        self._due = 2 * len(self._held)
        if ends_inside(text, inside=inside):
            return self._cut_string(text) if len(text) >= LONG else b""
        self._strip()
        return b""

    def finish(self, *, broken: bool) -> bytes:
        wrapped = self._place.opener + self._held
        brackets = brackets_of(masked(self._held), inside=bool(self._place.string))
        self._check_depth(brackets)
        text = _format(wrapped)
        if text is None:
            fault = check(wrapped)
            if fault is not None and not (broken and fault.early):
                raise self._told(fault)
            if fault is not None:
                self.broke_off = self._offset + self.held
            text = reindent(wrapped)
        self._held = b""
        self._gaps.clear()
        return text[len(self._place.opened) :]

    def _after(self, text: bytes, *, string: bool) -> Place:
        """Return the place at the end of masked bytes; raises ShapeError where none can be."""
        brackets = brackets_of(text, inside=bool(self._place.string))
        self._check_depth(brackets)
        open_ = settled(self._place.open, brackets)
        # A closer after an opening bracket would hide that a value is missing before the comma.
        empty = not string and text.rstrip()[-1:] in (b"[", b"{")
        if open_ is None or empty or not (open_ or string):
            raise self._fault(self._held)
        return placed(open_, string_kind(text, self._place, open_) if string else "")

    def _shape(self, end: int, after: Place) -> bytes:
        """Indent what is held up to `end`, where `after` begins."""
        place, piece = self._place, self._held[:end]
        wrapped = place.opener + piece + after.closer
        text = _format(wrapped)
        if text is None:
            if check(wrapped) is not None:
                raise self._fault(self._held)
            text = reindent(wrapped)
        self._offset += end + sum(size for _, size in self._gaps)
        self._held, self._place = self._held[end:], after
        self._gaps.clear()
        self._due = 0
        return text[len(place.opened) : len(text) - len(after.closed)]

    def _cut_string(self, text: bytes) -> bytes:
        """Indent up to a place between two characters of a string that is very long."""
        start = text.rfind(b'"') + 1
        end = max(_whole_escapes(self._held), start)
        if start or not self._place.string:
            self._string = self._offset + self.held - len(self._held) + start - 1
        return self._shape(end, self._after(text[:end], string=True))

    def _strip(self) -> None:
        """Take out white space at the end, of which there may be any amount."""
        rest = self._held.rstrip(b" \t\r\n")
        gone = len(self._held) - len(rest) - 1
        if gone > 0:
            self._held = rest + b" "
            self._gaps.append((len(self._held), gone))
        if len(self._held) > LONGEST:
            raise ShapeError(
                "The JSON has something of more than 8 MiB that is no string, at {place}.",
                self._offset,
                _RAW,
            )

    def _check_depth(self, brackets: bytes) -> None:
        if depth_after(self._place.open, brackets) > MAX_DEPTH:
            text = f"The JSON is nested more than {MAX_DEPTH} levels deep; no more are indented."
            raise ShapeError(text, hint=_RAW)

    def _fault(self, piece: bytes) -> ShapeError:
        """Return what is wrong with a piece that cannot be right."""
        found = check(self._place.opener + piece)
        return self._told(found or Fault(len(piece), "{place} has something else"))

    def _told(self, fault: Fault) -> ShapeError:
        return ShapeError(fault.told("{place}"), self._true(fault.offset), fault.hint or _RAW)

    def _true(self, offset: int) -> int:
        """Return the offset in the whole text of one in what was wrapped."""
        offset -= len(self._place.opener)
        if offset < 0:
            return self._string
        return self._offset + offset + sum(size for at, size in self._gaps if at <= offset)


def _whole_escapes(data: bytes) -> int:
    """Return how much of a string's text there is without an escape that is broken off."""
    last = data.rfind(b"\\", max(len(data) - _ESCAPE, 0))
    run = last + 1 - len(data[: last + 1].rstrip(b"\\"))
    if run % 2 == 0:  # none, or a backslash that is escaped itself
        return len(data)
    size = _ESCAPE if data[last + 1 : last + 2] == b"u" else 2
    return len(data) if last + size <= len(data) else last


def _format(data: bytes) -> bytes | None:
    """Indent with the fast library; None for what it refuses, with reason or without."""
    import msgspec

    try:
        return msgspec.json.format(data, indent=2)
    except msgspec.DecodeError:
        return _format_surrogates(data)


def _format_surrogates(data: bytes) -> bytes | None:
    """Indent with escapes of lone surrogates, which the grammar allows and the library does not.

    Others stand in for them meanwhile; the library changes no string and keeps their order.
    """
    import msgspec

    found = [each for each in _SURROGATE.findall(data) if each != _BACKSLASH]
    if not found:
        return None
    stand_in = next(code for code in _private_codes() if code not in data)
    plain = _SURROGATE.sub(lambda each: each[0] if each[0] == _BACKSLASH else stand_in, data)
    try:
        parts = msgspec.json.format(plain, indent=2).split(stand_in)
    except msgspec.DecodeError:
        return None
    return b"".join(part for pair in zip(parts, [*found, b""], strict=True) for part in pair)


def _private_codes() -> Iterator[bytes]:
    return (b"\\uE%03X" % number for number in range(0x1000))
